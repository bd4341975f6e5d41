"""Answers as people read them: the figure first, then dates, definition, notes and receipts."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from assistant.answer import explained_names, explanations
from assistant.answer.charts import charts_of
from assistant.answer.compose import compose
from assistant.answer.formats import format_value
from assistant.answer.markdown import escape
from assistant.answer.numbers import unsupported_numbers
from assistant.answer.phrases import words_for_dates
from assistant.answer.tables import table_of
from knowledge.text import Language, Text
from tests.assistant.answer.shapes import CATALOG, WEEK, result
from tools.explanations import rows as rows_of
from tools.explanations import words
from tools.semantic_layer.result import Result

BASE = {"start": "2025-12-18", "end": "2025-12-24"}
NEW_AND_KEPT = result(
    ["new_users", "retention_d1", "retention_d1__numerator", "retention_d1__denominator"],
    [[1283, 0.41234, 412, 999]],
    {"new_users": "users", "retention_d1": "ratio"},
    notes=[Text("12-31 注册的用户次日尚未到来", "Users who registered on 2025-12-31 are too young")],
)


def first_line(found: Result, language: Language = "zh", **more: Any) -> str:
    return compose("", language, [found], CATALOG, **more).answer.split("\n")[0]


def compared(metric: str, row: list[Any], unit: str) -> Result:
    columns = [metric, f"{metric}__base", f"{metric}__change", f"{metric}__change_pct"]
    return result(columns, [row], unit, params={**WEEK, "compare": "previous", "base": BASE})


def by_channel(rows: list[list[Any]], columns: list[str], unit: str, **params: Any) -> Result:
    return result(["channel", *columns], rows, unit, params={**WEEK, "dimensions": ["channel"], **params})


def test_totals_lead_with_the_figures_and_end_with_the_receipt() -> None:
    """The first line says how the dates were put, the exact dates and every figure; the rest is fixed parts."""
    composed = compose("近7天新增和次留", "zh", [NEW_AND_KEPT], CATALOG)
    lines = composed.answer.split("\n")
    assert lines[0] == "近7天（2025-12-25 至 12-31），新增注册用户 **1,283**；次日留存率 **41.2%**。"
    assert lines[2] == "- **口径**："
    assert "恰好在注册后第 1 天活跃的占比" in lines[4]
    assert lines[-2] == "- **说明**：12-31 注册的用户次日尚未到来"
    assert lines[-1] == "- **收据**：`R-7Q2M4K8Z1A`"
    english = compose("Sign-ups in the last 7 days", "en", [NEW_AND_KEPT], CATALOG).answer.split("\n")
    assert english[0] == "Last 7 days (2025-12-25 to 2025-12-31): New users **1,283**; Day-1 retention **41.2%**."
    assert english[-1] == "- **Receipts**: `R-7Q2M4K8Z1A`"


@pytest.mark.parametrize(
    ("question", "span", "words"),
    [
        ("近7天日活", WEEK, "近7天"),
        ("最近 30 天日活", WEEK, ""),
        ("7日留存率", WEEK, ""),
        ("GMV in the past 7 days", WEEK, "past 7 days"),
        ("上上周的7天日活", {"start": "2025-12-15", "end": "2025-12-21"}, ""),
        ("近7天之前的7天日活", {"start": "2025-12-18", "end": "2025-12-24"}, ""),
        ("今年每个季度和去年同期比", {"start": "2025-01-01", "end": "2025-12-31"}, ""),
    ],
)
def test_words_for_dates_are_those_that_fit(question: str, span: dict[str, str], words: str) -> None:
    """The question's own words stand before the exact dates only where they mean these dates."""
    assert words_for_dates(question, span, "2025-12-31") == words


def test_how_the_question_was_read_is_told() -> None:
    """What was taken for granted leads the notes, as text."""
    said = Text("“短视频”读作“渠道：短视频”", "'short video' read as 'channel: *Short video*'")
    assert (
        "- **说明**：\n  - “短视频”读作“渠道：短视频”\n  - 12-31"
        in compose("", "zh", [NEW_AND_KEPT], CATALOG, said=said).answer
    )
    assert "channel: \\*Short video\\*" in compose("", "en", [NEW_AND_KEPT], CATALOG, said=said).answer


def test_changes_say_their_direction_base_and_whether_that_is_good() -> None:
    """Ratios move in percentage points, others also in percent; lower is better is said where it is so."""
    kept = compared("retention_d7", [0.382, 0.414, -0.032, -0.0773], "ratio")
    assert "较对比期（2025-12-18 至 12-24）的 41.4% 下降 3.2 个百分点。" in first_line(kept)
    cac = compared("cac", [35.2, 38.4, -3.2, -0.0833], "CNY")
    assert "下降 ¥3.20（-8.3%），越低越好，这是改善。" in first_line(cac)
    assert "down ¥3.20 (-8.3%) from ¥38.40 (2025-12-18 to 2025-12-24), an improvement" in first_line(cac, "en")
    flat = compared("orders", [5, 5, 0, 0.0], "count")
    assert first_line(flat).endswith("的 5 持平。")


