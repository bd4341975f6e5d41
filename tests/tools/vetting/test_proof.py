"""The proof of an entry finds whatever is wrong with it, names the place, and passes what is right."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from knowledge.catalog import FOLDER, load_catalog
from knowledge.errors import WarehouseError
from tests.tools.vetting.own_catalog import ENTRY, FIXTURE, MEASURE, write_own
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.vetting.proof import Proof, prove
from tools.warehouse.door import Warehouse
from tools.warehouse.publish import serving_path

ID = "minutes_in_app"


def proof_of(home: Path, name: str = ID, *, data: Path | None = None) -> Proof:
    catalog = load_catalog(home).with_unvetted()
    warehouse = Warehouse(serving_path(data or home))
    try:
        return prove(name, SemanticLayer(catalog, warehouse, ReceiptStore(home)))
    finally:
        warehouse.close()


@pytest.fixture
def own(tmp_path: Path, demo_home: Path) -> Path:
    """A home with a catalog of its own; the warehouse is the shared one."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "warehouse").symlink_to(demo_home / "warehouse")
    return home


def test_a_right_entry_is_proved(own: Path) -> None:
    """It compiles, binds and gives the values worked out by hand, and nothing is left unproved."""
    write_own(own)
    assert proof_of(own) == Proof(ID, ())


def test_the_example_of_the_documentation_is_proved(own: Path) -> None:
    """The entry, measure and fixture of docs/catalog.md, written where it says, are right."""
    text = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, flags=re.DOTALL)
    assert [name for name, _ in blocks] == ["measures.yaml", "shop.yaml", "fixtures/minutes_searching.yaml"]
    for name, block in blocks:
        path = own / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
    assert proof_of(own, "minutes_searching") == Proof("minutes_searching", ())


def test_a_wheel_has_no_fixtures_and_says_so(tmp_path: Path, demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the repository's tests are not, the rest is proved and the fixture is said not to have run."""
    installed = tmp_path / "site" / "knowledge" / "catalog"
    shutil.copytree(FOLDER, installed)
    monkeypatch.setattr("tools.vetting.proof.FOLDER", installed)
    catalog = load_catalog(folder=installed).with_unvetted()
    warehouse = Warehouse(serving_path(demo_home))
    proof = prove("dau", SemanticLayer(catalog, warehouse, ReceiptStore(tmp_path)))
    warehouse.close()
    assert proof.faults == ()
    assert proof.not_run is not None
    assert "tests/tools/semantic_layer/metrics/dau.yaml" in proof.not_run.en


def test_an_entry_of_the_catalog_is_proved(own: Path) -> None:
    """The shipped entries run their fixtures from the repository."""
    assert proof_of(own, "stickiness") == Proof("stickiness", ())


BAD_MEASURES = [
    ("[duration_s / 60.0]", "[duraton_s / 60.0]", "expression", ("duraton_s", "duration_s", "events")),
    ("event = 'app_open'", "evnt = 'app_open'", "expression", ("evnt", "event")),
    ("[duration_s / 60.0]", "['duration_s; DROP TABLE users']", "expression", ("2 statements",)),
    ("[duration_s / 60.0]", "['duration_s +']", "expression", ("cannot be parsed",)),
    ("[duration_s / 60.0]", "['(SELECT max(score) FROM surveys)']", "expression", ("statement of its own",)),
    ("[duration_s / 60.0]", "['getenv(event)']", "statement", ("getenv", "not allowed")),
    ("event = 'app_open'", "event > 3 + DATE '2025-01-01'", "statement", ("",)),
]


@pytest.mark.parametrize(("old", "new", "code", "said"), BAD_MEASURES, ids=[each[1] for each in BAD_MEASURES])
def test_a_bad_expression_is_named_with_its_line(
    own: Path, old: str, new: str, code: str, said: tuple[str, ...]
) -> None:
    """Unknown columns, more than one statement, a statement inside, functions that may not run: each is one fault."""
    folder = write_own(own, measure="# first line\n" + MEASURE.replace(old, new))
    (fault,) = proof_of(own).faults
    assert fault.code == code
    assert all(word in fault.text.en for word in said), fault.text.en
    assert fault.text.zh
    if code == "expression":
        assert (fault.file, fault.line) == (folder / "measures.yaml", 2)


BAD_FIXTURES = [
    ("minutes_in_app: 2.0", "minutes_in_app: 12.0", "only app opens count", 16),
    ("minutes_in_app: 1.5", "minutes_in_app: 1.6", "by channel", 19),
    ("      - {channel: null, minutes_in_app: 0.5}\n", "", "1 rows", 19),
    ("WHERE event = 'app_open' AND", "WHERE", "12", 16),
    ("metric: minutes_in_app", "metric: dau", "dau", 1),
    ("user_id ts               event    duration_s", "user_id ts               event", "cells", 1),
    ("as_of: 2025-01-10\n", "", "as_of", 1),
    ("  events: |", "  evnts: |", "evnts", 1),
    ("dimensions: [channel]", "dimensions: [chanel]", "chanel", 1),
    ("SELECT sum(duration_s)", "SELECT total(duration_s)", "total", 1),
]


@pytest.mark.parametrize(
    ("old", "new", "said", "line"), BAD_FIXTURES, ids=[each[1] or "row gone" for each in BAD_FIXTURES]
)
def test_a_wrong_fixture_is_named(own: Path, old: str, new: str, said: str, line: int) -> None:
    """A wrong value, a missing row, a check query that differs, a file that cannot be read: named with file and line."""
    folder = write_own(own, fixture=FIXTURE.replace(old, new))
    faults = proof_of(own).faults
    assert faults
    assert {fault.code for fault in faults} == {"fixture"}
    assert any(said in fault.text.en and fault.line == line for fault in faults), [f.said.en for f in faults]
    assert {fault.file for fault in faults} == {folder / "fixtures" / "minutes_in_app.yaml"}


def test_an_entry_without_a_fixture_is_not_proved(own: Path) -> None:
    """The fault stands at the line that names the file."""
    folder = write_own(own, fixture=None)
    (fault,) = proof_of(own).faults
    assert (fault.code, fault.file, fault.line) == ("fixture", folder / "shop.yaml", 14)


def test_faults_of_the_statement_and_a_missing_fixture_come_together(own: Path) -> None:
    """Nothing hides behind the first fault."""
    write_own(own, measure=MEASURE.replace("duration_s", "duraton_s"), fixture=None)
    assert [fault.code for fault in proof_of(own).faults] == ["expression", "fixture"]


def test_without_a_warehouse_nothing_is_proved(tmp_path: Path) -> None:
    """That is said as such, not as a fault of the entry."""
    write_own(tmp_path)
    with pytest.raises(WarehouseError):
        proof_of(tmp_path)


def test_an_empty_warehouse_binds_every_dimension(tmp_path: Path, own: Path) -> None:
    """Only the two required tables, with no rows: the entry still compiles and binds."""
    from datetime import date

    from tests.tools.warehouse_fixture import build_warehouse

    write_own(own, entry=ENTRY.replace("[channel, gender, city_tier, platform]", "[people]"))
    build_warehouse(tmp_path / "empty", {}, data_start=date(2025, 1, 1), as_of=date(2025, 1, 31))
    assert proof_of(own, data=tmp_path / "empty").faults == ()
