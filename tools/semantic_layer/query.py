"""The typed queries: what may be asked, never how. Field names and defaults are those of the JSON that people keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tools.warehouse.rows import Scalar

Grain = Literal["day", "week", "month", "quarter", "year", "total"]
FilterOp = Literal["in", "not_in", "gt", "gte", "lt", "lte", "between"]
HavingOp = Literal["gt", "gte", "lt", "lte", "eq", "between"]

DEFAULT_LIMIT = 1000
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year", "total")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(_Frozen):
    """Rows to keep: a dimension, an operator and its values. ``not_in`` keeps rows whose value is unknown."""

    dimension: str
    op: FilterOp = "in"
    values: tuple[Scalar, ...] = Field(min_length=1, max_length=1000)

    @field_validator("values", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, value: Any) -> Any:
        return value if isinstance(value, (list, tuple)) else (value,)


class Having(_Frozen):
    """A threshold on a column of the result, in the column's own unit (ratios are fractions)."""

    column: str
    op: HavingOp
    value: float | tuple[float, float]


class OrderBy(_Frozen):
    """The column that orders the rows. Empty values come last in either direction."""

    column: str
    direction: Literal["asc", "desc"] = "desc"


class DateRange(_Frozen):
    """Days from ``start`` to ``end``, both included, in the business time zone."""

    start: date
    end: date


Compare = Literal["none", "previous", "year_ago", "target"] | DateRange


class MetricQuery(_Frozen):
    """One call of ``query_metrics``. Absent dates mean the default window of the metrics asked for."""

    metrics: tuple[str, ...] = Field(min_length=1, max_length=20)
    start: date | None = None
    end: date | None = None
    grain: Grain = "total"
    dimensions: tuple[str, ...] = Field(default=(), max_length=6)
    filters: tuple[Filter, ...] = Field(default=(), max_length=50)
    having: tuple[Having, ...] = Field(default=(), max_length=20)
    compare: Compare = "none"
    order_by: OrderBy | None = None
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=100_000)
    options: Mapping[str, Scalar] = Field(default_factory=dict)

    @field_validator("metrics", "dimensions")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    def to_params(self) -> dict[str, Any]:
        """Return the query as the JSON that tools take; keys at their default are left out."""
        fields = type(self).model_fields
        set_ = [name for name in fields if getattr(self, name) != fields[name].get_default(call_default_factory=True)]
        return {name: value for name, value in self.model_dump(mode="json").items() if name in set_}