def test_targets() -> None:
    """The target and the attainment follow the figure; without a target there is only the figure."""
    columns = ["gmv", "gmv__target", "gmv__attainment"]
    reached = result(columns, [[4115.0, 5000.0, 0.823]], "CNY", params={**WEEK, "compare": "target"})
    assert first_line(reached).endswith("**¥4,115.00**，目标 ¥5,000.00，完成 **82.3%**。")
    unknown = result(columns, [[4115.0, None, None]], "CNY", params={**WEEK, "compare": "target"})
    assert first_line(unknown).endswith("**¥4,115.00**。")
    assert "没有数据，或没有可除的分母" not in compose("", "zh", [unknown], CATALOG).answer


def test_dimensions_name_leaders_and_the_last_never_all() -> None:
    """Three leaders, the last, and what moved most; the rest is in the table. Null has a name."""
    rows = [
        ["short_video", 500, 0.25],
        ["kol", 400, -0.05],
        ["search", 300, 0.0],
        [None, 10, 0.25],
        ["organic", 73, -0.27],
    ]
    rows = [[c, v, v, round(v * p, 2), p] for c, v, p in rows]
    columns = ["new_users", "new_users__base", "new_users__change", "new_users__change_pct"]
    told = first_line(by_channel(rows, columns, "users", compare="previous"))
    assert "新增注册用户最高的是 短视频 **500**、KOL合作 **400**、搜索引擎 **300**；最低的是 未知 **10**。" in told
    assert told.endswith("变化最大的是 自然流量（-27.0%）。")
    assert "**73**" not in told


def test_the_dates_of_the_base_are_always_said() -> None:
    """Where the sentences do not name the base, a line of dates does; where they do, it is not repeated."""
    columns = ["new_users", "new_users__base", "new_users__change", "new_users__change_pct"]
    rows = [["kol", 5, 4, 1, 0.25], ["search", 6, 4, 2, 0.5]]
    split = by_channel(rows, columns, "users", compare="previous", base=BASE)
    line = "- **日期**：2025-12-25 至 12-31（对比 2025-12-18 至 12-24）"
    assert line in compose("", "zh", [split], CATALOG).answer
    assert line not in compose("", "zh", [compared("orders", [5, 4, 1, 0.25], "count")], CATALOG).answer


def test_ties_are_said() -> None:
    """Where a row that is not named has the same figure, the answer says so."""
    rows = [["kol", 9], ["search", 5], ["organic", 4], ["community", 4], ["offline", 1], ["alliance", 1]]
    told = first_line(by_channel(rows, ["orders"], "count"))
    assert "自然流量 **4**（有并列）；最低的是 跨行业联盟 **1**（有并列）。" in told


@pytest.mark.parametrize(
    ("order", "rows", "zh", "en"),
    [
        ("desc", [["kol", 9]], "新增注册用户最高的是 **KOL合作**（9）。", "the highest New users is **KOL** (9)."),
        ("asc", [["kol", 9]], "新增注册用户最低的是 **KOL合作**（9）。", "the lowest New users is **KOL** (9)."),
        (
            "desc",
            [["kol", 9], ["search", 7]],
            "新增注册用户从高到低：**KOL合作**（9）、**搜索引擎**（7）。",
            "New users, highest first: **KOL** (9), **Search** (7).",
        ),
    ],
)
def test_rankings(order: str, rows: list[list[Any]], zh: str, en: str) -> None:
    """A limit asked for makes a ranking, in the direction asked for."""
    found = by_channel(
        rows, ["new_users"], "users", order_by={"column": "new_users", "direction": order}, limit=len(rows)
    )
    assert first_line(found).endswith(zh)
    assert first_line(found, "en").endswith(en)


def test_trends_leave_out_the_buckets_that_the_range_cuts() -> None:
    """A week of three days is neither the lowest nor the end of the trend."""
    weeks = [["2025-12-01", 100], ["2025-12-08", 150], ["2025-12-15", 90], ["2025-12-22", 130], ["2025-12-29", 9]]
    params = {"start": "2025-12-01", "end": "2025-12-31", "grain": "week"}
    told = first_line(result(["period", "orders"], weeks, "count", params=params))
    assert "从 100（2025-12-01 当周）到 **130**（2025-12-22 当周），上升 30（+30.0%）" in told
    assert "最高 150（2025-12-08 当周），最低 90（2025-12-15 当周）" in told


