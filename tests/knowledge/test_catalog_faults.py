"""A catalog with a fault in it: the entry is named with file and line, in both languages, and the rest is served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from tests.knowledge.small_catalog import FILES, METRICS, append, edit, load, write_catalog

SALES, PEOPLE = "metrics/money.yaml", "metrics/people.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_catalog(tmp_path / "catalog")


@dataclass(frozen=True)
class Bad:
    """A change that breaks one entry, and what has to be said of it."""

    name: str
    file: str
    old: str
    new: str
    code: str
    entry: str
    said: tuple[str, ...]
    lost: tuple[str, ...]
    below: int = 0


BAD = [
    Bad("unclosed bracket", SALES, "synonyms: {zh: [营业额], en", "synonyms: {zh: [营业额, en", "yaml", "sales", ("YAML",), ("sales",)),
    Bad("tab", SALES, "  unit: CNY", "\tunit: CNY", "yaml", "sales", ("YAML",), ("sales",)),
    Bad("unknown key", SALES, "  unit: CNY", "  unitt: CNY", "field", "sales", ("unitt", "unit"), ("sales",)),
    Bad("unknown unit", SALES, "unit: CNY", "unit: RMB", "field", "sales", ("RMB", "CNY"), ("sales",)),
    Bad("not a number", SALES, "family: revenue\n  measure: takings\n  dimensions: [channel]\n  owner: shop\n  version: 1",
        "family: revenue\n  measure: takings\n  dimensions: [channel]\n  owner: shop\n  version: one", "field", "sales",
        ("version", "one"), ("sales",), 4),
    Bad("key twice", SALES, "  unit: CNY", "  unit: CNY\n  unit: ratio", "key", "sales", ("unit",), ("sales",), 1),
    Bad("no English", SALES, "names: {zh: 销售额, en: Sales}", "names: {zh: 销售额}", "field", "sales", ("English", "names.en"),
        ("sales",)),
    Bad("blank Chinese", SALES, "names: {zh: 销售额,", "names: {zh: '',", "language", "sales", ("Chinese",), ("sales",)),
    Bad("no Chinese synonym", SALES, "zh: [营业额]", "zh: []", "language", "sales", ("Chinese", "synonyms"), ("sales",)),
    Bad("English for Chinese", SALES, "zh: 订单金额之和", "zh: Sum", "language", "sales", ("not Chinese",), ("sales",)),
    Bad("Chinese for English", SALES, "en: Sum of the orders", "en: 订单之和", "language", "sales", ("holds Chinese",), ("sales",)),
    Bad("unknown measure", SALES, "  measure: takings", "  measure: taking", "unknown", "sales", ("taking", "takings"), ("sales",)),
    Bad("unknown dimension", PEOPLE, "[user]", "[chanel]", "unknown", "visitors", ("chanel", "channel"), ("visitors",)),
    Bad("half a ratio", SALES, "  numerator: big_takings\n", "", "parts", "big_share", ("numerator",), ("big_share",)),
    Bad("measure and ratio", SALES, "  numerator: big_takings", "  measure: takings\n  numerator: big_takings", "parts", "big_share",
        ("numerator",), ("big_share",)),
    Bad("unknown source", "measures.yaml", "{id: takings, source: orders", "{id: takings, source: order", "unknown", "takings",
        ("order", "orders"), ("sales", "big_share")),
    Bad("unknown table", "sources.yaml", "table: orders", "table: order", "unknown", "orders", ("order", "orders"),
        ("sales", "big_share")),
    Bad("unknown column of a source", "sources.yaml", "date: order_date", "date: orderdate", "unknown", "orders",
        ("orderdate", "order_date"), ("sales", "big_share")),
    Bad("unknown column of users", "dimensions.yaml", "  column: channel", "  column: chanel", "unknown", "channel",
        ("chanel", "channel"), ()),
    Bad("unknown segment", "segments.yaml", "{segment: reached}", "{segment: reachd}", "unknown", "lost", ("reachd", "reached"), ()),
    Bad("a segment of itself", "segments.yaml", "{attribute: channel, values: [kol]}", "{segment: lost}", "cycle", "reached",
        ("reached → lost → reached",), ()),
    Bad("two values of one name", "dimensions.yaml", "{zh: 搜索, en: Search}", "{zh: 搜索, en: kol}", "synonym", "channel",
        ("kol", "dimensions.yaml:6"), ()),
    Bad("two dimensions of one name", "dimensions.yaml", "{zh: 平台, en: platform}", "{zh: 渠道, en: platform}", "synonym", "platform",
        ("渠道", "channel"), ()),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_entry_is_named_with_its_line_and_the_rest_is_served(folder: Path, bad: Bad) -> None:
    """The fault has its kind, entry, file, line and words; only what is built from the entry is left out."""
    line = edit(folder, bad.file, bad.old, bad.new) + bad.below
    catalog = load(folder)
    found = [f for f in catalog.faults if (f.code, f.entry) == (bad.code, bad.entry) and bad.said[0] in f.text.en]
    assert len(found) == 1, [fault.said.en for fault in catalog.faults]
    (fault,) = found
    assert (fault.file, fault.line) == (folder / bad.file, line)
    assert all(word in fault.text.en for word in bad.said), fault.text.en
    assert fault.text.zh != fault.text.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in fault.text.zh)
    assert "\n" not in fault.text.zh + fault.text.en
    assert set(catalog.metrics) == set(METRICS) - set(bad.lost)
    for name in bad.lost:
        assert catalog.status(name) == "broken"


def test_every_fault_is_said_at_once(folder: Path) -> None:
    """Faults of several kinds in several files are all there after one reading."""
    for bad in BAD:
        if bad.name in ("unknown key", "unknown dimension", "unknown segment", "two values of one name"):
            edit(folder, bad.file, bad.old, bad.new)
    edit(folder, SALES, "en: [big orders]", "en: []")
    codes = sorted(fault.code for fault in load(folder).faults)
    assert codes == ["field", "field", "language", "synonym", "unknown", "unknown"]  # unitt is unknown and unit missing


def test_two_metrics_with_one_synonym_are_both_named(folder: Path) -> None:
    """The newcomer that takes a vetted metric's word is the one left out, though it stands earlier in the files."""
    text = FILES[PEOPLE].replace("visitors", "callers").replace("访客", "来电").replace("Visitors", "Callers")
    (folder / "metrics" / "calls.yaml").write_text(text.replace("en: [guests]", "en: [Turnover]"), encoding="utf-8")
    catalog = load(folder)
    faults = [fault for fault in catalog.faults if fault.code == "synonym"]
    assert [(fault.entry, fault.file.name, fault.line) for fault in faults] == [("callers", "calls.yaml", 3)] * 2
    assert "来客" in faults[0].text.en
    assert "visitors" in faults[0].text.en
    assert "money.yaml:3" in faults[1].text.en
    assert set(catalog.metrics) == set(METRICS)


