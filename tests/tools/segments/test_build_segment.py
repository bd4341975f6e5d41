"""``build_segment``: hand-worked sequences and scores, shares, receipts, and what is said of input that does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalog import load_catalog
from knowledge.errors import QueryError
from knowledge.model import Words
from knowledge.segments import Reference, Segment, plain, read_definition
from knowledge.text import Text
from tests.tools.segments.members import members
from tests.tools.warehouse_fixture import build_warehouse, parse_table
from tools.build_segment import segment_entry
from tools.semantic_layer.binder import Binder
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore, verify
from tools.semantic_layer.result import Result
from tools.semantic_layer.segment_sql import SegmentSql
from tools.tool import ToolContext
from tools.toolbox import CALCULATIONS, TOOLS
from tools.warehouse.door import Interrupter, Warehouse


def open_layer(home: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], **dates: date) -> SemanticLayer:
    """Publish tables and return the layer over them."""
    known = {"data_start": date(2025, 1, 1), "as_of": date(2025, 3, 31), **dates}
    return SemanticLayer(load_catalog(), Warehouse(build_warehouse(home, tables, **known)), ReceiptStore(home))


def run(layer: SemanticLayer, **params: Any) -> Result:
    """Return the tool's result."""
    return TOOLS["build_segment"].run(ToolContext(layer, "en", Interrupter()), params)


def users(layer: SemanticLayer, definition: Mapping[str, Any], names: str) -> str:
    """Return which of the users, whose ids are the places of these letters, are in a segment."""
    found = members(layer, definition, layer.warehouse.meta.as_of)
    return "".join(name for number, name in enumerate(names, start=1) if number in found)


# A user is a letter, their id its place in the alphabet; a moment is a minute of one day, its events stand beside each other.
_FLOWS = {
    "a": "00:A 01:B 02:C",
    "b": "00:A 01:B,X 02:C",  # X may stand before or after B, and so between two steps
    "c": "00:A,X 01:B,X",  # X may stand before A and after B
    "d": "00:A,B",  # at one moment in either order
    "e": "00:B 01:A",
    "f": "00:A 01:X 02:B",
    "g": "00:A 30:B",
    "h": "00:A",
    "i": "00:A 01:A,B,C",
    "j": "00:X",
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    """The users of ``_FLOWS``."""
    people, events = [], []
    for number, (name, flow) in enumerate(_FLOWS.items(), start=1):
        people.append({"user_id": number, "registered_at": "2025-03-01 00:00:00", "province": name})
        for moment in flow.split():
            minute, happened = moment.split(":")
            events += [
                {"user_id": number, "ts": f"2025-03-10 12:{minute}:00", "event": event} for event in happened.split(",")
            ]
    return open_layer(tmp_path_factory.mktemp("flows"), {"users": people, "events": events})


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"sequence": ["A", "B"]}, "abcdfgi"),
        ({"sequence": ["A", "B"], "negate": True}, "ehj"),
        ({"sequence": ["A", "B"], "strict_time": True}, "abcfgi"),
        ({"sequence": ["A", "B"], "adjacent": True}, "abcdgi"),
        ({"sequence": ["A", "B"], "adjacent": True, "strict_time": True}, "abcgi"),
        ({"sequence": ["A", "B", "C"], "adjacent": True}, "ai"),
        ({"sequence": ["A", "B", "C"], "adjacent": True, "strict_time": True}, "a"),
        ({"sequence": ["A", "B"], "within_seconds": 60}, "abcdi"),
        ({"sequence": ["A", "B"], "within_seconds": 59}, "di"),
        ({"sequence": ["A", "B"], "within_hours": 0.5}, "abcdfgi"),
        ({"sequence": ["A", "A"]}, "i"),
        ({"sequence": ["A", "B", "A"]}, "i"),
        ({"sequence": ["A", "B", "B"]}, ""),
        ({"sequence": ["B"]}, "abcdefgi"),
        ({"not": {"sequence": ["A", "B"], "within_seconds": 60}}, "efghj"),
        ({"did": "X", "op": "eq", "times": 0}, "adeghi"),
    ],
)
def test_sequences_worked_by_hand(flows: SemanticLayer, definition: dict[str, Any], expected: str) -> None:
    """Order, ties, windows to the edge, what stands between, and one event never for two steps."""
    assert users(flows, definition, "abcdefghij") == expected


_RFM = """
order_id user_id paid_at     amount
1        1       2025-03-30  500
2        1       2025-03-31  500
3        2       2025-03-31  10
4        3       2025-01-02  300
5        3       2025-01-03  300
6        4       2025-01-03  900
7        5       2025-02-01  20
8        6       2025-02-01  20
9        99      2025-03-31  9999
"""


