"""Values in the one form in which they are compared: numbers as numbers, sets in order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def number(value: Any) -> Any:
    """Return 12 for 12, 12.0 and "12"; any other text stripped, anything else as it is."""
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list, tuple)):
        return value
    text = str(value).strip()
    if isinstance(value, (int, float)) or _NUMBER.fullmatch(text):
        as_float = float(text)
        return int(as_float) if as_float.is_integer() else as_float
    return text


def listed(value: Any) -> list[Any]:
    """Return what may be one value or several as a list; nothing for None."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def as_set(value: Any) -> list[str]:
    """Return the values as sorted texts, each once."""
    return sorted({str(number(each)) for each in listed(value)})


def key(value: Any) -> str:
    """Return plain data as one text, the same for the same data."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def in_order(values: Iterable[Any]) -> list[Any]:
    """Return data in the order of their texts."""
    return sorted(values, key=key)
