"""Segments: who belongs to a group of users as of a day. The language, and how it is read from JSON."""

from __future__ import annotations

from knowledge.segments.language import (
    LONGEST_WINDOW,
    RFM_CLASSES,
    THIS_MONTH,
    All,
    Any_,
    Attribute,
    Behaviour,
    Definition,
    Not,
    Op,
    Recency,
    Reference,
    Rfm,
    RfmClass,
    Segment,
    State,
    Steps,
    Tag,
    Value,
    ValueMeasure,
)
from knowledge.segments.reading import MOST_CONDITIONS, MOST_LEVELS, plain, read_definition

__all__ = [
    "LONGEST_WINDOW",
    "MOST_CONDITIONS",
    "MOST_LEVELS",
    "RFM_CLASSES",
    "THIS_MONTH",
    "All",
    "Any_",
    "Attribute",
    "Behaviour",
    "Definition",
    "Not",
    "Op",
    "Recency",
    "Reference",
    "Rfm",
    "RfmClass",
    "Segment",
    "State",
    "Steps",
    "Tag",
    "Value",
    "ValueMeasure",
    "plain",
    "read_definition",
]
