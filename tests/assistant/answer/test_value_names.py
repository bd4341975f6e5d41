"""Names that values carry in the data: in sentences, tables, charts and files, and known to the number check."""

from __future__ import annotations

import csv
import io
from typing import Any

from assistant.answer.compose import compose
from assistant.answer.csv_export import csv_bytes
from assistant.answer.numbers import unsupported_numbers
from tests.assistant.answer.shapes import CATALOG, WEEK, result
from tools.semantic_layer.result import Result

NAMES = {
    "campaign": {"d11": "双11大促", "sum": "夏季闪购", "n99": "99", "a": "同名", "b": "同名", "x\n": "坏\x1b[31m名"}
}


def by_campaign(*rows: list[Any], **params: Any) -> Result:
    return result(["campaign", "orders"], rows, "count", params={**WEEK, "dimensions": ["campaign"], **params})


def test_names_are_used_wherever_a_person_reads() -> None:
    """The sentence, the table, the chart and the filter say the name; the file has the name and the stored value."""
    condition = {"dimension": "campaign", "op": "in", "values": ["d11", "sum"]}
    found = by_campaign(["d11", 9], ["sum", 5], filters=[condition])
    composed = compose("", "zh", [found], CATALOG, value_names=NAMES)
    first = composed.answer.split("\n")[0]
    assert "活动：双11大促、夏季闪购，" in first
    assert "双11大促 **9**、夏季闪购 **5**" in first
    assert [row[0] for row in composed.tables[0].rows] == ["双11大促", "夏季闪购"]
    assert composed.charts[0].labels == ("双11大促", "夏季闪购")
    raw = csv_bytes(found, CATALOG, "zh", value_names=NAMES).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(raw)))[:2] == [["活动", "活动（编号）", "订单数"], ["双11大促", "d11", "9"]]


def test_the_check_knows_the_names_only_where_they_are_given() -> None:
    """Digits in a name are supported by the name, as those of a stored value are; a figure beside it is not."""
    found = by_campaign(["d11", 9], ["sum", 5])
    assert unsupported_numbers("双11大促 9", results=[found], value_names=NAMES) == ()
    assert unsupported_numbers("双11大促 9", results=[found]) != ()
    assert unsupported_numbers("双11大促 5", results=[found], value_names=NAMES) == ("5",)
    assert unsupported_numbers("双11大促 9", results=[by_campaign(["sum", 9])], value_names=NAMES) != ()


def test_a_name_that_reads_as_a_figure_is_said_after_its_dimension() -> None:
    """A campaign called 99 is "活动 99" in a sentence; a bare 99 is a figure without a source."""
    found = by_campaign(["n99", 9], ["sum", 5])
    answer = compose("", "zh", [found], CATALOG, value_names=NAMES).answer
    assert "活动 99 **9**" in answer
    assert unsupported_numbers(answer, results=[found], value_names=NAMES) == ()
    assert unsupported_numbers("共 99 单", results=[found], value_names=NAMES) == ("99",)


def test_equal_names_are_told_apart_and_none_can_steer() -> None:
    """Two campaigns of one name carry their stored values; control characters in a name are gone."""
    table = compose("", "zh", [by_campaign(["a", 9], ["b", 5], ["x\n", 1])], CATALOG, value_names=NAMES).tables[0]
    assert [row[0] for row in table.rows] == ["同名 (a)", "同名 (b)", "坏[31m名"]


def test_no_campaign_is_no_gap() -> None:
    """A null campaign says that there was none; a null channel is unknown."""
    found = by_campaign(["d11", 9], [None, 5])
    assert "无活动 **5**" in compose("", "zh", [found], CATALOG).answer
    assert "no campaign **5**" in compose("", "en", [found], CATALOG).answer
    channel = result(
        ["channel", "orders"], [["kol", 9], [None, 5]], "count", params={**WEEK, "dimensions": ["channel"]}
    )
    assert "未知 **5**" in compose("", "zh", [channel], CATALOG).answer