def test_no_rows_one_row_and_unknown_figures() -> None:
    """An empty result says why, an unknown figure is never a zero, and a cut result says how much is shown."""
    params = {**WEEK, "dimensions": ["campaign"], "having": [{"column": "roi", "op": "lt", "value": 1.5}]}
    assert first_line(result(["campaign", "roi"], [], "ratio", params=params)).endswith(
        "没有符合条件（投放ROI < 1.50）的行。"
    )
    assert first_line(result(["orders"], [], "count"), "en").endswith("there is no data.")
    unknown = compose("", "zh", [result(["cac"], [[None]], "CNY")], CATALOG)
    assert "获客成本（CAC）暂无（原因见说明）" in unknown.answer
    assert "“—”表示没有数据，或没有可除的分母" in unknown.answer
    long = result(["channel", "orders"], [[f"c{i}", i] for i in range(1000)], "count", truncated=True)
    assert "- **说明**：显示前 1,000 行，另有更多" in compose("", "zh", [long], CATALOG).answer


def test_filters_are_said() -> None:
    """What was left out or kept is part of the answer, by its names."""
    params = {
        **WEEK,
        "filters": [
            {"dimension": "channel", "op": "not_in", "values": ["kol"]},
            {"dimension": "city_tier", "op": "gte", "values": [3]},
        ],
    }
    assert first_line(result(["orders"], [[5]], "count", params=params)).startswith(
        "2025-12-25 至 12-31，渠道不含 KOL合作；城市等级 ≥ 3，订单数 **5**"
    )


def test_values_do_not_repeat_their_dimension() -> None:
    """After the dimension's name a value stands alone; one that reads as a figure is named where it would not."""
    params = {**WEEK, "filters": [{"dimension": "gender", "op": "in", "values": ["女"]}]}
    assert "性别：女，" in first_line(result(["orders"], [[5]], "count", params=params))
    params = {**WEEK, "filters": [{"dimension": "app_version", "op": "in", "values": ["5.2", "5.3"]}]}
    name = CATALOG.dimensions["app_version"].names.zh
    assert f"{name}：5.2、{name} 5.3，" in first_line(result(["orders"], [[5]], "count", params=params))
    split = result(["gender", "orders"], [["女", 9], ["男", 5]], "count", params={**WEEK, "dimensions": ["gender"]})
    assert first_line(split).endswith("订单数：女 **9**、男 **5**。")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a < 5", "a < 5"),
        ("a > 5", "a > 5"),
        ("R & D", "R & D"),
        ("<b>", "\\<b\\>"),
        ("> x", "\\> x"),
        ("&lt;", "\\&lt;"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, shown: str) -> None:
    """A comparison keeps its sign as it is; tags, quotes and entities do not get through."""
    assert escape(text) == shown


def test_a_supported_draft_leads_and_an_unsupported_one_is_dropped() -> None:
    """A model's text is shown only where every number in it has a source; the fixed parts follow either way."""
    good = compose("", "zh", [NEW_AND_KEPT], CATALOG, draft="近 7 天新增 **1,283** 人，次留 41%。")
    assert good.answer.startswith("近 7 天新增 **1,283** 人，次留 41%。")
    assert "- **日期**：2025-12-25 至 12-31" in good.answer
    assert good.unsupported == ()
    bad = compose("", "zh", [NEW_AND_KEPT], CATALOG, draft="新增 1,823 人，次留 41%。")
    assert bad.unsupported == ("1,823",)
    assert "1,823" not in bad.answer
    assert "新增注册用户 **1,283**" in bad.answer


def test_a_draft_brings_no_links_images_or_html() -> None:
    """Markup that could load or run something is reduced to its words."""
    draft = "![x](http://evil.example/a.png)新增 1,283 <script>alert()</script> [看](javascript:x) [P1]\n\n[a]: http://evil.example"
    found = compose("", "zh", [NEW_AND_KEPT], CATALOG, draft=draft, citations=[{"id": "P1", "passage": "x"}])
    assert "](" not in found.answer
    assert "evil.example" not in found.answer
    assert "\\<script>" in found.answer
    assert "[P1]" in found.answer


def test_values_from_data_are_text() -> None:
    """A campaign's name cannot be markup, a link or HTML, and a long one is cut."""
    name = "**大促** <img src=x> [点](http://evil.example) www.evil.example " + "长" * 60
    found = result(["campaign", "orders"], [[name, 5], ["b", 4]], "count", params={**WEEK, "dimensions": ["campaign"]})
    told = first_line(found)
    assert "\\*\\*大促\\*\\* \\<img src=x\\> \\[点\\](http:\u2060//" in told
    assert "长" * 41 not in told
    assert unsupported_numbers(told, results=[found]) == ()


def test_citations_are_quoted_where_nothing_else_is_known() -> None:
    """A playbook answer without a model shows the passages with their marks."""
    citations = [{"id": "P1", "title": "唤醒手册", "passage": "沉睡 30 天后发送优惠券", "section": "二"}]
    found = compose("怎么唤醒", "zh", [], CATALOG, citations=citations)
    assert found.answer == "- 唤醒手册：沉睡 30 天后发送优惠券 [P1]\n\n- **来源**：\n  - [P1] 唤醒手册 › 二"