def test_rfm_scores_worked_by_hand(tmp_path: Path) -> None:
    """Percent ranks 0, .2 … 1 of six payers; equal values share a score; who has no account is not among them.

    R: 03-31 twice (rank 5 of 6: .8 → 5), 02-01 twice (.4 → 3), 01-03 twice (0 → 1).
    F: two orders twice (.8 → 5), one order (0 → 1). M: 1000 (5), 900 (.8 → 5), 600 (.6 → 4), 20 twice (.2 → 2), 10 (1).
    """
    people = [
        {"user_id": n, "registered_at": "2025-01-01 00:00:00", "province": letter}
        for n, letter in enumerate("abcdefg", start=1)
    ]
    orders = [{**row, "paid_at": f"{row['paid_at']} 10:00:00"} for row in parse_table(_RFM)]
    layer = open_layer(tmp_path, {"users": people, "orders": orders})
    found = {name: users(layer, {"rfm": [name]}, "abcdefg") for name in _CLASSES}
    assert found == {
        "important_value": "a",
        "important_develop": "",
        "important_keep": "c",
        "important_winback": "d",
        "general_value": "",
        "general_develop": "b",
        "general_keep": "",
        "general_winback": "ef",
    }
    assert users(layer, {"rfm": list(_CLASSES)}, "abcdefg") == "abcdef"


_CLASSES = ("important_value", "important_develop", "important_keep", "important_winback", "general_value",
            "general_develop", "general_keep", "general_winback")  # fmt: skip


def test_the_columns_shares_and_words(flows: SemanticLayer) -> None:
    """Size counts registered users; each share has its own base; the first note says the definition in both languages."""
    result = run(flows, definition={"did": "A", "times": 1, "days": 30})
    assert result.columns == ("size", "share_all", "share_active")
    assert result.rows == ((9, 0.9, 0.9),)
    assert result.params == {
        "definition": {"did": "A", "op": "gte", "times": 1, "days": 30},
        "as_of": "2025-03-31",
    }
    assert result.notes[0] == Text(
        "定义：近 30 天“A”至少 1 次（截至 2025-03-31）。",
        "Definition: did 'A' at least 1 time in the last 30 days (as of 2025-03-31).",
    )
    before = run(flows, definition={"attribute": "age_days", "op": "gte", "values": [0]}, as_of="2025-03-05")
    assert before.rows == ((10, 1.0, None),)  # registered on the 1st, nobody active yet
    nobody = run(flows, definition={"attribute": "age_days", "op": "gte", "values": [0]}, as_of="2025-02-01")
    assert nobody.rows == ((0, None, None),)


def test_a_receipt_holds_until_the_data_change(tmp_path: Path) -> None:
    """Verify runs the statement again: it holds, and says what changed once other data serve."""
    people = [{"user_id": n, "registered_at": "2025-01-01 00:00:00"} for n in (1, 2)]
    layer = open_layer(tmp_path, {"users": people})
    result = run(layer, definition={"attribute": "age_days", "op": "gte", "values": [1]})
    receipt = layer.receipts.load(result.receipt)
    assert verify(receipt, layer.warehouse, CALCULATIONS).outcome == "holds"
    layer.warehouse.close()
    other = open_layer(tmp_path, {"users": people[:1]})
    assert verify(receipt, other.warehouse, CALCULATIONS).outcome == "changed"


_DEEP: dict[str, Any] = {"did": "A", "times": 1}
for _ in range(200):
    _DEEP = {"not": _DEEP}


