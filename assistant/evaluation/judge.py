"""The judgement of one answer: right, wrong, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from assistant.evaluation.forms import LOOSE, in_one_form
from assistant.evaluation.ground import Ground
from assistant.evaluation.plain import as_set, key
from assistant.evaluation.questions import Asked, Reading

Outcome = Literal["right", "wrong", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("right", "wrong", "refused")
_SIDE = frozenset({"search_playbooks", "list_metrics", "describe_metric"})
"""Tools whose result may stand beside another answer."""


def judge(asked: Asked, answer: Mapping[str, Any] | None, ground: Ground) -> tuple[Outcome, str]:
    """Return how an answer of ``yunce ask --json`` does against what was expected, and why it is not right.

    Right: the tool and every param are those expected, or one alternative's; or it asks back or declines where that was due.
    Wrong: answered otherwise; asked back for declined and the reverse. Refused: no answer where one was due.
    """
    if answer is None:
        return "refused", "missing"
    status, due = answer.get("status"), asked.expect.status
    alone = {other.status for other in asked.alternatives if other.tool is None}
    if status in alone or (status == due and status in ("clarify", "declined")):
        return "right", ""
    if status != "answered":
        return ("refused", str(status)) if due == "answered" else ("wrong", f"{status} for {due}")
    wanted = [asked.expect] if due == "answered" else []
    wanted += [other for other in asked.alternatives if other.tool is not None]
    if any(_fits(reading, answer, ground) for reading in wanted):
        return "right", ""
    if due != "answered":
        return "wrong", f"answered for {due}"
    return "wrong", "other tool or params" if answer.get("results") else "no result"


def carried_out(answer: Mapping[str, Any], tool: str | None) -> list[tuple[str, dict[str, Any]]]:
    """Return the tools and params that an answer may be judged by, the likeliest first.

    The last result that belongs to the question; then, where the last ones differ in metrics only, those taken together.
    """
    results = [r for r in answer.get("results") or [] if r.get("tool")]
    own = [r for r in results if (r["tool"] == tool if tool in LOOSE else r["tool"] not in _SIDE)]
    held = own or results
    if not held:
        return _beside(answer, tool)
    last = held[-1]
    found = [(last["tool"], _params(last))]
    if last["tool"] == "query_metrics":
        together = _together(held)
        if len(together) > len(as_set(found[0][1].get("metrics"))):
            found.append(("query_metrics", {**found[0][1], "metrics": together}))
    return found


def _together(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the metrics of the last results that differ in nothing else."""
    rest = _without_metrics(results[-1])
    metrics: set[str] = set()
    for result in reversed(results):
        if result["tool"] != "query_metrics" or _without_metrics(result) != rest:
            break
        metrics |= set(as_set(_params(result).get("metrics")))
    return sorted(metrics)


def _without_metrics(result: Mapping[str, Any]) -> str:
    return key({name: value for name, value in _params(result).items() if name != "metrics"})


def _params(result: Mapping[str, Any]) -> dict[str, Any]:
    params = dict(result.get("params") or {})
    if result["tool"] == "query_metrics" and not params.get("metrics"):
        params["metrics"] = result.get("metrics")
    return params


def _beside(answer: Mapping[str, Any], tool: str | None) -> list[tuple[str, dict[str, Any]]]:
    """Return what stands for a result where there is none: citations for a search, segments for a segment."""
    segments = answer.get("segments") or []
    if tool == "build_segment" and segments:
        return [(tool, {"definition": segments[-1].get("definition"), "name": segments[-1].get("name")})]
    return [(tool, {})] if tool == "search_playbooks" and answer.get("citations") else []


def _fits(wanted: Reading, answer: Mapping[str, Any], ground: Ground) -> bool:
    return any(_same(wanted, tool, params, ground) for tool, params in carried_out(answer, wanted.tool))


def _same(wanted: Reading, tool: str, params: Mapping[str, Any], ground: Ground) -> bool:
    if wanted.tool != tool:
        return False
    try:
        got = in_one_form(tool, params, ground)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        return False  # params of another shape are other params
    expected = in_one_form(tool, wanted.params, ground)
    if tool in LOOSE:
        return all(key(expected[name]) == key(got.get(name)) for name in LOOSE[tool] if name in expected)
    if tool == "query_metrics" and expected["order_by"] is None:
        got["order_by"] = None  # the order of the rows alone is no difference
    return key(expected) == key(got)