def test_an_english_answer_tells_our_playbooks_in_english_and_quotes_chinese_documents() -> None:
    """Title, summary and reported effect are the playbook's English; a Chinese passage of a document stands as a quotation."""
    citations = [
        {
            "id": "P1",
            "playbook": "winback_personalised",
            "title": "按旧偏好唤醒",
            "section": "摘要",
            "passage": "对30-60天没来的",
        },
        {"id": "P2", "playbook": None, "title": "Handbook", "section": "3", "passage": "沉睡 30 天后发送优惠券"},
        {
            "id": "P3",
            "playbook": "winback_personalised",
            "title": "按旧偏好唤醒",
            "section": "适用场景",
            "passage": "唤醒率不到8%",
        },
    ]
    answer = compose("how do I win back dormant users?", "en", [], CATALOG, citations=citations).answer
    told, document, *_ = answer.split("\n")
    assert told.startswith("- **Wake dormant users by what they used to like**: Write the wake-up message")
    assert told.endswith("[P1] [P3]")
    assert "Reported: " in told
    assert document == "- Handbook says, in Chinese: “沉睡 30 天后发送优惠券” [P2]"
    assert (
        "- **Sources**:\n  - [P1] Wake dormant users by what they used to like › Summary\n  - [P2] Handbook › 3"
        in answer
    )
    assert unsupported_numbers(answer, results=[], citations=citations) == ()


def test_several_results_share_definitions_and_receipts() -> None:
    """Two results of one metric are told one after the other; the definition stands once."""
    composed = compose("", "zh", [NEW_AND_KEPT, result(["new_users"], [[7]], "users")], CATALOG)
    assert composed.answer.count("新增注册用户：") == 1
    assert len(composed.tables) == 1
    assert composed.answer.split("\n")[2].endswith("新增注册用户 **7**。")


@pytest.mark.parametrize(
    ("tool", "columns", "rows", "zh"),
    [
        (
            "funnel",
            "step event users rate step_rate median_seconds",
            [
                [1, "checkout_view", 1000, 1.0, None, None],
                [2, "pay_method", 800, 0.8, 0.8, 30.0],
                [3, "pay_success", 320, 0.32, 0.4, 90.0],
            ],
            "从 浏览结算页 到 支付成功 的转化率 **32.0%**（1,000 人到 320 人）；流失最多的一步是 支付成功，单步转化率 40.0%。",
        ),
        (
            "retention_matrix",
            "cohort size period users rate complete",
            [
                ["2025-12-01", 100, 7, 38, 0.38, True],
                ["2025-12-02", 120, 7, 50, 0.4167, True],
                ["2025-12-03", 9, 7, None, None, False],
            ],
            (
                "第 7 天的留存率：各批合计 **40.0%**（已走完的各批共 220 人，按人数加权）；不少于 30 人的各批中，"
                "最高 41.7%（2025-12-02，120 人），最低 38.0%（2025-12-01，100 人）。"
            ),
        ),
        (
            "lifecycle_flow",
            "period active new retained resurrected dormant",
            [["2025-12-22", 100, 20, 70, 10, 30]],
            "2025-12-22 当周（不完整）活跃用户 **100**：新增 20，留存 70，回流 10。",
        ),
        ("stickiness_histogram", "intervals users", [[1, 50], [2, 90], [3, 4]], "活跃 2 天的人最多：**90** 人。"),
        (
            "ltv_curve",
            "day users value",
            [[0, 100, 1.5], [29, 80, 12.25], [30, 0, None]],
            "第 29 天人均累计收入 **¥12.25**（80 人）。",
        ),
        (
            "build_segment",
            "size share_all share_active",
            [[1234, 0.02, 0.05]],
            "该人群，共 **1,234** 人，占全部用户 2.0%，占近 30 天活跃用户 5.0%。",
        ),
    ],
)
def test_other_analyses(tool: str, columns: str, rows: list[list[Any]], zh: str) -> None:
    """Each analysis is told in a sentence that leads with its figure."""
    assert first_line(result(columns.split(), rows, tool=tool)).endswith(zh)


def test_experiments_say_the_difference_with_its_interval() -> None:
    """The read-out names both arms, the difference in percentage points, the interval and the p-value."""
    columns = ["variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p"]
    rows = [["control", 100, 0.38, None, None, None, None, 0.5], ["treatment", 103, 0.45, 0.07, 0.03, 0.11, 1e-6, 0.5]]
    found = result(
        columns, rows, "ratio", tool="experiment_readout", metrics=["retention_d7"], params={"experiment": "x"}
    )
    told = first_line(found)
    assert told.startswith("7日留存率：对照组 **38.0%**、实验组 **45.0%**。")
    assert (
        "实验组与对照组相差 +7.0 个百分点（95% 区间 +3.0 个百分点 至 +11.0 个百分点，p < 0.0001），差异显著。" in told
    )