@pytest.mark.parametrize(
    ("params", "code", "said", "choice"),
    [
        ({}, "bad_params", "definition or name", None),
        ({"definition": {"did": "A", "times": 1}, "name": "koc"}, "bad_params", "one of them", None),
        ({"definition": {}}, "bad_definition", "attribute, did, measure", "did"),
        ({"definition": {"did": "AA", "times": 1}}, "unknown_event", "'AA'", "A"),
        ({"definition": {"sequence": ["A", "Bb"]}}, "unknown_event", "'Bb'", "B"),
        ({"definition": {"did": "A"}}, "bad_definition", "times or on_days", None),
        ({"definition": {"did": "A", "times": 1, "days": 0}}, "bad_definition", "days = 0: it must be at least 1", None),
        ({"definition": {"did": "A", "times": 1, "days": 10_000}}, "bad_definition", "at most 3,650", None),
        ({"definition": {"did": "A", "time": 1}}, "bad_definition", "time is no key", "times"),
        ({"definition": {"did": "A", "times": -1}}, "bad_definition", "times = -1", None),
        ({"definition": {"did": "A", "times": 1, "where": {"city": ["x"]}}}, "bad_definition", "platform", "platform"),
        ({"definition": {"did": "A", "times": 1, "where": {"platform": ["dos"]}}}, "unknown_value", "'dos'", None),
        ({"definition": {"attribute": "provnce", "values": ["a"]}}, "unknown_attribute", "'provnce'", "province"),
        ({"definition": {"attribute": "province", "values": ["zz"]}}, "unknown_value", "'zz'", None),
        ({"definition": {"attribute": "province", "op": "gt", "values": ["a"]}}, "operator_does_not_fit", "in", "in"),
        ({"definition": {"attribute": "lifecycle", "values": ["newish"]}}, "unknown_value", "'newish'", "new"),
        ({"definition": {"attribute": "followers", "op": "gt", "values": ["many"]}}, "bad_definition", "'many'", None),
        ({"definition": {"attribute": "register_date", "op": "gt", "values": ["soon"]}}, "bad_definition", "date", None),
        ({"definition": {"attribute": "birth_month", "values": [13]}}, "bad_definition", "1 to 12", None),
        ({"definition": {"rfm": ["important_values"]}}, "bad_definition", "rfm[0]", "important_value"),
        ({"definition": {"measure": "spend", "op": "gt", "value": 1}}, "bad_definition", "measure = spend", None),
        ({"definition": {"measure": "revenue", "op": "top_share", "value": 20}}, "bad_definition", "0.2", None),
        ({"definition": {"last_active_days": {"between": [60, 30]}}}, "bad_definition", "between", None),
        ({"definition": {"sequence": ["A", "B"], "within_hours": 0}}, "bad_definition", "above 0", None),
        ({"definition": {"segment": "kocs2"}}, "unknown_segment", "'kocs2'", None),
        ({"definition": {"state": "rising"}}, "bad_definition", "rising", "declining"),
        ({"definition": _DEEP}, "definition_too_deep", "20 levels", None),
        ({"definition": {"any": [{"did": "A", "times": 1}] * 101}}, "definition_too_long", "100 conditions", None),
        ({"name": "hihg_value"}, "unknown_segment", "'hihg_value'", "high_value"),
        ({"name": "koc", "as_of": "2031-01-01"}, "outside_data", "2025-01-01 to 2025-03-31", None),
        ({"name": "koc", "as_of": "2024-12-31"}, "outside_data", "2024-12-31", None),
        ({"name": "koc", "as_of": "yesterday"}, "bad_params", "ISO date", None),
        ({"name": "koc", "until": "2025-01-01"}, "bad_params", "until", None),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(
    flows: SemanticLayer, params: dict[str, Any], code: str, said: str, choice: str | None
) -> None:
    """The value, the rule and the nearest right names, in both languages; never a traceback, never a guess."""
    with pytest.raises(QueryError) as caught:
        run(flows, **params)
    assert caught.value.code == code
    assert said in caught.value.text.en
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.text.zh)
    assert choice is None or choice in caught.value.choices


def test_an_empty_segment_is_an_answer(flows: SemanticLayer) -> None:
    """Nobody fits: size 0, shares 0, and a note with what to do."""
    result = run(flows, definition={"did": "A", "op": "gte", "times": 1000})
    assert result.rows == ((0, 0.0, 0.0),)
    assert any("No user fits" in note.en for note in result.notes)


def test_a_segment_is_found_by_its_name_in_either_language(flows: SemanticLayer) -> None:
    """Id, name and synonym mean the same segment; the parameters say its id."""
    for name in ("dormant_30_60", "沉睡用户", "Dormant Users", " 沉睡 "):
        assert run(flows, name=name).params["name"] == "dormant_30_60"
    assert run(flows, definition={"segment": "沉睡用户"}).params["name"] == "dormant_30_60"


def test_an_answer_s_entry_of_a_segment(flows: SemanticLayer) -> None:
    """Named or not, it says id, name, definition, size, share and receipt."""
    named = run(flows, name="koc")
    assert segment_entry(named, flows.catalog, "zh") == {
        "id": "koc",
        "name": "KOC",
        "definition": plain(flows.catalog.segments["koc"].definition),
        "size": 0,
        "share": 0.0,
        "receipt": named.receipt,
    }
    other = run(flows, definition={"did": "A", "times": 1})
    entry = segment_entry(other, flows.catalog, "en")
    assert (entry["id"], entry["name"], entry["size"]) == (other.receipt, "did 'A' at least 1 time ever", 9)


def test_a_circle_of_references_is_told_not_followed(flows: SemanticLayer) -> None:
    """Should one ever reach the compiler, it ends with the way, whichever way it is asked."""
    circle = {
        name: Segment(id=name, names=Words(zh=name, en=name), definition=Reference(segment=other))
        for name, other in (("a", "b"), ("b", "a"))
    }
    sql = SegmentSql("", circle, Binder(), one_day="CAST('2025-03-31' AS DATE)")
    for definition in (Reference(segment="a"), read_definition({"not": {"segment": "b"}})):
        with pytest.raises(QueryError) as caught:
            sql.select(definition)
        assert caught.value.code == "segment_cycle"
