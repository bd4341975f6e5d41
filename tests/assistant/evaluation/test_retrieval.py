"""Retrieval scores: recall among the first hits and the rank of the first relevant one, worked out by hand."""

from __future__ import annotations

import pytest

from assistant.evaluation.questions import Lookup, Passage
from assistant.evaluation.retrieval import is_relevant, score_search

ONE = Lookup("a", "zh", "验证码", (Passage("x.txt", "验证码 故障"),))
TWO = Lookup("b", "en", "levels", (Passage("x.txt", "levels"), Passage("y.txt", "beyond ten")))
HITS = {
    "验证码": [{"source": "y.txt", "passage": "验证码故障"}, {"source": "x.txt", "passage": "發現驗證碼(yàn zhèng mǎ) \n故障。"}],
    "levels": [{"source": "x.txt", "passage": "two levels"}, *({"source": "z", "passage": "?"} for _ in range(10)),
               {"source": "y.txt", "passage": "beyond ten"}],
}  # fmt: skip


def test_recall_and_rank() -> None:
    """The first query finds its passage second; the other one of two first, the other too late to count."""
    found = score_search([ONE, TWO], lambda query, limit: HITS[query][:limit])
    assert found["zh"].recall == {1: 0.0, 3: 1.0, 5: 1.0}
    assert found["zh"].mrr == pytest.approx(0.5)
    assert found["en"].recall == {1: 0.5, 3: 0.5, 5: 0.5}
    assert found["several passages"].mrr == pytest.approx(1.0)
    assert found["all"].mrr == pytest.approx(0.75)
    assert found["all"].recall[1] == pytest.approx(0.25)
    assert found["one passage"].queries == 1


def test_a_passage_is_matched_without_blanks_traditional_forms_and_pinyin() -> None:
    """The words may stand in Traditional characters, with pinyin and line breaks between; the file must be the same."""
    assert is_relevant(HITS["验证码"][1], ONE.relevant[0])
    assert not is_relevant(HITS["验证码"][0], ONE.relevant[0])