def test_the_list_of_metrics_says_how_many() -> None:
    """A few names, how many there are, and where the others stand; every number passes the check."""
    found = result(["metric", "name"], [[f"m{c}", f"指标{c}"] for c in "abcdefg"], tool="list_metrics", params={})
    assert first_line(found) == "可用的指标共 7 项，见表格：指标a、指标b、指标c、指标d、指标e 等。"
    assert first_line(found, "en").startswith("Metrics: 7 items, all in the table: 指标a, ")
    few = result(["metric", "name"], [["gmv", "GMV"]], tool="list_metrics", params={})
    assert first_line(few) == "可用的指标：GMV。"


def test_the_lifecycle_is_that_of_a_whole_period() -> None:
    """A week that the range cuts is not told as the last one."""
    columns = ["period", "active", "new", "retained", "resurrected", "dormant"]
    rows = [["2025-12-22", 100, 20, 70, 10, 30], ["2025-12-29", 40, 5, 30, 5, 90]]
    params = {"start": "2025-12-22", "end": "2025-12-31", "grain": "week"}
    assert "2025-12-22 当周活跃用户 **100**" in first_line(result(columns, rows, tool="lifecycle_flow", params=params))


def test_retention_is_that_of_all_whole_cohorts_not_of_a_tiny_one() -> None:
    """The lead is weighted over complete cells; tiny and incomplete cohorts are no extremes; few old ones no lead."""
    rows = [
        ["2025-12-01", 100, 7, 40, 0.4, True],
        ["2025-12-02", 300, 7, 150, 0.5, True],
        ["2025-12-03", 3, 7, 3, 1.0, True],
        ["2025-12-04", 200, 7, 2, 0.01, False],
        ["2025-12-01", 100, 8, 1, 0.01, True],
    ]
    columns = ["cohort", "size", "period", "users", "rate", "complete"]
    found = result(columns, rows, tool="retention_matrix")
    assert first_line(found).endswith(
        "第 7 天的留存率：各批合计 **47.9%**（已走完的各批共 403 人，按人数加权）；不少于 30 人的各批中，"
        "最高 50.0%（2025-12-02，300 人），最低 40.0%（2025-12-01，100 人）。"
    )
    assert first_line(found, "en").endswith(
        "retention on day 7: **47.9%** over all cohorts (weighted, 403 users of those that completed it); of cohorts with "
        "at least 30 users, highest 50.0% (2025-12-02, 300 users), lowest 40.0% (2025-12-01, 100 users)."
    )
    assert unsupported_numbers("第 7 天的留存率 47.8%。", results=[found], catalog=CATALOG) == ("47.8%",)
    cut = result(columns, rows, tool="retention_matrix", truncated=True)
    assert first_line(cut).endswith("所列中人数最多的一批 **50.0%**（2025-12-02，300 人）。")


def test_a_cumulative_histogram_says_at_least() -> None:
    """Where each row counts those with so many days or more, no row is called the most common; rows are marked ≥."""
    params = {**WEEK, "cumulative": True}
    found = result(["intervals", "users"], [[1, 11567], [2, 900], [3, 40]], tool="stickiness_histogram", params=params)
    assert first_line(found).endswith("至少活跃 1 天：**11,567** 人；至少活跃 3 天：**40** 人。")
    assert first_line(found, "en").endswith(
        "active at least 1 day: **11,567** users; active at least 3 days: **40** users."
    )
    assert [row[0] for row in table_of(found, CATALOG, "zh").rows] == ["≥ 1", "≥ 2", "≥ 3"]
    assert charts_of(found, CATALOG, "en")[0].labels == ("≥ 1", "≥ 2", "≥ 3")
    exact = result(["intervals", "users"], [[1, 50], [2, 9]], tool="stickiness_histogram")
    assert first_line(exact, "en").endswith("most users, **50**, were active on 1 day.")


@pytest.mark.parametrize(
    ("options", "zh", "en"),
    [
        ({"options": {"model": "first_touch"}}, "归因注册数（首次触点）", "Attributed registrations (first touch)"),
        ({"options": {"model": "time_decay"}}, "归因注册数（时间衰减）", "Attributed registrations (time decay)"),
        ({}, "归因注册数（末次触点）", "Attributed registrations (last touch)"),
    ],
)
def test_attribution_models_are_named(options: dict[str, Any], zh: str, en: str) -> None:
    """Results by several models are told apart: sentence, table and chart name the model, also the default one."""
    params = {**WEEK, "dimensions": ["channel"], **options}
    rows = [["kol", 219.0], ["search", 187.0]]
    found = result(["channel", "attributed_registrations"], rows, "users", params=params)
    assert zh in first_line(found)
    assert en in first_line(found, "en")
    assert table_of(found, CATALOG, "zh").title == zh
    assert table_of(found, CATALOG, "en").columns[1] == en
    assert charts_of(found, CATALOG, "en")[0].title == en


_EXPLAINED = ["dimension", "value", "base", "current", "contribution", "mix", "rate"]
_MAINLY = Text("变化主要来自渠道：KOL合作。", "The change sits mainly in channel: KOL.")


