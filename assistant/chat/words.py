"""What the chat itself says, in both languages: labels, notices and the few words changed in Chainlit's own."""

from __future__ import annotations

from typing import Any, NamedTuple

from knowledge.text import Text

TRANSLATIONS: dict[str, dict[str, Any]] = {
    "zh-CN": {
        "chat": {
            "input": {"placeholder": "问一个运营问题，例如：上周新增用户多少？"},
            "messages": {"status": {"using": "正在", "used": ""}},
            "watermark": "每个数字都附收据，可复查、可追溯。",
        },
        "navigation": {"header": {"readme": "使用说明"}},
    },
    "en-US": {
        "chat": {
            "input": {"placeholder": "Ask about your operations, e.g. How many new users last week?"},
            "messages": {"status": {"using": "Running:", "used": ""}},
            "watermark": "Every figure comes with a receipt you can check.",
        },
        "navigation": {"header": {"readme": "Guide"}},
    },
}

PARAMETERS = Text(zh="参数", en="Parameters")
BOUND_VALUES = Text(zh="绑定值", en="Bound values")
SQL = Text(zh="查询语句", en="Query")
FAILED = Text(zh="未完成", en="Not done")
STOPPED = Text(zh="已停止。", en="Stopped.")
STOPPED_STEP = Text(zh="已被停止。", en="This step was stopped.")
SEE_RECEIPT = Text(zh="查看收据", en="See receipt")
RECEIPT = Text(zh="收据", en="Receipt")
RECEIPT_MISSING = Text(zh="找不到这张收据，它可能已被清理。", en="This receipt is gone; it may have been cleared.")
RECEIPT_OPEN = Text(
    zh="在终端运行 `yunce verify {id}`：重新执行下面的查询，并说明数字是否仍然成立。",
    en="In a terminal, `yunce verify {id}` runs the query below again and says whether the figure still holds.",
)
UNEXPECTED = Text(
    zh="这次没有完成：程序内部出错（{kind}）。详情已写入运行终端；请换一种问法或运行 yunce doctor。",
    en="This did not finish: something broke inside ({kind}). The terminal has the details; "
    "ask differently or run yunce doctor.",
)
BUSY_CHOICE = Text(zh="请等当前回答完成后再选择。", en="Please wait for the current answer before choosing.")
READY = Text(
    zh="运策已就绪：{url}  （按 Ctrl-C 停止）",
    en="Yunce is ready: {url}  (Ctrl-C stops it)",
)
BYE = Text(zh="运策已停止。", en="Yunce has stopped.")


class Starter(NamedTuple):
    """A question to begin with: what its button says and what it asks."""

    label: Text
    question: Text


STARTERS: tuple[Starter, ...] = (
    Starter(
        Text(zh="每周新增与次日留存", en="New users and retention by week"),
        Text(
            zh="2025年12月每周新增用户数和次日留存率是多少？",
            en="New users and day-1 retention by week in December 2025",
        ),
    ),
    Starter(
        Text(zh="哪个渠道最划算", en="Which channel pays off"),
        Text(zh="2025年各渠道的获客成本和ROI是多少？", en="What are CAC and ROI by channel in 2025?"),
    ),
    Starter(
        Text(zh="每月成交额与去年相比", en="GMV against last year"),
        Text(zh="2025年每月的成交额，与去年同期相比", en="GMV by month in 2025 compared with the year before"),
    ),
    Starter(
        Text(zh="留存在变好吗", en="Is retention improving"),
        Text(zh="2025年各季度的30日留存率", en="Day-30 retention by quarter in 2025"),
    ),
)
