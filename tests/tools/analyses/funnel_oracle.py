"""Funnels worked out by trying every path, in plain Python: slow, and written without a look at the SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

Row = Mapping[str, Any]
Path = tuple[int, ...]
_NEVER = datetime.fromisoformat("9999-12-31")


@dataclass(frozen=True)
class FunnelOracle:
    """The rows of a small warehouse."""

    users: Sequence[Row]
    events: Sequence[Row]
    as_of: date

    def rows(self, params: Row) -> list[tuple[Any, ...]]:
        """Return the rows that ``funnel`` should: by value of the one dimension there may be, then by step."""
        steps = [_condition(step) for step in params["steps"]]
        dimension = next(iter(params.get("dimensions", ())), None)
        reached: dict[Any, list[Sequence[datetime]]] = {} if dimension else {None: []}
        for user in sorted({event["user_id"] for event in self.events}, key=str):
            for value, times in self._best(user, steps, params, dimension):
                reached.setdefault(value, []).append(times)
        found = []
        for value in sorted(reached, key=lambda v: (v is None, str(v))):
            found += _shown(
                reached[value], params["steps"], params.get("order", "ordered"), [value] if dimension else []
            )
        return found

    def _best(
        self, user: Any, steps: list[Row], params: Row, dimension: str | None
    ) -> Iterator[tuple[Any, Sequence[datetime]]]:
        """Yield the attempt that counts: one, or with platform one for each platform entered on."""
        attributes = next((row for row in self.users if row["user_id"] == user), {})
        for each in params.get("filters", ()):
            if each["dimension"] != "platform" and not _passes(each, attributes.get(each["dimension"])):
                return
        day = [e for e in self.events if e["user_id"] == user and e["ts"].date() <= self.as_of]
        stream = sorted(day, key=lambda e: e["ts"])
        attempts: dict[Any, list[Sequence[datetime]]] = {}
        for entry, times in _attempts(stream, steps, params):
            held = all(
                _passes(each, entry["platform"])
                for each in params.get("filters", ())
                if each["dimension"] == "platform"
            )
            if held:
                value = entry["platform"] if dimension == "platform" else attributes.get(dimension or "")
                attempts.setdefault(value, []).append(times)
        for value, found in attempts.items():
            yield value, min(found, key=lambda t: (-len(t), t[-1], _NEVER - t[0], t))


def _attempts(stream: Sequence[Row], steps: list[Row], params: Row) -> Iterator[tuple[Row, Sequence[datetime]]]:
    """Yield for every entry the row and the times of the steps it reached."""
    order = params.get("order", "ordered")
    for place, entry in enumerate(stream):
        if not params["start"] <= entry["ts"].date() <= params["end"]:
            continue
        if order == "any":
            times = _any_order(stream, steps, entry, params) if any(_is(entry, step) for step in steps) else ()
        elif not _is(entry, steps[0]):
            continue
        else:
            paths = list(_paths(stream, steps, (place,), params))
            ends = [[stream[n]["ts"] for n in path] for path in paths]
            times = min(ends, key=lambda t: (-len(t), t))
        if times and not _left_out(stream, times, params):
            yield entry, times


def _paths(stream: Sequence[Row], steps: list[Row], path: Path, params: Row) -> Iterator[Path]:
    """Yield every way to go on from a path, and the path itself."""
    yield path
    if len(path) == len(steps):
        return
    ways = [n for n in range(len(stream)) if _follows(stream, steps, path, n, params)]
    if params.get("repeats") == "stop" and params.get("order") != "strict":  # the first such row alone decides
        ways = [n for n in ways if stream[n]["ts"] == min(stream[w]["ts"] for w in ways)]
    for n in ways:
        yield from _paths(stream, steps, (*path, n), params)


def _follows(stream: Sequence[Row], steps: list[Row], path: Path, n: int, params: Row) -> bool:
    here, last = stream[n]["ts"], stream[path[-1]]["ts"]
    if n in path or not _is(stream[n], steps[len(path)]):
        return False
    if (
        here < last
        or (here == last and params.get("strict_time"))
        or not _in_window(here, stream[path[0]]["ts"], params)
    ):
        return False
    between = [row for row in stream if last < row["ts"] < here]
    done = steps[: len(path)]
    if params.get("order") == "strict":
        ignored = done if params.get("repeats") == "ignore" else []
        return all(any(_is(row, step) for step in ignored) for row in between)
    if params.get("repeats") == "stop":
        return not any(_is(row, step) for row in between for step in done[1:])
    return True


def _any_order(stream: Sequence[Row], steps: list[Row], entry: Row, params: Row) -> list[datetime]:
    ahead = [row for row in stream if row["ts"] >= entry["ts"] and _in_window(row["ts"], entry["ts"], params)]
    times: list[datetime] = []
    for place, step in enumerate(steps):
        own = [row["ts"] for row in ahead if _is(row, step)]
        turn = steps[:place].count(step)
        times += own[turn : turn + 1]
    return sorted(times)


def _left_out(stream: Sequence[Row], times: Sequence[datetime], params: Row) -> bool:
    for each in params.get("exclusions", ()):
        after, before = each.get("after_step", 1), each.get("before_step", len(params["steps"]))
        if len(times) < after:
            continue
        until = times[before - 1] if len(times) >= before else _NEVER
        for row in stream:
            here = row["ts"]
            if _is(row, each) and times[after - 1] < here < until and _in_window(here, times[0], params):
                return True
    return False


def _in_window(here: datetime, first: datetime, params: Row) -> bool:
    hours = params.get("window_hours", 168)
    return hours is None or here - first <= timedelta(hours=hours)


def _condition(step: Any) -> Row:
    return {"event": step} if isinstance(step, str) else step


def _is(row: Row, step: Row) -> bool:
    passive = row["event"] in ("register_start", "captcha_fail")
    kind: bool = not passive if step["event"] in (None, "active") else row["event"] == step["event"]
    return kind and all(row[column] in values for column, values in step.get("where", {}).items())


def _passes(each: Row, value: Any) -> bool:
    found: bool = value in each["values"]
    return found if each.get("op", "in") == "in" else not found


def _shown(
    reached: Sequence[Sequence[datetime]], steps: Sequence[Any], order: str, heads: list[Any]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    users = [sum(len(times) >= n for times in reached) for n in range(1, len(steps) + 1)]
    for n, count in enumerate(users, start=1):
        label = f"{n}/{len(steps)}" if order == "any" else _condition(steps[n - 1])["event"] or "active"
        gaps = [(t[n - 1] - t[n - 2]).total_seconds() for t in reached if len(t) >= n > 1]
        before = users[max(0, n - 2)]
        rates = [count / users[0] if users[0] else None, count / before if before else None]
        rows.append((*heads, n, label, count, *rates, median(gaps) if gaps else None))
    return rows