def test_a_cause_is_named_only_where_the_tool_says_that_one_stands_out() -> None:
    """Where all moved alike the headline says that the change is spread; where changes cancel out, that they do."""
    rows: list[list[Any]] = [
        ["total", None, 300.0, 240.0, -60.0, None, None],
        ["channel", "kol", 100.0, 70.0, -30.0, 0.0, -30.0],
        ["channel", "(rest)", 200.0, 170.0, -30.0, 0.0, -30.0],
    ]

    def told(note: Text, language: Language) -> str:
        found = result(_EXPLAINED, rows, "CNY", tool="explain_change", metrics=["gmv"], notes=[note])
        return first_line(found, language)

    assert "变化分散在各个取值，没有哪个取值突出。" in told(words._GENERAL, "zh")
    assert "变化主要来自" not in told(words._GENERAL, "zh")
    assert "The change is spread over the values: none of them stands out." in told(words._GENERAL, "en")
    assert "sits mainly" not in told(words._GENERAL, "en")
    assert "larger changes cancel out: KOL contributed -¥30.00" in told(explanations.CANCELS, "en")
    assert "更大的变化互相抵消：KOL合作 贡献 -¥30.00" in told(explanations.CANCELS, "zh")


def test_how_the_tool_judges_a_cause_is_read_from_its_notes() -> None:
    """The notes begin as the tool writes them."""
    source = inspect.getsource(words)
    for note in (explanations.STANDS_OUT, explanations.CANCELS, explanations.SPREAD):
        assert f'"{note.zh}' in source
        assert f'"{note.en}' in source


def test_no_larger_contribution_than_a_named_one_is_left_out() -> None:
    """Values that went the other way, and the rest taken together, are named where they are larger."""
    rows: list[list[Any]] = [
        ["total", None, 2.85, 1.65, -1.2, None, None],
        ["campaign", "c1", None, 0.9, -1.39, -1.39, 0.0],
        ["campaign", "c2", 2.4, None, 0.25, 0.25, 0.0],
        ["campaign", "c3", 2.4, 2.2, -0.2, -0.2, 0.0],
        ["campaign", "(rest)", 2.7, 2.7, 3.0, 3.0, 0.0],
    ]
    found = result(
        _EXPLAINED, rows, "ratio", tool="explain_change", metrics=["campaign_roi"], notes=[_MAINLY], params=WEEK
    )
    zh, en = first_line(found), first_line(found, "en")
    assert "2.85 变为 **1.65**（-1.20）" in zh
    assert (
        "变化主要来自活动：c1 贡献 -1.39；其他较大的贡献：其余取值 贡献 +3.00；c2 贡献 +0.25；c3 贡献 -0.20（自身从 2.40 到 2.20）。"
        in zh
    )
    assert "went from 2.85 to **1.65** (-1.20)" in en
    assert (
        "c1 contributed -1.39; other large contributions: all other values contributed +3.00; c2 contributed +0.25"
        in en
    )
    assert "—" not in zh


def test_a_cut_week_alone_says_nothing_of_those_who_did_not_come_yet() -> None:
    """Who went dormant is left out where the range is shorter than the period: those days are set against a whole one."""
    columns = ["period", "active", "new", "retained", "resurrected", "dormant"]
    params = {"start": "2025-12-22", "end": "2025-12-24", "grain": "week"}
    found = result(columns, [["2025-12-22", 100, 20, 70, 10, 1118]], tool="lifecycle_flow", params=params)
    assert first_line(found).endswith("2025-12-22 当周（不完整）活跃用户 **100**：新增 20，留存 70，回流 10。")
    english = first_line(found, "en")
    assert english.endswith("(week of 2025-12-22, incomplete), of whom 20 new, 70 retained and 10 resurrected.")


def test_notes_name_the_arms_as_the_table_does() -> None:
    """A Chinese note says 对照组 and 实验组; a longer name that begins with such a word is left alone."""
    columns = ["variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p"]
    rows = [["control", 9, 0.3, None, None, None, None, 0.5], ["treatment", 9, 0.4, 0.1, 0.0, 0.2, 0.2, 0.5]]
    note = Text("treatment 高于 control 的概率未知；control_b 除外。", "treatment above control; not control_b.")
    more: dict[str, Any] = {"metrics": ["retention_d7"], "params": {"experiment": "x"}, "notes": [note]}
    found = result(columns, rows, "ratio", tool="experiment_readout", **more)
    assert "实验组 高于 对照组 的概率未知；control_b 除外。" in compose("", "zh", [found], CATALOG).answer.replace(
        "\\", ""
    )
    assert "treatment above control; not control_b." in compose("", "en", [found], CATALOG).answer.replace("\\", "")


def test_a_filtered_value_is_said_once() -> None:
    """Where the filter names the only value of a split, the row does not name it again."""
    filters = [{"dimension": "product_type", "op": "in", "values": ["membership"]}]
    params = {**WEEK, "dimensions": ["product_type"], "filters": filters}
    found = result(["product_type", "gmv"], [["membership", 5.0]], "CNY", params=params)
    assert first_line(found, "en").endswith("product type: Membership: GMV **¥5.00**.")
    assert first_line(found).count("会员订单") == 1
    several = [{"dimension": "product_type", "op": "in", "values": ["membership", "goods"]}]
    only = result(["product_type", "gmv"], [["membership", 5.0]], "CNY", params={**params, "filters": several})
    assert first_line(only, "en").count("Membership") == 2


