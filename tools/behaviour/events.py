"""The event an analysis counts: activity of any kind, one kind of event, or one with conditions on its own columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator

from knowledge.catalog.load import nearest
from knowledge.errors import QueryError
from knowledge.tables import NOT_ACTIVITY
from knowledge.text import Text
from tools.behaviour.units import Units
from tools.semantic_layer.analysis import Draft
from tools.semantic_layer.engine import SemanticLayer
from tools.tool import Params
from tools.warehouse.guard import vet
from tools.warehouse.rows import Scalar

ACTIVE = "active"
OWN_COLUMNS = ("platform", "app_version")
"""Columns of events that the rollup of active days carries too."""
_ROLLUPS = {"week": ("active_weeks", "week"), "month": ("active_months", "month")}
EventColumn = Literal["platform", "app_version", "feature", "keyword"]


class EventCondition(Params):
    """Events of one kind (``active`` or nothing: any activity) whose columns hold one of the values given."""

    event: str | None = Field(default=None, min_length=1, max_length=200)
    where: Mapping[EventColumn, tuple[Scalar, ...]] = Field(default_factory=dict)

    @field_validator("where", mode="before")
    @classmethod
    def _one_value_is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: each if isinstance(each, (list, tuple)) else (each,) for key, each in value.items()}


EventChoice = str | EventCondition | None
"""``active`` or nothing, the name of an event, or a condition."""


@dataclass(frozen=True)
class Activity:
    """The rows that count: an event by name, or any activity where there is none, with values its columns must hold."""

    event: str | None
    where: Mapping[EventColumn, tuple[Scalar, ...]]

    @property
    def in_rollup(self) -> bool:
        """Whether the rollup of active days knows these rows, as far as days go."""
        return self.event is None and set(self.where) <= set(OWN_COLUMNS)

    @property
    def is_plain(self) -> bool:
        """Whether any activity counts: of a user's rows of one unit the rollups mark one, which then tells it all."""
        return self.event is None and not self.where

    @property
    def words(self) -> Text:
        """How the rows are named in a note."""
        held = ", ".join(f"{column}={'/'.join(map(str, values))}" for column, values in self.where.items())
        zh, en = (self.event, self.event) if self.event else ("活跃", "activity")
        return Text(f"{zh}（{held}）", f"{en} ({held})") if held else Text(zh, en)

    def relation(self, draft: Draft, *, raw: bool) -> str:
        """Return the table that holds the rows, noting that it is read; ``raw`` where moments or counts are needed."""
        table = "active_days" if self.in_rollup and not raw else "events"
        draft.tables.add(table)
        return table

    def by_unit(self, draft: Draft, units: Units, *, raw: bool) -> tuple[str, str]:
        """Return the table that holds the rows of whole units, noting that it is read, and its column of days.

        Weeks and months of activity are rolled up by their first day; weeks that start on Sunday are not.
        """
        if raw or not self.in_rollup or (units.unit == "week" and units.anchor.weekday()):
            return self.relation(draft, raw=raw), "event_date"
        table, column = _ROLLUPS.get(units.unit, ("active_days", "event_date"))
        draft.tables.add(table)
        return table, column

    def conditions(self, draft: Draft, alias: str, *, raw: bool) -> list[str]:
        """Return what must hold of a row of ``relation`` besides its days."""
        tests = []
        if self.event is not None:
            tests.append(f"{alias}.event = {draft.binder.value('event', self.event)}")
        elif raw or not self.in_rollup:
            passive = ", ".join(draft.binder.value("passive", name) for name in NOT_ACTIVITY)
            tests.append(f"{alias}.event NOT IN ({passive})")
        return tests + self.own_conditions(draft, alias)

    def own_conditions(self, draft: Draft, alias: str) -> list[str]:
        """Return what must hold of a row's own columns; an unknown value passes only where it is named."""
        tests = []
        for column, values in self.where.items():
            bound = [draft.binder.value(column, value) for value in values if value is not None]
            parts = [f"{alias}.{column} IN ({', '.join(bound)})"] if bound else []
            parts += [f"{alias}.{column} IS NULL"] if None in values else []
            tests.append(f"({' OR '.join(parts)})")
        return tests


def activity_of(layer: SemanticLayer, choice: EventChoice) -> Activity:
    """Return what a choice means.

    Raises:
        QueryError: no row has that event, or a condition holds no value.
    """
    condition = choice if isinstance(choice, EventCondition) else EventCondition(event=choice)
    event = None if condition.event in (None, ACTIVE) else condition.event
    for column, values in condition.where.items():
        if not values:
            raise QueryError(
                Text(f"条件 {column} 没有给出任何值。", f"The condition on {column} holds no value; give one or more."),
                code="bad_params",
            )
    if event is not None:
        _check_event(layer, event)
    return Activity(event, condition.where)


def _check_event(layer: SemanticLayer, event: str) -> None:
    """Raise QueryError for an event nobody ever did, naming the nearest; a warehouse without events has none to name."""
    found = vet(
        "SELECT event FROM events WHERE event = $event LIMIT 1", {"event": event}, tables=["events"], row_limit=1
    )
    if layer.warehouse.run(found).rows:
        return
    names = vet("SELECT event FROM events GROUP BY event ORDER BY event", {}, tables=["events"], row_limit=1000)
    stored = [str(row[0]) for row in layer.warehouse.run(names).rows]
    if not stored:
        return
    near = nearest(event, stored) or stored[:5]
    raise QueryError(
        Text(
            f"数据里没有事件“{event[:60]}”。最接近的是：{'、'.join(near)}。",
            f"The data has no event '{event[:60]}'. Nearest: {', '.join(near)}.",
        ),
        code="unknown_event",
        choices=near,
    )
