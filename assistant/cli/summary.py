"""``yunce summary``: the summary of a day, week, month, quarter or year, the same as asking for one."""

from datetime import date
from typing import Annotated

import typer

from assistant.cli.ask import answer_one
from assistant.cli.frame import Frame, UsageError
from knowledge.errors import QueryError
from knowledge.text import Text

_KINDS = {
    "daily": Text("日报", "daily summary"),
    "weekly": Text("周报", "weekly summary"),
    "monthly": Text("月报", "monthly summary"),
    "quarterly": Text("季报", "quarterly summary"),
    "yearly": Text("年度总结", "yearly summary"),
}
_HELP = Text(
    "写一份总结：核心指标、变化与原因、漏斗、留存、渠道、活动、实验、风险与下一步；每个数字都有收据",
    "Write a summary: headline, what moved and why, funnel, retention, channels, campaigns, experiments, risks and next "
    "steps; every figure has its receipt",
)
_KIND = Text(
    "daily、weekly、monthly、quarterly 或 yearly；默认 weekly，给出日期时按长度定",
    "daily, weekly, monthly, quarterly or yearly; weekly by default, with dates by their length",
)
_START = Text("第一天（ISO 日期）；不给则为最近一个完整周期", "first day (ISO date); by default the last whole period")
_END = Text("最后一天（ISO 日期，含当天）", "last day (ISO date, included)")


def add(frame: Frame) -> None:
    """Add the command."""
    language = frame.language

    @frame.app.command("summary", cls=frame.command_class, help=_HELP.in_(language))
    def summary(
        kind: Annotated[str | None, typer.Argument(help=_KIND.in_(language), show_default=False)] = None,
        start: Annotated[str | None, typer.Option("--start", help=_START.in_(language), show_default=False)] = None,
        end: Annotated[str | None, typer.Option("--end", help=_END.in_(language), show_default=False)] = None,
        as_json: Annotated[bool, typer.Option("--json", help=frame.words("json"))] = False,
    ) -> int:
        return answer_one(frame, question_of(kind, start, end).in_(language), None, as_json=as_json, must_answer=True)


def question_of(kind: str | None, start: str | None, end: str | None) -> Text:
    """Return the question that asks for a summary.

    Raises:
        UsageError: there is no such kind, or only one of the two dates.
        QueryError: what is given as a date is none, or the start is after the end.
    """
    if kind is not None and kind not in _KINDS:
        known = ", ".join(_KINDS)
        message = Text(f"没有“{kind}”这种总结；可选：{known}。", f"There is no summary '{kind}'; choose from {known}.")
        raise UsageError(f"{message.zh} / {message.en}")
    if (start is None) != (end is None):
        raise UsageError("--start --end: 二者要一起给 / give both or neither")
    if start is None or end is None:
        return _KINDS[kind or "weekly"]
    first, last = _day(start), _day(end)
    if first > last:
        raise QueryError(
            Text(f"开始日期 {first} 晚于结束日期 {last}。请把两个日期对调。",
                 f"The start, {first}, is after the end, {last}. Swap the two dates."),
            code="empty_range",
        )  # fmt: skip
    named = _KINDS[kind] if kind else Text("总结", "summary")
    dates = Text(f"{first}", f"{first}") if first == last else Text(f"{first}到{last}", f"{first} to {last}")
    return Text(f"{dates.zh}的{named.zh}", f"{named.en} for {dates.en}")


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise QueryError(
            Text(
                f"“{said}”不是日期，应为 ISO 日期，如 2025-12-31。",
                f"'{said}' is no date; give one such as 2025-12-31.",
            ),
            code="bad_date",
        ) from error