def test_notes_call_the_rows_of_an_explanation_what_the_table_does() -> None:
    """The marks of the tool, (overlap) and (rest), are words in notes as in the table."""
    rows: list[list[Any]] = [
        ["total", None, 300.0, 240.0, -60.0, None, None],
        ["channel", "kol", 100.0, 70.0, -90.0, 0.0, -30.0],
        ["channel", "(overlap)", 0.0, 30.0, 30.0, 0.0, 0.0],
    ]
    note = Text("(overlap) 为重复计数的部分。", "(overlap) is what is counted in several values.")
    found = result(_EXPLAINED, rows, "CNY", tool="explain_change", metrics=["gmv"], notes=[note])
    zh, en = (compose("", language, [found], CATALOG).answer for language in ("zh", "en"))
    assert "“重复计入” 为重复计数的部分。" in zh
    assert "“counted twice” is what is counted" in en
    assert table_of(found, CATALOG, "zh").rows[-1][1] == "重复计入"


def test_english_counts_one_as_one() -> None:
    """One row is no rows, one day no days, and a month is something to be in."""
    having = [{"column": "gmv", "op": "gt", "value": 1}]
    assert "(1 row)" in first_line(by_channel([["kol", 5.0]], ["gmv"], "CNY", having=having), "en")
    months: list[list[Any]] = [["2025-11-01", "kol", 5.0], ["2025-12-01", "kol", 6.0], ["2025-11-01", "search", 5.0]]
    params = {"start": "2025-11-01", "end": "2025-12-31", "grain": "month", "dimensions": ["channel"]}
    monthly = result(["period", "channel", "gmv"], [*months, ["2025-12-01", "search", 7.0]], "CNY", params=params)
    assert "from ¥5.00 in Nov 2025" in first_line(monthly, "en")
    assert format_value(1, "days", "en") == "1 day"
    assert format_value(1, "days", "zh") == "1 天"


def test_what_carries_a_change() -> None:
    """An explanation names the change, the values of the best dimension that carry it, and says that parts add up."""
    rows: list[list[Any]] = [
        ["total", None, 300.0, 240.0, -60.0, None, None],
        ["channel", "kol", 100.0, 50.0, -50.0, -20.0, -30.0],
        ["channel", "(rest)", 200.0, 190.0, -10.0, 0.0, -10.0],
        ["platform", "ios", 80.0, 90.0, 10.0, 5.0, 5.0],
    ]
    params = {**WEEK, "base": {"start": "2025-12-18", "end": "2025-12-24"}}
    notes = [_MAINLY]
    found = result(_EXPLAINED, rows, "CNY", tool="explain_change", metrics=["gmv"], params=params, notes=notes)
    assert first_line(found) == (
        "2025-12-25 至 12-31，成交额（GMV）从对比期（2025-12-18 至 12-24）的 ¥300.00 变为 **¥240.00**（-¥60.00）。"
        "变化主要来自渠道：KOL合作 贡献 -¥50.00（自身从 ¥100.00 到 ¥50.00）。每个维度各取值的贡献相加等于总变化。"
    )
    assert "The change sits mainly in channel: KOL contributed -¥50.00" in first_line(found, "en")


def test_a_pair_of_dimensions_is_named_in_words() -> None:
    """What only two dimensions together explain is said with the names of both, in sentence and table."""
    rows: list[list[Any]] = [
        ["total", None, 0.62, 0.5, -0.12, None, None],
        ["platform × app_version", "android · 5.2.0", 0.62, 0.3, -0.1199, 1e-9, -0.1199],
        ["platform × app_version", "– · 5.1.0", 0.62, 0.61, -0.0001, 0.0, -0.0001],
        ["platform", "android", 0.62, 0.34, -0.11, 0.0, -0.11],
        *(["province", f"{n}省", 0.6, 0.59, -0.01, 0.0, -0.01] for n in "甲乙丙丁戊己庚辛壬癸"),
    ]
    found = result(_EXPLAINED, rows, "ratio", tool="explain_change", metrics=["retention_d1"], notes=[_MAINLY])
    assert "变化主要来自平台 × 版本：安卓 · 5.2.0 贡献 -12.0 个百分点（自身从 62.0% 到 30.0%）" in first_line(found)
    assert "in platform × app version: Android · 5.2.0 contributed -12.0 pp (itself from 62.0% to 30.0%)" in first_line(
        found, "en"
    )
    cells = table_of(found, CATALOG, "zh").rows
    assert [row[:2] for row in cells[:3]] == [
        ("合计", "—"),
        ("平台 × 版本", "安卓 · 5.2.0"),
        ("平台 × 版本", "未知 · 5.1.0"),
    ]
    assert cells[1][5] == "0.0 个百分点"