def test_an_entry_defined_twice_counts_once(folder: Path) -> None:
    """The first stays, the second is named with the place of the first."""
    line = append(folder, SALES, "\n" + FILES[PEOPLE].replace("id: visitors", "id: sales")) + 1
    catalog = load(folder)
    (fault,) = catalog.faults
    assert (fault.code, fault.entry, fault.line) == ("twice", "sales", line)
    assert "money.yaml:1" in fault.text.en
    assert catalog.metrics["sales"].measure == "takings"


@pytest.mark.parametrize("text", ["just words", "id: sales", "- [\n", "- 1\n- x\n", "\x00", "- &a {id: *a}\n"])
def test_a_file_that_holds_no_entries_is_named(folder: Path, text: str) -> None:
    """Whatever stands in a file of metrics, the others are served."""
    (folder / "metrics" / "broken.yaml").write_text(text, encoding="utf-8")
    catalog = load(folder)
    assert {fault.file.name for fault in catalog.faults} == {"broken.yaml"}
    assert set(catalog.metrics) == set(METRICS)


def test_a_file_that_is_not_utf8_or_missing_is_named(folder: Path) -> None:
    """What cannot be read is one fault, not an error."""
    (folder / PEOPLE).write_bytes("- id: 访客".encode("gbk"))
    (folder / "segments.yaml").unlink()
    catalog = load(folder)
    assert [(fault.code, fault.file.name) for fault in catalog.faults] == [
        ("unreadable", "segments.yaml"),
        ("unreadable", "people.yaml"),
    ]
    assert set(catalog.metrics) == {"sales", "big_share"}


