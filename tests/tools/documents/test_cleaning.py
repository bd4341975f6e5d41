"""Each cleaning rule on text of our own: what it takes out, and what it must leave alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.documents.blocks import Block
from tools.documents.cleaning import clean, clean_text
from tools.documents.cleaning.report import RULES

PLAIN = (
    "门店会员日把到店礼换成次月券（满100减20），30日回访率从17%升至26%，ROI(投资回报率)为2.4，DAU(日活)约3.2万。",
    "客服首响由95秒压到40秒；满意度(CSAT)+6分，投诉量↓31%，成本(CAC)=48元。",
    "价格敏感人群占比≥20%，ROI<1.5 且连续3天即停；A/B测试 p<0.05。",
    "参考(见附录3)、(含税)、(Q2)、(高R低M)、（如周末、节假日）与[内部]、{草稿}都要保留，《3个步骤》也是。",
    "The coupon raised day-7 retention from 21% to 33% (n=1,204), at a CAC of CNY 48.50.",
    "他姓仇(qiú)，负责乐清(yuè)门店。",
)


def lines(text: str) -> list[str]:
    """Return the lines of a text after cleaning."""
    return clean_text(text).text.split("\n")


def rules(text: str) -> dict[str, int]:
    """Return how often each rule did something to a text."""
    return {each.rule: each.count for each in clean_text(text).report.applied}


def test_clean_text_stays_as_it_is() -> None:
    """Figures, signs, brackets that carry a meaning and single readings pass through untouched, with an empty report."""
    cleaned = clean_text("\n\n".join(PLAIN))
    assert cleaned.text.split("\n") == list(PLAIN)
    assert cleaned.report.applied == ()


def test_planted_pinyin_goes_and_abbreviations_stay() -> None:
    """Readings after their characters go, in half and full-width brackets, neutral ones too; (DAU) and (de facto) stay."""
    dirty = "我們(men)調(tiáo)整觸(chù)達(dá)節(jié)奏(zòu)（zòu），DAU(日活)與點(diǎn)擊(jī)率(CTR)提升女(nǚ)性用戶(hù)(de facto)。"
    assert lines(dirty) == ["我们调整触达节奏，DAU(日活)与点击率(CTR)提升女性用户(de facto)。"]


@pytest.mark.parametrize(
    ("dirty", "clean_"),
    [
        (
            "我們發現著名品牌的後台設定裡頭髮產品乾淨，會員隨著活動回來。",
            "我们发现著名品牌的后台设定里头发产品干净，会员随着活动回来。",
        ),
        ("３０日留存率ＡＲＰＵ提升１２．５％，共１，２０４人", "30日留存率ARPU提升12.5%，共1,204人"),
        ("\ufeff零宽\u200b字符\u00ad与控\x07制符\u202e", "零宽字符与控制符"),
        ("留存率 提升　到 30% of users", "留存率提升到 30% of users"),
        ("\uf0b7 先筛人", "• 先筛人"),
        ("老客召��回", "老客召回"),
        ("降低2�%，约�3万", "降低2□%，约□3万"),
        (
            "详见[复盘](https://x.example/a_(1)) ![图](http://t.example/p.png?u=1)",
            "详见复盘（https://x.example/a_(1)）图（http://t.example/p.png?u=1）",
        ),
        ("<b>ROI<1.5</b> 即停<img src='http://t.example/p'><script>x</script>", "ROI<1.5 即停 x"),
    ],
)
def test_characters_are_mended(dirty: str, clean_: str) -> None:
    """Traditional characters, full-width forms, invisible and lost characters, white space and markup."""
    assert lines(dirty) == [clean_]


def damaged(text: str, at: int) -> str:
    """Return a text as a site shows it whose bytes lost the first of the character at ``at``."""
    data = text[:at].encode("gbk") + b"?" + text[at:].encode("gbk")[1:]
    return data.decode("gbk", errors="replace").replace("\ufffd", "?")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("團隊把註冊流程壓縮成兩步：老用戶優惠券核銷率H5頁面", 13),
        ("會員權益（聚焦續費環節的門檻c）", 2),
        ("活動覆蓋沉默會員與新註冊會員A組", 4),
    ],
)
def test_shifted_words_come_back_by_their_bytes(text: str, at: int) -> None:
    """A lost byte shifts the words after it; all but the character that lost it come back, and that one is not made up."""
    dirty = damaged(text, at)
    assert "?" in dirty
    want = clean_text(text).text
    got = clean_text(dirty).text
    rest = want[at + 1 :]
    assert rest.split("A")[0].split("H")[0].split("c")[0] in got
    assert got[:at] == want[:at]
    assert got[at] in {want[at], "□"} or "□" not in got


def test_question_marks_of_a_text_are_left_alone() -> None:
    """A question mark before ordinary words is a question mark."""
    text = "为什么会员会流失?因为续费提醒太晚?;其次是权益感知弱?（见下表）沉睡用户呢?2023年有3个原因。"
    assert lines(text) == [text]


def test_page_marks_go_and_figures_alone_on_a_line_stay() -> None:
    """Marks of pages go; a lone figure goes only where it is the page's number."""
    assert lines("PAGE 7\n第 3 页 共 12 页\n- 4 -\nPage 2 of 9\n续订率\n82\n第3页讲的是定价。") == [
        "续订率",
        "82",
        "第3页讲的是定价。",
    ]
    pages = [
        Block("line", text, f"p. {page}", page=page)
        for page in (1, 2, 3)
        for text in (f"第{page}章说明内容。", f"付费率{page}%", "甲乙丙"[page - 1] + "组续订。", str(page + 10))
    ]
    assert [block.text for block in clean(pages).blocks] == [block.text for block in pages if not block.text.isdigit()]


