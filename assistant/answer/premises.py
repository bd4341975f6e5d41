"""What is said first where a question takes a rise or a fall for granted that the figures do not show."""

from __future__ import annotations

import re
from typing import Final

from assistant.answer.columns import metric_name
from assistant.answer.explained_names import TOTAL
from assistant.answer.markdown import escape
from assistant.answer.view import View
from knowledge.text import Text

_DOWN: Final = re.compile(
    r"下降|下跌|下滑|降低|减少|变少|走低|回落|跌|掉(?!线)|降了|少了|降得|降幅|"
    r"(?<![a-z-])(?:drop(?:s|ped|ping)?(?![a-z-]| off)|fell|fall(?:s|ing|en)?|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|"
    r"shr[aiu]nk(?:s|ing)?|plunged?|slump(?:ed)?|sank|(?:went|go|going|is|are|was|were|come|came) down)(?![a-z])",
    re.IGNORECASE,
)
_UP: Final = re.compile(
    r"上升|上涨|增长|增加|提升|提高|升高|变多|走高|回升|涨|升了|多了|增幅|"
    r"(?<![a-z-])(?:r[oi]se|rises|risen|rising|gr[eo]w|grows|growing|grown|increas(?:e|es|ed|ing)|jump(?:s|ed)?|surged?|climb(?:s|ed)?|"
    r"(?:went|go|going|is|are|was|were|come|came) up)(?![a-z])",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"没|未|不|并非|(?<![a-z])(?:not|no|never)(?![a-z])|n't", re.IGNORECASE)


def false_premise(question: str, view: View) -> str:
    """Return the sentence that a rise or fall the question speaks of did not happen, as Markdown; empty where it did.

    Read of explanations (为什么下降) and of rankings by the change (dropped the most), where the question says one direction.
    """
    falls, rises = bool(_DOWN.search(question)), bool(_UP.search(question))
    if falls == rises or _NOT.search(question):
        return ""
    if view.result.tool == "explain_change":
        return _of_change(view, falls=falls)
    return _of_ranking(view, falls=falls) if view.result.tool == "query_metrics" else ""


def _of_change(view: View, *, falls: bool) -> str:
    whole = next((row for row in view.result.rows if view.value(row, "dimension") in (TOTAL, None)), None)
    change = view.number(whole, "contribution") if whole is not None else None
    if change is None or (change < 0 if falls else change > 0):
        return ""
    name = escape(metric_name(view.result.metrics[0], view.catalog).in_(view.language))
    zh, en = ("下降", "fall") if falls else ("上升", "rise")
    other, other_en = ("上升了", "rose") if falls else ("下降了", "fell")
    if change == 0:
        return Text(f"{name}并没有{zh}，没有变化。", f"{name} did not {en}: there was no change. ").in_(view.language)
    return Text(f"{name}并没有{zh}，而是{other}。", f"{name} did not {en} but {other_en}. ").in_(view.language)


def _of_ranking(view: View, *, falls: bool) -> str:
    order = view.result.params.get("order_by") or {}
    metric, _, part = str(order.get("column", "")).partition("__")
    ranked = "asc" if falls else "desc"
    if part not in ("change", "change_pct") or order.get("direction", "desc") != ranked or not view.result.rows:
        return ""
    changes = [view.number(row, str(order["column"])) for row in view.result.rows]
    known = [change for change in changes if change is not None]
    if not known or any(change < 0 if falls else change > 0 for change in known):
        return ""
    name = escape(metric_name(metric, view.catalog).in_(view.language))
    zh, en = ("下降", "fell") if falls else ("上升", "rose")
    return Text(f"{name}没有一项{zh}，以下为最接近的。", f"{name} {en} in none of them; the nearest to it: ").in_(
        view.language
    )
