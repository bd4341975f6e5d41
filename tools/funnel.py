"""``funnel``: how many users go from step to step, in order, in any order or strictly, within a window of time."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from knowledge.errors import QueryError
from knowledge.tables import NOT_ACTIVITY
from knowledge.text import Text
from tools.behaviour.events import ACTIVE, EventCondition, activity_of
from tools.funnels.any_order import add_any_order
from tools.funnels.attempts import add_attempts
from tools.funnels.best import add_best
from tools.funnels.chains import add_chains
from tools.funnels.definition import HOUR_US, Exclusion, Funnel, Order, Repeats
from tools.funnels.notes import notes_of, row_notes
from tools.funnels.strict import add_strict
from tools.funnels.totals import add_totals, rows_of
from tools.funnels.writing import People, Writing
from tools.semantic_layer.analysis import (
    Analysis,
    Draft,
    PeopleParams,
    Scope,
    carried_out,
    filters_done,
    run_analysis,
    scope_of,
)
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.tool import Tool, ToolContext

MOST_STEPS = 20
MOST_HOURS = 87_600
_MOST_EXCLUSIONS = 10
UNITS = {"users": "users", "rate": "ratio", "step_rate": "ratio", "median_seconds": "seconds"}


def _plain(step: str | EventCondition) -> str | EventCondition:
    """Return a step without conditions by its name alone."""
    return step if isinstance(step, str) or step.where else step.event or ACTIVE


Step = Annotated[str | EventCondition, AfterValidator(_plain)]


class ExclusionParams(EventCondition):
    """An event that must not come after one step and before another; without them: anywhere between first and last."""

    after_step: int = 1
    before_step: int | None = None


class FunnelParams(PeopleParams):
    """What ``funnel`` takes: the steps, the days of the first one, the window, and whose."""

    steps: tuple[Step, ...]
    window_hours: float | None = Field(default=168, allow_inf_nan=False)
    order: Order = "ordered"
    exclusions: tuple[ExclusionParams, ...] = ()
    strict_time: bool = False
    repeats: Repeats | None = None

    @field_validator("steps", mode="before")
    @classmethod
    def _one_step_is_a_list(cls, value: Any) -> Any:
        return (value,) if isinstance(value, (str, dict)) else value


def funnel(context: ToolContext, params: FunnelParams) -> Result:
    """Return a row per step (with dimensions: per value and step), with a receipt.

    ``users`` reached the step; ``rate`` is the share of those of the first step, ``step_rate`` of those of the step
    before (null where there is nobody); ``median_seconds`` runs from the step before, over those who reached the step, in
    the attempt that counts for them: the furthest, of those the first to get there, of those the one entered last.

    Steps are timed by ``ts``: the window's edge and equal timestamps count. The range holds the first step's day, in the
    business time zone; later steps may fall after it, up to the last complete day. One row serves one step.

    Raises:
        QueryError: steps, window, exclusions, events, dates or filters that do not fit. WarehouseError: as
            ``run_analysis`` does.
    """
    layer = context.layer
    return run_analysis(layer, "funnel", lambda: _prepare(layer, params), interrupter=context.interrupter)


def _prepare(layer: SemanticLayer, params: FunnelParams) -> Analysis:
    _check_steps(params)
    _check_window(params)
    exclusions = _exclusions(params)
    scope = scope_of(layer, params, dimensions=params.dimensions, filters=params.filters)
    repeats = params.repeats or ("stop" if params.order == "strict" else "ignore")
    resolved = Funnel(
        steps=tuple(activity_of(layer, step) for step in params.steps),
        start=scope.start,
        end=scope.end,
        as_of=scope.meta.as_of,
        window_us=None if params.window_hours is None else round(params.window_hours * HOUR_US),
        order=params.order,
        strict_time=params.strict_time,
        repeats=repeats,
        exclusions=tuple(
            Exclusion(activity_of(layer, EventCondition(event=each.event, where=each.where)), each.after_step, before)
            for each, before in exclusions
        ),
    )
    _check_any_order(resolved)
    _check_strangers(resolved, scope)
    draft = Draft()
    writing = Writing(resolved, draft, People(draft, scope))
    _add_best(writing)
    add_totals(writing)
    done = carried_out(
        params,
        start=scope.start,
        end=scope.end,
        dimensions=tuple(dimension.id for dimension in scope.dimensions),
        filters=filters_done(scope.filters),
        exclusions=tuple(each.model_copy(update={"before_step": before}) for each, before in exclusions),
    )
    return Analysis(
        scope,
        draft,
        rows_of(writing, _labels(resolved)),
        done,
        unit=UNITS,
        notes=tuple(notes_of(resolved, scope)),
        row_notes=row_notes,
    )


def _check_strangers(made: Funnel, scope: Scope) -> None:
    """Refuse to look up attributes of people who have none: who does not finish registering is no user yet."""
    strangers = [step.event for step in made.steps if step.event in NOT_ACTIVITY]
    used = [d for d in (*scope.dimensions, *(f.dimension for f in scope.filters)) if d.id != "platform"]
    if strangers and used:
        zh, en = "、".join(d.names.zh for d in used), ", ".join(d.id for d in used)
        raise QueryError(
            Text(
                f"步骤 {strangers[0]} 由还没有账号的人完成，他们没有“{zh}”，这样只会数到已注册的人，转化率会虚高。"
                "可以只按平台看；要按平台或版本看注册，请用指标 register_conversion（注册转化率）。",
                f"Step {strangers[0]} is taken by people without an account, who have no {en}: only those who registered would "
                "count, and the conversion would be far too high. Platform works; for registration by platform or version ask "
                "for the metric register_conversion.",
            ),
            code="dimension_not_taken",
            choices=("platform", "register_conversion"),
        )


def _add_best(writing: Writing) -> None:
    """Add the CTE of the attempt that counts for each user, by the quickest way that is right for this funnel."""
    made = writing.funnel
    told_apart = made.exclusions or made.any_shared or made.repeats == "stop" or writing.people.by_platform
    if made.order == "any":
        add_any_order(writing)
    elif made.order == "strict":
        add_best(writing, add_strict(writing))
    elif told_apart:
        add_best(writing, add_attempts(writing))
    else:
        add_chains(writing)


def _labels(made: Funnel) -> list[str]:
    """Return what stands in the column ``event``: in any order no step has an event of its own, so k of N."""
    if made.order == "any":
        return [f"{number}/{len(made.steps)}" for number in made.numbers]
    return [step.event or ACTIVE for step in made.steps]


def _check_steps(params: FunnelParams) -> None:
    count = len(params.steps)
    if not 2 <= count <= MOST_STEPS:
        shown = ", ".join(str(_name(step)) for step in params.steps[:3]) + (" …" if count > 3 else "")
        raise QueryError(
            Text(
                f"漏斗有 {count} 个步骤（{shown}），应为 2 至 {MOST_STEPS} 个。"
                + ("请补充后续步骤。" if count < 2 else "请合并或去掉一些步骤，或拆成几个漏斗。"),
                f"The funnel has {count} step{'s' * (count != 1)} ({shown}); it takes 2 to {MOST_STEPS}. "
                + ("Add the step that follows." if count < 2 else "Leave some out, or ask for several funnels."),
            ),
            code="funnel_steps",
        )


def _name(step: str | EventCondition) -> str:
    return step if isinstance(step, str) else step.event or ACTIVE


def _check_window(params: FunnelParams) -> None:
    hours = params.window_hours
    if hours is not None and not 1 / HOUR_US <= hours <= MOST_HOURS:
        raise QueryError(
            Text(
                f"转化窗口 window_hours = {hours:g} 不合要求：应大于 0 且不超过 {MOST_HOURS} 小时，"
                "例如 24、168（7 天）；不限时长用 null。",
                f"window_hours = {hours:g} does not fit: it must be above 0 and at most {MOST_HOURS} hours, such as 24 or 168 "
                "(7 days); null for no limit.",
            ),
            code="funnel_window",
        )


def _exclusions(params: FunnelParams) -> list[tuple[ExclusionParams, int]]:
    """Return the exclusions, each with the step it ends before. Raises QueryError where one does not fit the steps."""
    last = len(params.steps)
    if len(params.exclusions) > _MOST_EXCLUSIONS:
        raise QueryError(
            Text(
                f"排除条件有 {len(params.exclusions)} 个，最多 {_MOST_EXCLUSIONS} 个。请去掉一些。",
                f"There are {len(params.exclusions)} exclusions; at most {_MOST_EXCLUSIONS} are taken. Leave some out.",
            ),
            code="funnel_exclusion",
        )
    found = []
    for each in params.exclusions:
        before = last if each.before_step is None else each.before_step
        if not 1 <= each.after_step < before <= last:
            raise QueryError(
                Text(
                    f"排除“{_name(each)}”的范围 after_step = {each.after_step}、before_step = {before} 不合要求："
                    f"步骤从 1 数到 {last}，after_step 必须小于 before_step。",
                    f"The exclusion of '{_name(each)}' runs from after_step = {each.after_step} to before_step = {before}; steps "
                    f"are numbered 1 to {last}, and after_step must be below before_step.",
                ),
                code="funnel_exclusion",
            )
        found.append((each, before))
    return found


def _check_any_order(made: Funnel) -> None:
    """Raise QueryError for what makes no sense without an order, or cannot be told apart there."""
    if made.order != "any":
        return
    asked = [name for name, is_set in (("exclusions", made.exclusions), ("strict_time", made.strict_time)) if is_set]
    asked += ["repeats"] if made.repeats == "stop" else []
    if asked:
        raise QueryError(
            Text(
                f"order = any 不分先后，不能再用 {'、'.join(asked)}。请去掉，或改用 order = ordered 或 strict。",
                f"order = any knows no before and after, so it does not take {', '.join(asked)}. Leave it out, or use order = "
                "ordered or strict.",
            ),
            code="funnel_order",
            choices=("ordered", "strict"),
        )
    for number in made.numbers:
        first = made.group_of(number)
        if made.step(number) != made.step(first):
            zh, en = made.step(first).words, made.step(number).words
            raise QueryError(
                Text(
                    f"步骤 {first}（{zh.zh}）与步骤 {number}（{en.zh}）可能是同一条记录，不分先后时无法区分。"
                    "请改用 order = ordered，或让两个步骤不重叠。",
                    f"Step {first} ({zh.en}) and step {number} ({en.en}) may be one and the same row, which cannot be told apart in "
                    "any order. Use order = ordered, or steps that do not overlap.",
                ),
                code="funnel_order",
                choices=("ordered",),
            )


TOOL = Tool(
    name="funnel",
    description=(
        "Return how many users reach each of 2 to 20 steps within window_hours (default 168) of the first, whose day lies in the "
        "range. steps: event names, or {event, where: {platform|app_version|feature|keyword: [values]}}; order: ordered, any or "
        "strict (nothing between). exclusions: [{event, after_step, before_step}], steps counted from 1. The payment funnel is "
        "checkout_view, pay_method, pay_submit, pay_success with window_hours 24; registration: register_start, register. "
        "rate is of the first step, step_rate of the one before. For one rate over time ask query_metrics (payment_conversion, "
        "register_conversion) instead."
    ),
    params=FunnelParams,
    function=funnel,
)