def test_the_words_of_explanations_are_those_of_the_tool() -> None:
    """The names that rows of an explanation call themselves are the same on both sides."""
    ours = (explained_names.TOTAL, explained_names.REST, explained_names.OVERLAP, explained_names.UNKNOWN_PART)
    assert ours == (rows_of.TOTAL, rows_of.REST, rows_of.OVERLAP, rows_of.UNKNOWN)
    assert (explained_names.TIMES, explained_names.DOT) == (rows_of.TIMES, rows_of.DOT)


@pytest.mark.parametrize(
    ("p_value", "srm_p", "ends"),
    [
        (1e-6, 0.5, "差异显著。实验组优于对照组。"),
        (0.2, 0.5, "差异不显著。不能说哪一组更好。"),
        (1e-6, 0.0001, "差异显著。样本比例异常：先查清分流，不能据此下结论。"),
    ],
)
def test_no_arm_wins_without_a_test_and_a_fair_sample(p_value: float, srm_p: float, ends: str) -> None:
    """An arm is called better only where p < 0.05 and the sample ratio is right."""
    columns = ["variant", "users", "value", "difference", "ci_low", "ci_high", "p_value", "srm_p"]
    rows = [
        ["control", 100, 0.38, None, None, None, None, srm_p],
        ["treatment", 103, 0.45, 0.07, 0.03, 0.11, p_value, srm_p],
    ]
    found = result(
        columns, rows, "ratio", tool="experiment_readout", metrics=["retention_d7"], params={"experiment": "x"}
    )
    assert first_line(found).endswith(ends)
    assert ("did better" in first_line(found, "en")) == (ends == "差异显著。实验组优于对照组。")


def test_groups_of_an_analysis_are_told_from_the_highest_to_the_lowest() -> None:
    """Of many groups the two highest and the lowest are named, whatever order the rows have."""
    columns = ["channel", "step", "event", "users", "rate", "step_rate", "median_seconds"]
    ends = {"kol": 0.2, "search": 0.5, "organic": 0.4, "offline": 0.1}
    rows = [
        row
        for channel, rate in ends.items()
        for row in (
            [channel, 1, "search", 100, 1.0, None, None],
            [channel, 2, "pay_success", int(rate * 100), rate, rate, 60.0],
        )
    ]
    params = {**WEEK, "dimensions": ["channel"], "steps": ["search", "pay_success"]}
    told = first_line(result(columns, rows, tool="funnel", params=params))
    assert told.index("最高的是搜索引擎") < told.index("自然流量") < told.index("最低的是线下扫码")
    assert "KOL" not in told


def test_a_funnel_in_any_order_counts_steps() -> None:
    """Where the order does not matter a row is how many steps were done, and the sentence says so."""
    rows = [[1, "1/2", 100, 1.0, None, None], [2, "2/2", 30, 0.3, 0.3, 60.0]]
    columns = ["step", "event", "users", "rate", "step_rate", "median_seconds"]
    params = {**WEEK, "steps": ["search", "share"], "order": "any"}
    found = result(columns, rows, tool="funnel", params=params)
    assert first_line(found).endswith("做过其中一步的 100 人里，有 30 人做完全部步骤，占 **30.0%**。")
    assert not unsupported_numbers(first_line(found), results=[found], catalog=CATALOG)


def test_long_curves_and_flows_still_lead_with_their_figures() -> None:
    """In a long result the sentence names its row, so that its figures pass the check in either language."""
    curve = [[day, 900 - day if day < 20 else 0, 1.5 * day if day < 20 else None] for day in range(30)]
    ltv = result(["day", "users", "value"], curve, tool="ltv_curve")
    weeks = [[f"2025-{8 + n // 4:02d}-{1 + 7 * (n % 4):02d}", 100 + n, 20 + n, 70, 10, 30 + n % 5] for n in range(16)]
    params = {"start": "2025-08-01", "end": "2025-12-31"}
    columns = ["period", "active", "new", "retained", "resurrected", "dormant"]
    flow = result(columns, weeks, tool="lifecycle_flow", params=params)
    assert "第 19 天人均累计收入 **¥28.50**（881 人）" in first_line(ltv)
    assert "by day 19: **¥28.50** (881 users)" in first_line(ltv, "en")
    assert "人转入沉默" in first_line(flow)
    assert "went dormant" in first_line(flow, "en")


def test_a_curve_is_told_to_the_last_day_that_most_have_reached() -> None:
    """The figure of a few old users is not the lead of a curve: half of those who began must have reached the day."""
    rows = [[0, 100, 1.0], [1, 90, 2.0], [2, 50, 3.0], [3, 3, 99.0], [4, 0, None]]
    assert "第 2 天人均累计收入 **¥3.00**（50 人）" in first_line(
        result(["day", "users", "value"], rows, tool="ltv_curve")
    )
