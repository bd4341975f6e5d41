"""Pins: a changed or new entry is not served, everything that decides a number is covered, and the file keeps its form."""

from __future__ import annotations

import re
import types
import typing
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from knowledge.catalog import FOLDER, load_catalog
from knowledge.catalog.content import parts_of
from knowledge.catalog.pins import Pin, read_pins, write_pins
from knowledge.errors import CatalogError, QueryError
from knowledge.model import Measure
from tests.knowledge.small_catalog import FILES, METRICS, edit, load, pin_all, write_catalog

PEOPLE, SALES = "metrics/people.yaml", "metrics/money.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "catalog")


def test_every_entry_of_the_catalog_is_vetted() -> None:
    """What ships is pinned as it stands: after a change run ``yunce metrics vet --all --by NAME``."""
    catalog = load_catalog()
    left = {u.id: u.status for u in catalog.unserved.values()}
    assert not left, f"run yunce metrics vet --all --by NAME: {left}"
    assert [fault.said.en for fault in catalog.faults] == []
    pins, _ = read_pins(FOLDER)
    assert set(pins) == set(catalog.metrics), "run yunce metrics vet --all --by NAME"


def test_a_vetted_catalog_is_served_whole(folder: Path) -> None:
    """Pinned as it stands, all is served and nothing is wrong."""
    catalog = load(folder)
    assert set(catalog.metrics) == set(METRICS)
    assert not catalog.unserved
    assert not catalog.faults


CHANGES = [
    (SALES, "zh: [营业额]", "zh: [营业额, 流水]", {"sales": ["synonyms"]}),
    (SALES, "en: Sum of the orders", "en: Sum of all orders", {"sales": ["definition"]}),
    (SALES, "unit: CNY", "unit: count", {"sales": ["unit"]}),
    (SALES, "measure: takings", "measure: big_takings",
     {"sales": ["measure", "measure big_takings", "measure takings"]}),
    ("measures.yaml", "where: amount > 100", "where: amount >= 100", {"big_share": ["measure big_takings"]}),
    ("measures.yaml", "{id: takings, source: orders,", "{id: takings, source: orders, mature_after: 3,",
     {"sales": ["measure takings"], "big_share": ["measure takings"]}),
    ("sources.yaml", "own: {platform: platform}", "own: {}", {"visitors": ["source activity"]}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "changed"), CHANGES, ids=[f"{c[0]} {c[2]}" for c in CHANGES])
def test_a_changed_entry_is_not_served_and_says_what_changed(
    folder: Path, file: str, old: str, new: str, changed: dict[str, list[str]]
) -> None:
    """Asking for it names the change, who vetted it when, and the command; all others are served."""
    edit(folder, file, old, new)
    catalog = load(folder)
    assert {u.id: sorted(u.changed) for u in catalog.unserved.values()} == {k: sorted(v) for k, v in changed.items()}
    assert set(catalog.metrics) == set(METRICS) - set(changed)
    assert not catalog.faults
    for name, parts in changed.items():
        assert catalog.status(name) == "changed"
        with pytest.raises(QueryError) as raised:
            catalog.metric(name)
        assert raised.value.code == "metric_not_served"
        for text in raised.value.text:
            assert all(word in text for word in (name, "2025-11-20", "Mei Lin", f"yunce metrics vet {name}", *parts)), (
                text
            )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "owner: shop\n  version: 1\n  status: vetted\n  test: fixtures/visitors",
            "owner: team\n  version: 1\n  status: vetted\n  test: fixtures/visitors",
        ),
        ("[user]", "[user] # all"),
    ],
)
def test_what_decides_no_number_needs_no_vetting(folder: Path, old: str, new: str) -> None:
    """Another owner, a comment, another order of keys: still vetted."""
    edit(folder, PEOPLE, old, new)
    assert set(load(folder).metrics) == set(METRICS)


def test_a_new_entry_is_not_served_until_it_is_vetted(folder: Path) -> None:
    """Without a pin it is listed as new, and served once pinned."""
    text = FILES[PEOPLE].replace("visitors", "callers").replace("访客", "来电").replace("Visitors", "Callers")
    (folder / "metrics" / "calls.yaml").write_text(
        text.replace("来客", "呼入").replace("guests", "calls"), encoding="utf-8"
    )
    catalog = load(folder)
    assert catalog.status("callers") == "new"
    with pytest.raises(QueryError, match="yunce metrics vet callers"):
        catalog.metric("callers")
    pin_all(folder)
    assert "callers" in load(folder).metrics


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_draft_is_not_served_though_pinned(folder: Path, status: str) -> None:
    """The author's own word counts before any pin."""
    edit(folder, PEOPLE, "status: vetted", f"status: {status}")
    catalog = load(folder)
    assert catalog.status("visitors") == status
    with pytest.raises(QueryError, match=status):
        catalog.metric("visitors")