def test_running_heads_are_kept_once() -> None:
    """What stands at the top of most pages is kept where it stands first; a line repeated inside the pages stays."""
    pages = [
        Block("line", text, f"p. {page}", page=page)
        for page in range(1, 5)
        for text in (
            "内部资料：运营中心",
            f"转化率{page}{page}%",
            "要点。",
            "甲乙丙丁"[page - 1],
            f"付费率{page * 3}%",
            f"手册 共4页之{page}",
        )
    ]
    cleaned = clean(pages)
    texts = [block.text for block in cleaned.blocks]
    assert texts[:5] == ["内部资料：运营中心", "转化率11%", "要点。", "甲", "付费率3%"]
    assert texts[5:] == [
        text
        for page in (2, 3, 4)
        for text in (f"转化率{page}{page}%", "要点。", "甲乙丙丁"[page - 1], f"付费率{page * 3}%")
    ]
    assert {each.rule for each in cleaned.report.applied} == {"running_heads", "spaces"}


SITE = """会员运营手册.docxVIP
• 12
• 约2.1万字
• 约 31页
• 2024-05-06 发布于浙江
• 举报
本文档由网友上传，本站不保证内容完整，如有侵权请联系删除。
会员运营手册
一、权益设计
权益越少越清楚，三项以内的续订率高出9个百分点。相关文档要一起归档。
二、评论运营
带图评论的转化率达7%，收藏数增长2倍。
文档评论(3)
运营小王 + 关注
实名认证
内容提供者
十年会员运营经验，欢迎交流
1亿VIP精品文档
相关文档
2024年公务员考试题库及答案.docx
小学数学教案范文.doc"""


def test_boilerplate_of_a_site_goes_and_the_same_words_elsewhere_stay() -> None:
    """The head and foot of a sharing site's page go, line by line in the report; a document that talks of 评论 keeps it."""
    assert lines(SITE) == [
        "会员运营手册",
        "一、权益设计",
        "权益越少越清楚，三项以内的续订率高出9个百分点。相关文档要一起归档。",
        "二、评论运营",
        "带图评论的转化率达7%，收藏数增长2倍。",
    ]
    dropped = next(each for each in clean_text(SITE).report.applied if each.rule == "site_boilerplate").dropped
    assert "1亿VIP精品文档" in dropped
    own = "运营周报\n相关文档\n评论\n3/10\n收藏\n下载量从3万增至5万\n本站用户的留存率为31%。\n本平台不收取佣金，转化率提升4%。"
    assert lines(own) == own.split("\n")


