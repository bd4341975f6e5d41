"""The language of segment definitions: who belongs, as of a day. Frozen; the JSON of the contract's section 7."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Discriminator, Field, field_validator, model_validator

from knowledge.model import Synonyms, Words
from knowledge.text import Text

Op = Literal["eq", "gte", "gt", "lte", "lt"]
ValueMeasure = Literal[
    "revenue", "orders", "active_days", "minutes", "interactions", "content", "help_answers", "consults", "searches",
    "checkins", "discount_share", "invites",
]  # fmt: skip
RfmClass = Literal[
    "important_value", "important_develop", "important_keep", "important_winback",
    "general_value", "general_develop", "general_keep", "general_winback",
]  # fmt: skip
EventColumn = Literal["platform", "app_version", "feature", "keyword"]
Tag = Literal["behaviour", "need", "value"]
THIS_MONTH = "this_month"
"""As a value of ``birth_month``: the month of the as-of day."""
LONGEST_WINDOW = 3650
"""The most days a window may have: ten years."""
MOST_VALUES = 1000
RFM_CLASSES: Mapping[str, tuple[Text, bool, bool, bool]] = MappingProxyType(
    {
        "important_value": (Text("重要价值", "important, value"), True, True, True),
        "important_develop": (Text("重要发展", "important, develop"), True, False, True),
        "important_keep": (Text("重要保持", "important, keep"), False, True, True),
        "important_winback": (Text("重要挽留", "important, win back"), False, False, True),
        "general_value": (Text("一般价值", "general, value"), True, True, False),
        "general_develop": (Text("一般发展", "general, develop"), True, False, False),
        "general_keep": (Text("一般保持", "general, keep"), False, True, False),
        "general_winback": (Text("一般挽留", "general, win back"), False, False, False),
    }
)
"""Each RFM class: its name, and whether recency, frequency and money are high (a score of 4 or 5)."""

Days = Annotated[int, Field(ge=1, le=LONGEST_WINDOW, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _ordered(pair: tuple[float, float]) -> None:
    if pair[0] > pair[1]:
        raise ValueError("between: the first value must not be above the second")


class Attribute(_Frozen):
    """A column of ``users``, ``lifecycle``, or ``age_days``: days since register_date."""

    attribute: str
    op: Literal["in", "not_in", "gt", "gte", "lt", "lte", "between"] = "in"
    values: tuple[str | int | None, ...] = Field(min_length=1, max_length=MOST_VALUES)

    @model_validator(mode="after")
    def _counted(self) -> Attribute:
        if self.op in ("in", "not_in"):
            return self
        wanted = 2 if self.op == "between" else 1
        if len(self.values) != wanted or None in self.values:
            raise ValueError(f"{self.op} takes {'two values' if wanted == 2 else 'one value'} that is not null")
        return self


class Behaviour(_Frozen):
    """How often an event was done, or on how many days, in the ``days`` days to the as-of day; without them ever.

    Neither ``times`` nor ``on_days``: refused, a threshold is no guess. ``where`` keeps the rows whose columns hold one of
    the values.
    """

    did: str = Field(min_length=1)
    op: Op = "gte"
    times: Count | None = None
    on_days: Count | None = None
    days: Days | None = None
    where: dict[EventColumn, tuple[str | None, ...]] = Field(default_factory=dict)

    @field_validator("where", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: each if isinstance(each, (list, tuple)) else (each,) for key, each in value.items()}

    @model_validator(mode="after")
    def _one_count(self) -> Behaviour:
        if (self.times is None) == (self.on_days is None):
            raise ValueError("give times or on_days, one of them")
        if any(not values for values in self.where.values()):
            raise ValueError("each column of where takes at least one value")
        return self


class Value(_Frozen):
    """A measure per user over the ``days`` days to the as-of day, against a threshold or by rank.

    A user without a row in the window has 0; with no amount to share, ``discount_share`` is not known and never fits.
    """

    measure: ValueMeasure
    op: Literal["gt", "gte", "lt", "lte", "between", "top_share", "bottom_share"]
    value: int | float | tuple[int | float, int | float]
    days: Days | None = None

    @model_validator(mode="after")
    def _fits(self) -> Value:
        if (self.op == "between") != isinstance(self.value, tuple):
            raise ValueError("between takes two values; the others one")
        for each in self.value if isinstance(self.value, tuple) else (self.value,):
            if not math.isfinite(each):
                raise ValueError("a threshold is a finite number")
        if isinstance(self.value, tuple):
            _ordered(self.value)
        elif self.op.endswith("_share") and not 0 < self.value <= 1:
            raise ValueError("a share is above 0 and at most 1")
        return self


class Recency(_Frozen):
    """Days since the user was last active, on the as-of day; the day of registration counts as activity."""

    last_active_days: dict[Literal["between", "gt", "gte", "lt", "lte", "eq"], Count | tuple[Count, Count]] = Field(
        min_length=1, max_length=1
    )

    @model_validator(mode="after")
    def _fits(self) -> Recency:
        ((op, value),) = self.last_active_days.items()
        if (op == "between") != isinstance(value, tuple):
            raise ValueError("between takes two values; the others one")
        if isinstance(value, tuple):
            _ordered(value)
        return self


class Steps(_Frozen):
    """Events done one after the other, the last at most so long after the first.

    Equal timestamps count as a sequence unless ``strict_time``; with ``adjacent`` no other event of the user stands between
    two steps; one event never serves two steps. ``negate`` keeps the users without such a sequence.
    """

    sequence: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1, max_length=10)
    within_hours: int | float | None = Field(default=None, gt=0, le=24 * LONGEST_WINDOW)
    within_seconds: int | float | None = Field(default=None, gt=0, le=86_400 * LONGEST_WINDOW)
    adjacent: bool = False
    strict_time: bool = False
    negate: bool = False
    days: Days | None = None

    @model_validator(mode="after")
    def _one_window(self) -> Steps:
        if self.within_hours is not None and self.within_seconds is not None:
            raise ValueError("give within_hours or within_seconds, one of them")
        return self

    @property
    def within(self) -> int | None:
        """The longest time from the first step to the last in microseconds; None for any."""
        if self.within_hours is not None:
            return round(self.within_hours * 3_600_000_000)
        return None if self.within_seconds is None else round(self.within_seconds * 1_000_000)


class Rfm(_Frozen):
    """Classes by recency, frequency and money, scored 1-5 by percent rank over those who paid in the last 365 days."""

    rfm: tuple[RfmClass, ...] = Field(min_length=1)


class State(_Frozen):
    """A computed state, as the metric of that name defines it."""

    state: Literal["declining"]


class Reference(_Frozen):
    """Another segment, by name."""

    segment: str


class All(_Frozen):
    """Users in every part."""

    all: tuple[Definition, ...] = Field(min_length=1)


class Any_(_Frozen):  # noqa: N801 - ``Any`` is taken
    """Users in at least one part."""

    any: tuple[Definition, ...] = Field(min_length=1)


class Not(_Frozen):
    """Registered users who are not in the part."""

    not_: Definition = Field(alias="not")


KINDS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "attribute": Attribute,
        "did": Behaviour,
        "measure": Value,
        "last_active_days": Recency,
        "sequence": Steps,
        "rfm": Rfm,
        "state": State,
        "segment": Reference,
        "all": All,
        "any": Any_,
        "not": Not,
    }
)
"""Each kind of definition by the key that tells it."""


def kind_of(value: Any) -> str | None:
    """Return the key that tells the kind of a definition, as JSON or as a model; None where there is none."""
    if isinstance(value, dict):
        return next((name for name in value if name in KINDS), None)
    return next((name for name, model in KINDS.items() if type(value) is model), None)


Definition = Annotated[
    Annotated[Attribute, pydantic.Tag("attribute")]
    | Annotated[Behaviour, pydantic.Tag("did")]
    | Annotated[Value, pydantic.Tag("measure")]
    | Annotated[Recency, pydantic.Tag("last_active_days")]
    | Annotated[Steps, pydantic.Tag("sequence")]
    | Annotated[Rfm, pydantic.Tag("rfm")]
    | Annotated[State, pydantic.Tag("state")]
    | Annotated[Reference, pydantic.Tag("segment")]
    | Annotated[All, pydantic.Tag("all")]
    | Annotated[Any_, pydantic.Tag("any")]
    | Annotated[Not, pydantic.Tag("not")],
    Discriminator(kind_of),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()


class Segment(_Frozen):
    """A named definition.

    Attributes:
        tag: what a label of users tells of, for those that are labels: they are left out where users are split by segment
            and no segment is named.
        owner, version: of a segment that a person saved; empty and 0 for the ready-made ones.
    """

    id: str
    names: Words
    synonyms: Synonyms = Synonyms()
    definition: Definition
    tag: Tag | None = None
    owner: str = ""
    version: int = 0