def test_asking_for_a_broken_entry_says_where_it_is_broken(folder: Path) -> None:
    """The error has file, line and the next step, in one line of each language."""
    edit(folder, SALES, "unit: CNY", "unit: RMB")
    with pytest.raises(QueryError) as raised:
        load(folder).metric("sales")
    assert raised.value.code == "metric_not_served"
    for text in raised.value.text:
        assert "money.yaml:6" in text
        assert "yunce metrics check" in text
        assert "\n" not in text


def test_a_segment_of_itself_goes_with_all_that_is_in_its_circle(folder: Path) -> None:
    """Each member of the circle is named; the dimension still offers the sound ones."""
    edit(folder, "segments.yaml", "{attribute: channel, values: [kol]}", "{segment: lost}")
    append(
        folder,
        "segments.yaml",
        "- {id: all_of_them, names: {zh: 全部, en: Everyone}, definition: {attribute: age_days, op: gte, values: [0]}}\n",
    )
    catalog = load(folder)
    assert sorted(fault.entry for fault in catalog.faults) == ["lost", "reached"]
    assert list(catalog.segments) == ["all_of_them"]


def test_unknown_names_give_the_nearest(folder: Path) -> None:
    """Metrics and dimensions share one wording: the value, the nearest, where to look."""
    catalog = load(folder)
    with pytest.raises(QueryError, match=r"There is no metric 'sale'. Nearest: sales. Use list_metrics") as metric:
        catalog.metric("sale")
    with pytest.raises(QueryError, match=r"There is no dimension 'chanel'. Nearest: channel. Dimensions:") as dimension:
        catalog.dimension("chanel")
    assert (metric.value.code, metric.value.choices) == ("unknown_metric", ("sales",))
    assert (dimension.value.code, dimension.value.choices) == ("unknown_dimension", ("channel",))
    assert "最接近的是：sales" in metric.value.text.zh


def test_a_workspace_adds_metrics_of_its_own(folder: Path, tmp_path: Path) -> None:
    """Entries in the workspace's catalog folder, with pins beside them, are served with the others; a shipped id stays."""
    own = tmp_path / "home" / "catalog"
    own.mkdir(parents=True)
    (own / "measures.yaml").write_text("- {id: orders, source: orders, aggregate: count}\n", encoding="utf-8")
    mine = FILES[PEOPLE].replace("visitors", "purchases").replace("访客", "下单").replace("Visitors", "Purchases")
    mine = mine.replace("来客", "购买").replace("guests", "buys").replace("active_users", "orders")
    (own / "mine.yaml").write_text(mine + "\n" + FILES[PEOPLE], encoding="utf-8")
    catalog = load_catalog(tmp_path / "home", folder=folder)
    assert catalog.status("purchases") == "new"
    assert [(fault.code, fault.entry, fault.file) for fault in catalog.faults] == [
        ("twice", "visitors", own / "mine.yaml")
    ]
    assert set(catalog.metrics) == set(METRICS)
    hashes = {name: catalog.content_hash(metric) for name, metric in catalog.metrics.items()}
    assert hashes == {name: load(folder).content_hash(metric) for name, metric in load(folder).metrics.items()}