def test_lists_of_other_documents_go_and_lists_of_points_stay() -> None:
    """Four lines and more that only name other files go; short points, also one that names a template, stay."""
    links = "结论见上。\n- 2024年安全员考试试题及答案\n- 消防课件ppt\n- 租房合同范文\n- 新版劳动合同书\n- 幼儿园教案"
    assert lines(links) == ["结论见上。"]
    points = "- 准备名单\n- 选择短信模板\n- 发送5%试投\n- 看48小时数据"
    assert lines(points) == points.split("\n")


def test_lines_broken_at_a_width_are_joined() -> None:
    """Lines cut at a width become their paragraphs; headings, points and short last lines begin anew; figures stay apart."""
    text = (
        "一、沉睡会员的唤醒\n"
        "我们把离开三十天到六十天的会员按最近买过的品\n"
        "类分成六组，每组只收到一条与自己有关的消息，\n"
        "两周以后唤醒率从4%升到11%，比群发高出7个\n"
        "百分点。\n"
        "1. 第一步先核对名单，剔除已经退订和投诉过的人\n"
        "，避免再次打扰。\n"
        "2. 第二步试投。"
    )
    assert lines(text) == [
        "一、沉睡会员的唤醒",
        "我们把离开三十天到六十天的会员按最近买过的品类分成六组，每组只收到一条与自己有关的消息，两周以后唤醒率从4%升到11%，比群发高出7个百分点。",
        "1. 第一步先核对名单，剔除已经退订和投诉过的人，避免再次打扰。",
        "2. 第二步试投。",
    ]
    assert lines("Push messages were cut from three a week to one, and reten-\ntion rose,\nby 4 points.") == [
        "Push messages were cut from three a week to one, and retention rose, by 4 points."
    ]


def test_every_rule_has_its_name_in_both_languages() -> None:
    """A report can be shown in either language."""
    seen = set(rules(SITE)) | set(
        rules("我們(men)調(tiáo)整觸(chù)達(dá)節(jié)奏\uf0b7，３０％ \n[a](http://b)\nPAGE1")
    )
    assert seen <= set(RULES)
    assert all(text.zh and text.en for text in RULES.values())


_PIECES = st.sampled_from(
    [
        *PLAIN,
        *(
            "留存率",
            "提升至",
            "38%",
            "1,204",
            "12.5万",
            "\n",
            "。",
            "，",
            " ",
            "　",
            "（",
            ")",
            "?",
            "\ufffd",
            "\u200b",
            "３８％",
        ),
        *(
            "續訂(dìng)",
            "權(quán)益(yì)",
            "第3页",
            "- ",
            "一、",
            "[x](http://y)",
            "<b>",
            "\uf0b7",
            "7日",
            "Q3",
            "ROI<1.5",
            "觸達率0.52",
        ),
        *("a", "Z"),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_cleaning_twice_is_cleaning_once_and_keeps_every_figure(text: str) -> None:
    """Cleaning what is clean changes nothing; every group of digits that no rule dropped with its line is still there."""
    cleaned = clean_text(text)
    again = clean_text(cleaned.text)
    assert again.text == cleaned.text
    dropped = "\n".join(line for each in cleaned.report.applied for line in each.dropped)
    wanted = re.findall(
        r"\d+", text.translate(str.maketrans("０１２３４５６７８９", "0123456789")).replace("\u200b", "")
    )
    left = re.findall(r"\d+", cleaned.text + "\n" + dropped)
    assert sorted("".join(wanted)) == sorted("".join(left))
