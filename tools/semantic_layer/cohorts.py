"""What the users of a cohort do later: their rows joined to be added up, or the users kept who have such rows."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Follow, Source
from tools.semantic_layer.facts import FACT, Facts, on_rows


def follow_users(follow: Follow, facts: Facts, as_of: date, catalog: Catalog) -> None:
    """Join the later rows of the cohort to add them up, or keep only the users who have them.

    Users are unique, so a direct join gives each later row once.
    """
    source = catalog.sources[follow.source]
    facts.tables.add(source.table)
    cohort = FACT if follow.sum else "c"
    on, conditions = _later_rows(follow, source, cohort, facts, as_of)
    if follow.sum:
        facts.joins.append((f"{source.table} AS a", on, "inner"))
        facts.conditions += conditions
        return
    windows, side = facts.bucketing.windows, facts.side
    first, last = facts.binder.day(f"{side}_from", windows.first), facts.binder.day(f"{side}_to", windows.last)
    select = exp.select("c.user_id AS user_id", dialect="duckdb").from_("users AS c")
    select = select.join(f"{source.table} AS a", on=on, dialect="duckdb")
    select = select.where(f"c.register_date BETWEEN {first} AND {last}", *conditions, dialect="duckdb")
    if follow.distinct_count is not None:
        enough = f"count(DISTINCT a.{follow.distinct_of}) >= {follow.distinct_count}"
        select = select.group_by("c.user_id").having(enough, dialect="duckdb")
    facts.conditions.append(f"{FACT}.user_id IN ({select.sql('duckdb')})")


def _later_rows(follow: Follow, source: Source, cohort: str, facts: Facts, as_of: date) -> tuple[str, list[str]]:
    """Return the join from a user of the cohort to the rows followed, and the conditions on those rows."""
    later = f"a.{source.date}"
    windows, side = facts.bucketing.windows, facts.side
    first, last = facts.binder.day(f"{side}_from", windows.first), facts.binder.day(f"{side}_to", windows.last)
    on = f"a.{source.user} = {cohort}.user_id AND " + (
        f"{later} = {cohort}.register_date + {follow.from_day}"
        if follow.from_day == follow.to_day
        else f"{later} BETWEEN {cohort}.register_date + {follow.from_day} AND {cohort}.register_date + {follow.to_day}"
    )
    conditions = [
        # Implied by the join; it lets the scan skip whole blocks of other days.
        f"{later} BETWEEN {first} + {follow.from_day} AND {last} + {follow.to_day}",
        f"{later} <= {facts.binder.day('as_of', as_of)}",
    ]
    return on, conditions + ([on_rows(follow.where, "a")] if follow.where else [])
