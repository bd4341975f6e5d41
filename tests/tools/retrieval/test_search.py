"""The search with the packaged encoders: both languages, silence where nothing fits, filters, duplicates, documents first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import QueryError
from knowledge.playbooks import load_playbooks
from tests.tools.retrieval.small_shelf import ELSEWHERE, QUESTIONS, small_shelf
from tools.documents.passages import passages_of_playbook
from tools.retrieval import build, store
from tools.retrieval.citations import citations
from tools.retrieval.encoders import Encoder, encoders, packaged_encoders, readable
from tools.retrieval.entries import vocabulary
from tools.retrieval.search import Searcher, Wanted, checked

OURS = "winback_personalised"


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Return a search over the small shelf, a near-duplicate on it, and one playbook of our own."""
    home = tmp_path_factory.mktemp("search")
    shelf = small_shelf()
    twin = replace(
        shelf[0], id="p-twin", document="doc-twin", source="twin.txt", text=shelf[0].text.replace("，", ", ")
    )
    own = passages_of_playbook(load_playbooks()[OURS])
    return searching(home, [*own, *shelf, twin], packaged_encoders())


def searching(home: Path, passages: Sequence[object], with_encoders: Sequence[Encoder]) -> Searcher:
    """Return a search over passages with encoders."""
    build.build(home, passages, "1", with_encoders)  # type: ignore[arg-type]
    index = store.read(home)
    assert index is not None
    return Searcher.of(index, with_encoders, vocabulary())


def test_questions_in_both_languages_find_their_passage(searcher: Searcher) -> None:
    """Of the documents' passages, ten of our own twelve questions have theirs first."""
    files = tuple({each.source for each in searcher.index.passages} - {f"{OURS}.md", "twin.txt"})
    first = {q: [hit.passage.source for hit in searcher.search(q, 3, Wanted(sources=files))] for q in QUESTIONS}
    wrong = {q: first[q] for q, name in QUESTIONS.items() if first[q][:1] != [f"{name}.txt"]}
    assert len(wrong) <= 2, wrong


def test_questions_of_other_fields_and_noise_find_nothing(searcher: Searcher) -> None:
    """The nearest nonsense is not an answer; none of the questions is one that the threshold was set by."""
    answered = [query for query in ELSEWHERE if searcher.search(query)]
    assert len(answered) <= 1, answered
    assert searcher.search("") == searcher.search("   ") == searcher.search("\x00") == []
    assert searcher.search("怎么召回沉睡用户", 0) == []


def test_documents_go_before_our_shelf_and_near_duplicates_count_once(searcher: Searcher) -> None:
    """The first-hand report is cited first; its twin is named beside it; our own playbook follows, twice at most."""
    hits = searcher.search("沉睡用户怎么唤醒，唤醒率提升多少", 6)
    assert hits[0].passage.source in {"winback.txt", "twin.txt"}
    assert {hits[0].passage.source, *hits[0].also} == {"winback.txt", "twin.txt"}
    assert sum(hit.passage.source in {"winback.txt", "twin.txt"} for hit in hits) == 1
    assert 1 <= sum(hit.playbook == OURS for hit in hits) <= 2


def test_filters_by_stage_segment_and_source(searcher: Searcher, tmp_path: Path) -> None:
    """Each filter holds for every hit; a name there is none of is refused with what there is."""
    query = "怎么召回沉睡用户"
    assert {hit.playbook for hit in searcher.search(query, wanted=Wanted(sources=("shelf",)))} == {OURS}
    only = searcher.search(query, wanted=Wanted(sources=("winback.txt",)))
    assert [hit.passage.source for hit in only] == ["winback.txt"]
    staged = searcher.search(query, wanted=Wanted(stages=("win_back",)))
    assert staged
    assert all("win_back" in searcher.index.labels[_row(searcher, hit.passage.id)].stages for hit in staged)
    assert searcher.search(query, wanted=Wanted(segments=("koc",))) == []
    for wrong in ({"stages": ("winback",)}, {"segments": ("nobody",)}, {"sources": ("none.txt",)}):
        with pytest.raises(QueryError):
            checked(**wrong, home=tmp_path)


def _row(searcher: Searcher, name: str) -> int:
    return next(i for i, each in enumerate(searcher.index.passages) if each.id == name)


def test_citations_are_numbered_and_say_what_they_cite(searcher: Searcher) -> None:
    """A citation has the fields of the contract and no others."""
    found = citations(searcher.search("续费率提高了多少", 3))
    assert [each["id"] for each in found] == [f"P{n}" for n in range(1, len(found) + 1)]
    assert set(found[0]) == {"id", "playbook", "title", "section", "passage", "source", "score"}
    assert found[0]["source"] == "renewal.txt"
    assert found[0]["playbook"] is None
    assert 0 < found[0]["score"] <= 1


def test_one_encoder_alone_is_enough(tmp_path: Path) -> None:
    """Where only the universal encoder runs (arm64, macOS), the same questions are answered."""
    alone = [each for each in packaged_encoders() if each.name.startswith("use-")]
    searcher = searching(tmp_path, small_shelf(), alone)
    right = sum(
        searcher.search(q, 1)[:1] != [] and searcher.search(q, 1)[0].passage.source == f"{n}.txt"
        for q, n in QUESTIONS.items()
    )
    assert right >= 9
    assert not [query for query in ELSEWHERE[:6] if searcher.search(query)]


def test_encoders_take_any_text() -> None:
    """NUL, lone surrogates, blanks and very long texts give unit vectors; what follows a NUL is still read."""
    texts = ["新增用户\x00付费率", "\ud800", "", " \n", "长" * 50_000, "😀"]
    for encoder in packaged_encoders():
        rows = encoder.encode_passages(texts)
        assert rows.shape == (len(texts), encoder.dimension)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)
        assert encoder.encode_queries([]).shape == (0, encoder.dimension)
        cut = encoder.encode_passages(["新增用户"])[0]
        assert float(rows[0] @ cut) < 0.999
    assert readable("a\x00b") == "a b"
    if any("e5" in each.name for each in packaged_encoders()):
        assert os.environ["OMP_WAIT_POLICY"] == "passive"


def test_a_model_that_cannot_be_loaded_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A named model without the extra tells how to get it, in both languages."""
    import importlib

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(QueryError) as caught:
        encoders("BAAI/bge-m3")
    assert "yunce[embeddings]" in caught.value.text.zh
    assert "yunce[embeddings]" in caught.value.text.en
