"""The language of segment definitions: who belongs, as of a day. Frozen; the JSON of the contract's section 7."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from knowledge.model import Synonyms, Words

Op = Literal["eq", "gte", "gt", "lte", "lt"]
ValueMeasure = Literal[
    "revenue", "orders", "active_days", "minutes", "interactions", "content", "help_answers", "consults", "searches",
    "checkins", "discount_share", "invites",
]  # fmt: skip
THIS_MONTH = "this_month"
"""As a value of ``birth_month``: the month of the as-of day."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Attribute(_Frozen):
    """A column of ``users``, ``lifecycle``, or ``age_days``: days since register_date."""

    attribute: str
    op: Literal["in", "not_in", "gt", "gte", "lt", "lte", "between"] = "in"
    values: tuple[str | int | None, ...] = Field(min_length=1)


class Behaviour(_Frozen):
    """How often an event was done, or on how many days, in the ``days`` days to the as-of day; without them ever."""

    did: str
    op: Op = "gte"
    times: int | None = Field(default=None, ge=0)
    on_days: int | None = Field(default=None, ge=0)
    days: int | None = Field(default=None, ge=1)
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_count(self) -> Behaviour:
        if (self.times is None) == (self.on_days is None):
            raise ValueError("give times or on_days, one of them")
        return self


class Value(_Frozen):
    """A measure per user over the ``days`` days to the as-of day, against a threshold or by rank."""

    measure: ValueMeasure
    op: Literal["gt", "gte", "lt", "lte", "between", "top_share", "bottom_share"]
    value: float | tuple[float, float]
    days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Value:
        if (self.op == "between") != isinstance(self.value, tuple):
            raise ValueError("between takes two values; the others one")
        if self.op.endswith("_share") and not (isinstance(self.value, float | int) and 0 < self.value <= 1):
            raise ValueError("a share is above 0 and at most 1")
        return self


class Recency(_Frozen):
    """Days since the user was last active, on the as-of day."""

    last_active_days: dict[Literal["between", "gt", "gte", "lt", "lte", "eq"], int | tuple[int, int]] = Field(
        min_length=1, max_length=1
    )


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


_KINDS: dict[str, str] = {
    "attribute": "attribute", "did": "did", "measure": "measure", "last_active_days": "recency", "state": "state",
    "segment": "segment", "all": "all", "any": "any", "not": "not", "not_": "not",
}  # fmt: skip


def _kind(value: Any) -> str | None:
    names = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    return next((_KINDS[name] for name in names if name in _KINDS), None)


Definition = Annotated[
    Annotated[Attribute, Tag("attribute")]
    | Annotated[Behaviour, Tag("did")]
    | Annotated[Value, Tag("measure")]
    | Annotated[Recency, Tag("recency")]
    | Annotated[State, Tag("state")]
    | Annotated[Reference, Tag("segment")]
    | Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(_kind),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()


class Segment(_Frozen):
    """A named definition."""

    id: str
    names: Words
    synonyms: Synonyms = Synonyms()
    definition: Definition