def test_a_damaged_pin_takes_only_its_own_entry(folder: Path) -> None:
    """A slip in one pin is named with its line; the others hold."""
    line = edit(folder, "vetted.yaml", "- id: sales\n  version: 1\n", "- id: sales\n  version: one\n") + 1
    catalog = load(folder)
    assert [(fault.code, fault.entry, fault.line) for fault in catalog.faults] == [("pin", "sales", line)]
    assert (catalog.status("sales"), catalog.status("visitors")) == ("new", "vetted")


def test_without_pins_nothing_is_served(folder: Path) -> None:
    """The file gone, every entry is new."""
    (folder / "vetted.yaml").unlink()
    assert {u.status for u in load(folder).unserved.values()} == {"new"}
    assert not load(folder).metrics


def test_pins_are_kept_sorted_and_those_of_gone_entries_dropped(folder: Path) -> None:
    """Writing one pin keeps the others as they were and drops what has no entry any more."""
    before, _ = read_pins(folder)
    catalog = load(folder)
    again = Pin.of("sales", 2, catalog.parts(catalog.metrics["sales"]), by='Ann "A" 李: #1', when=date(2025, 12, 1))
    write_pins(folder, {"sales": again}, known=["visitors", "sales"])
    after, faults = read_pins(folder)
    assert not faults
    assert after == {"sales": again, "visitors": before["visitors"]}
    assert list(after) == sorted(after)
    assert sorted(path.name for path in folder.iterdir()) == [
        "dimensions.yaml", "measures.yaml", "metrics", "segments.yaml", "sources.yaml", "vetted.yaml"
    ]  # fmt: skip


def test_pins_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    """No folder to write into: the error has the file and what to do."""
    with pytest.raises(CatalogError, match=r"vetted.yaml: No such file"):
        write_pins(tmp_path / "absent", {}, known=[])


def test_the_hash_covers_every_field_of_a_measure() -> None:
    """Whatever field of a measure is set, fields added later with it, the content differs."""
    catalog = load_catalog().with_unvetted()
    base = Measure(id="m", source="orders", aggregate="count")
    metric = catalog.metrics["gmv"].model_copy(update={"measure": "m"})

    def content(measure: Measure) -> str:
        measures = {**catalog.measures, "m": measure}
        return parts_of(metric, measures=measures, sources=catalog.sources, segments=catalog.segments).content

    for name, field in Measure.model_fields.items():
        if name not in ("id", "source"):
            changed = base.model_copy(update={name: _other(field.annotation)})
            assert content(changed) != content(base), name
    assert content(base.model_copy(update={"source": "spend"})) != content(base)


def _other(annotation: object) -> object:
    """Return a value of a field's type that is not its default."""
    options = [a for a in (typing.get_args(annotation) or (annotation,)) if a not in (types.NoneType, Ellipsis)]
    if typing.get_origin(annotation) is tuple:
        return (_other(options[0]),)
    kind = options[-1]
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)[-1]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.model_construct(
            **{n: _other(f.annotation) for n, f in kind.model_fields.items() if f.is_required()}
        )
    return {bool: True, int: 3, str: "x"}.get(kind, kind)  # type: ignore[call-overload]


def test_the_hash_covers_what_a_measure_follows_and_stands_on(folder: Path) -> None:
    """A followed source, the segment a measure stands on, and the segments in that one are parts of the metric."""
    edit(folder, "measures.yaml", "{id: active_users, source: activity, aggregate: count_distinct, of: [user_id]}",
         "{id: active_users, source: activity, aggregate: count, follow: {source: orders, from_day: 0, to_day: 1}, "
         "standing: {where: 'user_id > 0', segment: lost}}")  # fmt: skip
    catalog = load(folder).with_unvetted()
    assert {"source activity", "source orders", "segment lost", "segment reached"} <= set(
        catalog.parts(catalog.metrics["visitors"]).of
    )


def test_content_hashes_are_short_hex() -> None:
    """Receipts keep 12 hex digits for every metric, each another one."""
    catalog = load_catalog().with_unvetted()
    hashes = [catalog.content_hash(metric) for metric in catalog.metrics.values()]
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in hashes)
    assert len(set(hashes)) == len(hashes)
