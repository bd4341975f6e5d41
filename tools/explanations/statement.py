"""The one SELECT behind an explanation: a metric's numerator and denominator, now and before, by each way to take it apart.

Both sides and every part come from the compiled definitions of the metric. A row is one part; ``grouped`` says of which
split it is: one bit per dimension column, from the left, 0 where the split is by that dimension. ``WHOLE`` marks the
metric itself, and ``-2 - grouped`` the sum of all parts of a split whose parts may overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from knowledge.catalog import Catalog
from knowledge.model import Dimension, Metric
from tools.explanations.partitions import Partitions, pairs_of
from tools.semantic_layer.analysis import Draft
from tools.semantic_layer.compiler import compile_query
from tools.semantic_layer.plan import QueryPlan

WHOLE = -1
DAY = "day"
"""The column, and the name in ``dimension``, of a split by day; base days are named by the day they are compared with."""
_SIDES = ("current", "base")
_MOST_VALUES, _MOST_PAIRS = 40, 10


@dataclass(frozen=True)
class TwoSides:
    """The plans of one metric now and before, over the whole and by day; without dimensions."""

    current: QueryPlan
    base: QueryPlan
    current_days: QueryPlan
    base_days: QueryPlan

    def of(self, side: str, *, days: bool) -> QueryPlan:
        """Return the plan of one side."""
        if side == "current":
            return self.current_days if days else self.current
        return self.base_days if days else self.base


def figures_of(metric: Metric) -> list[str]:
    """Return the columns of figures: the tops of both sides, for a quotient the bottoms too."""
    parts = ["top", "bottom"] if metric.is_ratio else ["top"]
    return [f"{side}_{part}" for part in parts for side in _SIDES]


class PartsSql:
    """Writes the statement into a draft."""

    def __init__(self, draft: Draft, sides: TwoSides, metric: Metric, catalog: Catalog, partitions: Partitions) -> None:
        self.draft = draft
        self.sides = sides
        self.metric = metric
        self.catalog = catalog
        self.partitions = partitions
        self.names = [d.id for d in partitions.dimensions] + [DAY]
        self.figures = figures_of(metric)

    def select(self) -> str:
        """Fill the draft and return the SELECT of the parts.

        Its columns: ``grouped``, the dimensions, the figures, ``gross`` (the sizes of all contributions of the split, added
        up), ``parts`` (how many there are, listed or not) and ``unit``.
        """
        whole = self._both_sides("rows_whole", ())
        summed = ", ".join(f"coalesce(sum(w.{f}), 0) AS {f}" for f in self.figures)
        self.draft.ctes["whole"] = f"SELECT {summed} FROM {whole} AS w"
        parts = [self._padded(str(WHOLE), {}, "whole")]
        parts += self._joint()
        for names in self._apart():
            parts += self._alone(names)
        if self.partitions.by_day:
            parts += self._days()
        self.draft.ctes["parts"] = " UNION ALL ".join(parts)
        self._place()
        columns = ", ".join(f"p.{c} AS {c}" for c in ("grouped", *self.names, *self.figures, "gross", "parts"))
        unit = self.draft.binder.value("unit", self.metric.unit)
        return (
            f"SELECT {columns}, {unit} AS unit FROM placed AS p WHERE p.grouped < 0 OR p.place <= CASE WHEN p.grouped IN "
            f"({', '.join(map(str, self._pairs()))}) THEN {_MOST_PAIRS} ELSE {_MOST_VALUES} END "
            "ORDER BY p.grouped, p.place"
        )

    def mask(self, names: Sequence[str]) -> int:
        """Return the bits of a split: 1 for each dimension that it is not by."""
        width = len(self.names)
        return sum(1 << (width - 1 - place) for place, name in enumerate(self.names) if name not in names)

    def _pairs(self) -> list[int]:
        return [self.mask(pair) for pair in pairs_of(self.names)]

    def _apart(self) -> list[tuple[str, ...]]:
        """Return the splits taken alone. Their pairs cost a scan each: only where there is nothing else to look at."""
        names = [d.id for d in self.partitions.apart]
        pairs = pairs_of(names) if not self.partitions.joint else []
        return [*((name,) for name in names), *pairs]

    def _joint(self) -> list[str]:
        """Return the splits by every joint dimension and every pair of them, from one scan of each side."""
        names = [d.id for d in self.partitions.joint]
        if not names:
            return []
        cells = self._both_sides("cells", self.partitions.joint)
        wanted = [(), *((name,) for name in names), *pairs_of(names)]
        listed = ", ".join(f"({', '.join(one)})" for one in wanted)
        rest = len(self.names) - len(names)
        summed = ", ".join(f"coalesce(sum(c.{f}), 0) AS {f}" for f in self.figures)
        self.draft.ctes["sums"] = (
            f"SELECT GROUPING({', '.join(names)}) * {1 << rest} + {(1 << rest) - 1} AS grouped, "
            f"{', '.join(names)}, {summed} FROM {cells} AS c GROUP BY GROUPING SETS ({listed})"
        )
        return [self._padded("s.grouped", {name: f"s.{name}" for name in names}, "sums", alias="s")]

    def _alone(self, names: tuple[str, ...]) -> list[str]:
        """Return one split whose parts may overlap, and the sum of its parts."""
        mask, name = self.mask(names), "by_" + "_".join(names)
        rows = self._both_sides(f"rows_{name}", tuple(self.catalog.dimensions[n] for n in names))
        summed = ", ".join(f"coalesce(sum(c.{f}), 0) AS {f}" for f in self.figures)
        keys = ", ".join(f"c.{n} AS {n}" for n in names)
        self.draft.ctes[name] = (
            f"SELECT {keys}, {summed} FROM {rows} AS c GROUP BY {', '.join(f'c.{n}' for n in names)}"
        )
        self.draft.ctes[f"all_{name}"] = f"SELECT {summed} FROM {name} AS c"
        return [
            self._padded(str(mask), {n: f"s.{n}" for n in names}, name, alias="s"),
            self._padded(str(-2 - mask), {}, f"all_{name}", alias="s"),
        ]

    def _days(self) -> list[str]:
        """Return the split by day: each day beside the day of the base that stands at the same place in its range."""
        rows = self._both_sides("rows_by_day", (), days=True)
        summed = ", ".join(f"coalesce(sum(c.{f}), 0) AS {f}" for f in self.figures)
        self.draft.ctes["by_day"] = f"SELECT c.{DAY} AS {DAY}, {summed} FROM {rows} AS c GROUP BY c.{DAY}"
        self.draft.ctes["all_by_day"] = f"SELECT {summed} FROM by_day AS c"
        mask = self.mask((DAY,))
        return [
            self._padded(str(mask), {DAY: f"s.{DAY}"}, "by_day", alias="s") + f" WHERE s.{DAY} IS NOT NULL",
            self._padded(str(-2 - mask), {}, "all_by_day", alias="s"),
        ]

    def _padded(self, grouped: str, known: dict[str, str], source: str, *, alias: str = "s") -> str:
        columns = [f"{grouped} AS grouped"]
        columns += [f"{known.get(name, 'NULL')} AS {name}" for name in self.names]
        columns += [f"{alias}.{f} AS {f}" for f in self.figures]
        return f"SELECT {', '.join(columns)} FROM {source} AS {alias}"

    def _both_sides(self, name: str, dimensions: tuple[Dimension, ...], *, days: bool = False) -> str:
        """Add the CTE of the figures of both sides by ``dimensions``; a row has those of one side. Return its name."""
        selects = []
        for side in _SIDES:
            plan = replace(self.sides.of(side, days=days), dimensions=dimensions)
            rows = self._compiled(plan, f"{side}_{name}_")
            keys = [f"x.{d.id} AS {d.id}" for d in dimensions] + ([f"{self._day(side)} AS {DAY}"] if days else [])
            figures = self._figures(side, plan, days)
            selects.append(f"SELECT {', '.join([*keys, *figures])} FROM {rows} AS x{self._kept(dimensions)}")
        self.draft.ctes[name] = " UNION ALL ".join(selects)
        return name

    def _kept(self, dimensions: tuple[Dimension, ...]) -> str:
        """Return the condition that leaves out values that show in a split but are no part of the whole.

        These are the campaigns without a cost, for a metric of campaigns with one.
        """
        measures = [self.catalog.measures[name] for name in self.metric.measures]
        shown = {m.with_cost for m in measures} & {"campaign"} & {d.id for d in dimensions}
        return f" WHERE x.{self.metric.id}__denominator > 0" if shown and self.metric.is_ratio else ""

    def _figures(self, side: str, plan: QueryPlan, days: bool) -> list[str]:
        """Return the figures of one side, 0 for the other."""
        metric = self.metric
        sources = {"top": metric.id, "bottom": ""}
        if metric.is_ratio:
            sources = {"top": f"{metric.id}__numerator", "bottom": f"{metric.id}__denominator"}
        columns = []
        for figure, measure in zip(self.figures[::2], metric.measures, strict=False):
            part = figure.split("_")[1]
            value = f"x.{sources[part]}"
            if part == "top" and metric.scale != 1:
                value = f"{value} * {metric.scale}"
            if days and self.catalog.measures[measure].per_day:
                value = f"{value} / CAST({len(plan.buckets)} AS DOUBLE)"
            columns += [f"{value if other == side else 0} AS {other}_{part}" for other in _SIDES]
        return columns

    def _day(self, side: str) -> str:
        """Return SQL of the day of the current range that a row belongs to: none where the base is longer."""
        if side == "current":
            return "x.period"
        current, base = self.sides.current.buckets, self.sides.base.buckets
        apart = (current[0].first - base[0].first).days
        end = self.draft.binder.day("last_day", current[-1].last)
        return f"CASE WHEN x.period + {apart} <= {end} THEN x.period + {apart} END"

    def _compiled(self, plan: QueryPlan, prefix: str) -> str:
        """Add the compiled SELECT of a plan to the draft, and return the name of its CTE: every row, in no order.

        Its own CTEs get the names they have with ``prefix``; its values are bound among the draft's.
        """
        compiled = compile_query(plan, self.catalog)
        tree = compiled.select
        tree.set("limit", None)
        tree.set("order", None)
        renamed = {n: self.draft.binder.value(n, v)[1:] for n, v in compiled.bound.items() if n != "row_limit"}
        for placeholder in tree.find_all(exp.Placeholder):
            placeholder.set("this", renamed[placeholder.name])
        block = tree.args.get("with_")
        ctes = list(block.expressions) if block else []
        tree.set("with_", None)
        own = {cte.alias for cte in ctes}
        for part in (*(cte.this for cte in ctes), tree):
            _rename(part, own, prefix)
        for cte in ctes:
            self.draft.ctes[prefix + cte.alias] = cte.this.sql("duckdb")
        name = f"{prefix}rows"
        self.draft.ctes[name] = tree.sql("duckdb")
        self.draft.tables |= compiled.tables
        return name

    def _place(self) -> None:
        """Add to the parts their place in their split by the size of their contribution, and the sizes' sum."""
        size = "greatest(x.contribution, -x.contribution)"
        listed = ", ".join(f"x.{c} AS {c}" for c in (*self.names, *self.figures))
        keys = ", ".join(f"x.{name} NULLS LAST" for name in self.names)
        columns = ", ".join(f"p.{c} AS {c}" for c in ("grouped", *self.names, *self.figures))
        self.draft.ctes["sized"] = (
            f"SELECT {columns}, {self._contribution()} AS contribution FROM parts AS p CROSS JOIN whole AS w"
        )
        split = "(PARTITION BY x.grouped"
        self.draft.ctes["placed"] = (
            f"SELECT x.grouped AS grouped, {listed}, sum({size}) OVER {split}) AS gross, count(*) OVER {split}) AS parts, "
            f"row_number() OVER {split} ORDER BY {size} DESC NULLS LAST, {keys}) AS place FROM sized AS x"
        )

    def _contribution(self) -> str:
        """Return SQL of a part's contribution to the change, as ``contributions.py`` defines it."""
        if not self.metric.is_ratio:
            return "p.current_top - p.base_top"
        before = "CAST(w.base_top AS DOUBLE) / nullif(w.base_bottom, 0)"
        return " - ".join(
            f"(CAST(p.{side}_top AS DOUBLE) - {before} * p.{side}_bottom) / nullif(w.{side}_bottom, 0)"
            for side in _SIDES
        )


def _rename(part: exp.Expr, own: set[str], prefix: str) -> None:
    """Read a compiled query's own CTEs under their new names; columns keep the old ones as aliases."""
    for table in part.find_all(exp.Table):
        if table.name in own:
            old = table.name
            table.set("this", exp.to_identifier(prefix + old))
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(old)))
