"""Whatever a tool returns, the answer made from it stands by its own check, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answer import analyses, narrative
from assistant.answer.compose import _dates, _fixed_parts, compose
from assistant.answer.numbers import NumberCheck, unsupported_numbers
from assistant.answer.view import View
from knowledge.text import Language, Text
from tests.assistant.answer.shapes import CATALOG, results
from tools.semantic_layer.result import Result

_MANY = settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LAST_WEEK = Text("近7天", "last 7 days")


@pytest.mark.parametrize("language", ["zh", "en"])
@_MANY
@given(result=results)
def test_every_sentence_made_from_a_result_passes_the_check(language: Language, result: Result) -> None:
    """The sentences are supported as they are written: nothing has to be left out to pass."""
    view = View(result, CATALOG, language)
    teller = narrative if result.tool == "query_metrics" else analyses
    told = teller.tell(view, LAST_WEEK.in_(language))
    fixed = "\n".join([_dates([view], language), *_fixed_parts([view], language)])
    check = NumberCheck([result], said=LAST_WEEK.in_(language), catalog=CATALOG)
    assert check.unsupported(told) == ()
    assert check.unsupported(fixed) == ()


@pytest.mark.parametrize("language", ["zh", "en"])
@_MANY
@given(found=st.lists(results, min_size=1, max_size=3))
def test_every_composed_answer_passes_the_check(language: Language, found: list[Result]) -> None:
    """The whole answer is supported, has the receipt, and is said in sentences before its fixed parts."""
    composed = compose("", language, found, CATALOG)
    assert unsupported_numbers(composed.answer, results=found, catalog=CATALOG) == ()
    assert "R-7Q2M4K8Z1A" in composed.answer
    assert not composed.answer.startswith(("- **", "结果见表格", "The result is in"))
    assert composed.unsupported == ()
