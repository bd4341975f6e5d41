"""SQL of discovery: what every active user did in 30 days, the group each is nearest to, and how definitions hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlglot

from knowledge.segments import Definition, Value, ValueMeasure
from tools.segments.asked import segment_sql
from tools.segments.clusters_fit import Fit
from tools.semantic_layer.analysis import Draft
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.segment_days import TakenOn
from tools.semantic_layer.segment_figures import Tally, figure_of_measure
from tools.warehouse.guard import VettedQuery, vet

DAYS = 30
MEASURES: tuple[ValueMeasure, ...] = (
    "active_days", "minutes", "interactions", "content", "help_answers", "consults", "searches", "checkins", "orders",
    "revenue", "invites",
)  # fmt: skip
"""What users are grouped by, each over 30 days; the share of discounts is not known of those who bought nothing."""


def measured_query(day: date) -> VettedQuery:
    """Return the query of the measures of every user active in the 30 days to ``day``, in the order of user_id."""
    draft = Draft()
    _add_measured(draft, day)
    listed = ", ".join(f"m.{name} AS {name}" for name in MEASURES)
    select = draft.sql(f"SELECT {listed} FROM measured AS m ORDER BY m.user_id")
    return vet(sqlglot.parse_one(select, read="duckdb"), draft.binder.values, tables=draft.tables, row_limit=1)


def _add_measured(draft: Draft, day: date) -> None:
    """Add the CTE ``measured``: user_id and a column per measure, for the registered users who were active."""
    binder = draft.binder
    on = TakenOn(binder.day("as_of", day))
    tallies: dict[tuple[str, str], Tally] = {}
    columns = {}
    for name in MEASURES:
        figure = figure_of_measure(Value(measure=name, op="gte", value=1, days=DAYS), binder)
        draft.tables.add(figure.table)
        tally = tallies.setdefault((figure.table, figure.user), Tally(f"t{len(tallies) + 1}", on, binder))
        columns[name] = tally.column(figure)
    draft.tables.add("users")
    listed = ", ".join(f"CAST(coalesce({column}, 0) AS DOUBLE) AS {name}" for name, column in columns.items())
    joins = "".join(f" LEFT JOIN ({t.select()}) AS {t.alias} ON {on.match(t.alias)}" for t in tallies.values())
    draft.ctes["measured"] = (
        f"SELECT u.user_id AS user_id, {listed} FROM users AS u{joins} "
        f"WHERE u.register_date <= {on.day} AND {columns['active_days']} >= 1"
    )


def add_counts(layer: SemanticLayer, draft: Draft, day: date, fit: Fit, definitions: Mapping[int, Definition]) -> str:
    """Add the CTEs that put each active user into the nearest group and count each definition; return the SELECT.

    Its rows are everyone active (number 0), then the groups (from 1): number, users, share_active, size, both, precision,
    recall, and the mean of each measure. ``size`` counts all registered users whom the definition holds for.
    """
    _add_measured(draft, day)
    _add_nearest(draft, fit)
    sql = segment_sql(layer, draft, day)
    draft.ctes["people"] = sql.flags({f"in_{number}": definition for number, definition in definitions.items()})
    draft.tables |= sql.tables
    held = [f"count(*) FILTER (WHERE p.in_{n}) AS in_{n}" for n in definitions]
    sums = [f"sum(n.{name}) AS {name}" for name in MEASURES]
    draft.ctes["counted"] = (
        f"SELECT coalesce(n.place, -1) AS place, {', '.join(['count(*) AS users', *held, *sums])} "
        "FROM people AS p LEFT JOIN nearest AS n ON n.user_id = p.user_id GROUP BY coalesce(n.place, -1)"
    )
    rows = [_row(0, None, defined=False)]
    rows += [_row(number + 1, number, defined=number in definitions) for number in range(len(fit.centres))]
    return " UNION ALL ".join(rows) + " ORDER BY number"


def _row(number: int, place: int | None, *, defined: bool) -> str:
    inside = "c.place >= 0" if place is None else f"c.place = {place}"
    users = f"coalesce(sum(c.users) FILTER (WHERE {inside}), 0)"
    size = f"sum(c.in_{place})" if defined else "CAST(NULL AS BIGINT)"
    both = f"coalesce(sum(c.in_{place}) FILTER (WHERE {inside}), 0)" if defined else "CAST(NULL AS BIGINT)"
    means = [f"sum(c.{name}) FILTER (WHERE {inside}) / nullif({users}, 0) AS {name}" for name in MEASURES]
    figures = [
        f"{number} AS number",
        f"{users} AS users",
        f"{users} / nullif(sum(c.users) FILTER (WHERE c.place >= 0), 0) AS share_active",
        f"{size} AS size",
        f'{both} AS "both"',
        f'{both} / nullif({size}, 0) AS "precision"',
        f"{both} / nullif({users}, 0) AS recall",
    ]
    return f"SELECT {', '.join([*figures, *means])} FROM counted AS c"


def _add_nearest(draft: Draft, fit: Fit) -> None:
    """Add the CTE ``nearest``: user_id, the measures, and as ``place`` the group whose centre is nearest; the first of equals."""
    names: Sequence[str] = MEASURES
    scaled = []
    for name, scale in zip(names, fit.scales, strict=True):
        value = f"ln(1 + greatest(m.{name}, 0))" if scale.logarithm else f"m.{name}"
        mean, spread = draft.binder.value("mean", scale.mean), draft.binder.value("spread", scale.spread)
        scaled.append(f"({value} - {mean}) / {spread} AS z_{name}")
    kept = ", ".join(f"m.{name} AS {name}" for name in names)
    draft.ctes["scaled"] = f"SELECT m.user_id AS user_id, {kept}, {', '.join(scaled)} FROM measured AS m"
    far = []
    for place, centre in enumerate(fit.centres):
        bound = [draft.binder.value(f"c{place}_{name}", at) for name, at in zip(names, centre, strict=True)]
        squares = [f"power(s.z_{name} - {at}, 2)" for name, at in zip(names, bound, strict=True)]
        far.append(f"{' + '.join(squares)} AS d_{place}")
    kept = ", ".join(f"s.{name} AS {name}" for name in names)
    draft.ctes["distances"] = f"SELECT s.user_id AS user_id, {kept}, {', '.join(far)} FROM scaled AS s"
    least = f"least({', '.join(f'd.d_{place}' for place in range(len(fit.centres)))})"
    cases = " ".join(f"WHEN d.d_{place} = {least} THEN {place}" for place in range(len(fit.centres)))
    kept = ", ".join(f"d.{name} AS {name}" for name in names)
    draft.ctes["nearest"] = f"SELECT d.user_id AS user_id, {kept}, CASE {cases} END AS place FROM distances AS d"
