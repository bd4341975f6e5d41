"""Figures in a text as structured facts, by rules. Precision first: what no rule reads for certain is left out.

A fact needs a name that ends in a word for something measured (率, 成本, 时长 …), a verb that says how it moved or that it
stands there, and a figure with a unit that fits. 「7日留存率从38%提升至45%」, 「成本降低23%」, 「唤醒率达12%，为模板的3倍」.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.documents.amounts import Amount, amount, pattern
from tools.documents.clauses import Clause, clauses_of
from tools.documents.metric_names import metric_of, people_of
from tools.documents.model import Direction, Fact

_UP = "提升|提高|上升|增长|增加|上涨|攀升|改善|扩大|扩展|延长|加快|增|升|涨"
_DOWN = "下降|降低|减少|缩短|缩减|压缩|下滑|下跌|回落|收窄|精简|减|降|跌"
_OTHER = "调整|调|变|改|转"
_ABOUT = r"(?:了|约|近|超过|超|将近|大约|逾|高达|达到|达)?\s*"
_EACH = "(?:每[周月日天年季])?"
_BEFORE = "(?:年初|去年|上年|上月|原来|此前|之前|期初|同期)?的?"
_MANNER = "(?:大幅|显著|明显|逐步|稳步|持续|进一步|快速|有效|同比|环比)*"
_AGAINST = r"(?P<against>同比|环比|(?:相?较|相?比|相较于|对比)(?:于|之)?[^，,\d]{1,16}?)?"
_FROM_TO = re.compile(
    rf"^(?P<name>.*?)(?:由|从){_BEFORE}{_EACH}{_ABOUT}{pattern('a')}的?{_MANNER}(?P<verb>{_UP}|{_DOWN}|{_OTHER})?(?:至|到|为|成){_EACH}{_ABOUT}{pattern('b')}"
)
_MOVED = re.compile(rf"^(?P<name>.*?){_AGAINST}{_MANNER}(?P<verb>{_UP}|{_DOWN}|高出|低出){_ABOUT}{pattern('a')}")
_ABOVE = re.compile(
    rf"^(?P<name>.*?)(?P<against>(?:相?较|相?比)[^，,\d]{{1,16}}?)(?P<verb>高|低){_ABOUT}{pattern('a')}"
)
_BEYOND = re.compile(
    rf"^(?P<name>.*?)(?P<verb>高于|低于|高出|低出)(?P<against>[^，,\d]{{2,16}}?){_ABOUT}{pattern('a')}"
)
_STANDS = re.compile(
    rf"^(?P<name>.*?)(?P<verb>{_UP}|{_DOWN})?(?:至|到|达到|高达|达|稳定在|保持在|维持在|仅为|为|突破|控制在){_ABOUT}{pattern('a')}"
)
_BARE = re.compile(rf"^(?P<name>.*(?:率|占比|ROI|用户|访客|人数))\s*{pattern('a')}$")
_CELL = re.compile(rf"^(?P<name>[^：:]{{1,15}}[^：:\d])[：:]\s*{pattern('a')}$")
_TIMES = re.compile(
    r"^(?P<name>.*?)(?:仅?为|是|相当于|至|达到?)(?P<against>(?:\d{4}年)?[^，,\d]{0,16}?)的(?P<n>\d+(?:\.\d+)?)(?P<of>倍|/\d+)"
)
_ENGLISH = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9 \-/']*?)\s+(?:has |have |was |were )?"
    r"(?P<verb>rose|increased|grew|improved|climbed|went up|raised|lifted|fell|dropped|declined|decreased|went down|reduced"
    rf"|cut|shortened)\s+(?:from\s+{pattern('a')}\s+to\s+{pattern('b')}|by\s+{pattern('c')})"
)
_FALLING = frozenset(["fell", "dropped", "declined", "decreased", "reduced", "cut", "shortened", "went down"])
_MEASURED = re.compile(
    r"(?:率|占比|比例|比率|比重|份额|成本|费用|单价|售价|ROI|ROAS|CTR|CVR|CPC|CPM|CAC|LTV|ARPU值?|ARPPU值?|NPS|GMV|DAU|MAU|WAU|DAU/MAU|LTV/CAC|时长|时间|周期"
    r"|次数|天数|频次|频率|数|数量|[^质容]量|用户|访客|会员|收入|营收|收益|利润|销售额|交易额|金额|消费|满意度|活跃度|粘性|黏性|效率|速度|压力|规模|长度|步骤|任务|客流|订单|核销"
    r"|比率|质量|评分|得分|值)$"
)
_LEADS = re.compile(
    r"^(?:[-•*·①-⑳]\s*|\d{1,2}[.、)）]\s*|发现|表明|显示|我们?(?=[一-鿿])|其中|同时|此外|另外|并且|并|且|而|但|反而|最终|全年|单季度|单月|目前|现已|现|已|累计|预计|成功|有效|显著|进一步|带动|推动|帮助|促使|助力|确保"
    r"|实现|带来|贡献|使得|使|让|令|将|把|其|我们的|一是|二是|三是|四是|五是|据统计|截至.{2,8}[末底]|[一二三四五六七八九十两半\d]{1,3}(?:天|周|个?月|年|个?季度|小时)(?:以?后|之后|内|以?来|间|里))+"
)
_CAUSES = re.compile(r"^.*(?:使得|促使|推动|带动|带来(?!的)|实现了?|将|把|使(?!用)|让|令(?!人))(?=[一-鿿A-Z\d])")
_MODE = re.compile(
    r"^(?:该|此|这)(?:[^使令让]{0,8}?带来的|模式|机制|体系|系统|项目|活动|计划|策略|类|些|种|(?:群体|人群|部分用户|类用户)的?)"
)
_TARGET = re.compile(
    r"(?:针对|面向|对于|(?<!面)对|向)(?P<who>[^，,。；;：:（）()、]{2,20}?(?:用户|人群|群体|会员|客户))"
    r"(?=$|[，,、；;]|的|群|推|发|展示|设计|提供|进行|通过|实施|开展|开发|采用)"
)
_LABEL = re.compile(
    r"^[-•*·\s\d.、()（）①-⑳]*(?P<who>[一-鿿A-Za-z0-9\-]*(?:[高低新老中]|沉睡|流失|活跃|潜|付费|忠诚|边缘|留存|未|普通|核心|女性|男性)[一-鿿A-Za-z0-9\-]*"
    r"(?:用户|人群|群体|会员|客户))$"
)
_CAUSE = re.compile(r"^(?P<cause>[^，,]{2,20}?)(?:使得|使(?!用))")
_NO_ACT = re.compile(
    r"^(?:反而|从而|进而|并且?|最终|又|也)$|发现|显示|分析(?:得出|可知)|(?:上线|实施|落地)后|^通过(?:该|此|这)|^(?:该|此|这)"
)
_ACTS = re.compile(
    r"^(?:一是|二是|三是|其中|同时|并|据此|为此|我们|团队|我|首先|其次|[-•*·\s])*(?:通过|将|推出|采用|引入|构建|搭建|推送|设置|优化|建立|部署|开发|整合|设计|组建|发起|上线|升级|创新|结合"
    r"|增加|默认|拆解|重构|开展|提供|发放|举办|与[^，]{1,12}合作|在[^，]{2,20}(?:嵌入|部署|增加|发布)|推动建立了?|自动触发)"
)
_ODD = re.compile(r"[。，,；;：:\ue001]|\d(?![\d\-]*(?:日|天|月|周|岁|小时|%|年|后))|(?:从|由|较|高达|稳定在)")
"""What no name of something measured has in it."""
_ELSEWHERE = re.compile(r"例如|比如|另外|此外|与此同时|在[^，,]{2,20}(?:方面|中|时|下|期间)$")
"""How a sentence begins that is not about what was done before."""
_LONGEST = 120
_NEAR = 6
"""How many clauses back a group addressed or an action is looked for."""
_MOVES = frozenset({"%", "个百分点", "倍", "分", "小时", "分钟", "秒", "天", "元", "次", "个", "级", "步", "人", "条"})


@dataclass(frozen=True)
class _Read:
    """What a rule read in a clause."""

    name: str
    before: Amount | None = None
    to: Amount | None = None
    change: Amount | None = None
    direction: Direction = "level"


def facts_of(text: str) -> tuple[Fact, ...]:
    """Return the facts that a text states, in order."""
    out: list[Fact] = []
    label, acted = "", ""
    for sentence in clauses_of(text):
        subject: tuple[str, Clause, str] | None = None
        cause = ""
        acted = "" if _ELSEWHERE.match(sentence[0].bare) else acted
        for number, clause in enumerate(sentence):
            found = _LABEL.match(clause.bare) if clause.label else None
            label = found["who"] if found else label
            read = _read(clause.bare)
            if read is None:
                subject = None
                continue
            name = _name(read.name)
            if name:
                whose = (
                    subject[2]
                    if subject and clause.bare.startswith("其") and not clause.bare.startswith("其中")
                    else ""
                )
                subject = (name, clause, whose or _segment(sentence[max(0, number - _NEAR) : number], name, label))
            if subject is None or (not name and _said(read.name)):
                subject = None
                continue
            cause = _cause(clause) or cause
            action = cause or _action(sentence[max(0, number - _NEAR) : number]) or acted
            out.append(_fact(read, subject, clause, action))
        acted = _action(sentence[-_NEAR:]) or acted
    return tuple(dict.fromkeys(out))


def _read(bare: str) -> _Read | None:
    """Return what the most telling rule reads in a clause; nothing in one too long to be one."""
    if len(bare) > _LONGEST:
        return None
    rules = (_from_to, _moved, _times, _stands, _english)
    return next((found for rule in rules if (found := rule(bare))), None)


def _from_to(bare: str) -> _Read | None:
    found = _FROM_TO.search(bare)
    if not found:
        return None
    before, to = amount(found, "a"), amount(found, "b")
    if not before.unit:
        before = Amount(before.value / 100 if to.unit == "%" else before.value, to.unit)
    if not to.unit:
        to = Amount(to.value, before.unit)
    direction = _direction(found["verb"] or "")
    by_value: Direction = "up" if to.value > before.value else "down"
    if before.unit != to.unit or before.value == to.value or direction not in {None, by_value}:
        return None
    return _Read(found["name"], before, to, None, by_value)


def _moved(bare: str) -> _Read | None:
    for form in (_BEYOND, _MOVED, _ABOVE):
        found = form.search(bare)
        if not found:
            continue
        by = amount(found, "a")
        if by.unit not in _MOVES or (form is _BEYOND and by.unit != "个百分点"):
            continue
        direction = _direction(found["verb"])
        if direction is None or direction == "level":
            continue
        signed = by.value if direction == "up" else -by.value
        return _Read(found["name"], None, None, Amount(signed, by.unit), direction)
    return None


def _times(bare: str) -> _Read | None:
    found = _TIMES.search(bare)
    if not found:
        return None
    times = float(found["n"]) / (1.0 if found["of"] == "倍" else float(found["of"][1:]))
    return _Read(found["name"], None, None, Amount(times, "倍"), "up" if times > 1 else "down")


def _stands(bare: str) -> _Read | None:
    found = _CELL.search(bare)
    if found:
        return _Read(found["name"], None, amount(found, "a"))
    found = _STANDS.search(bare)
    if found:
        return _Read(found["name"], None, amount(found, "a"), None, _direction(found["verb"] or "") or "level")
    found = _BARE.search(bare)
    if not found:
        return None
    level = amount(found, "a")
    people = found["name"].endswith(("用户", "访客", "人数"))
    return _Read(found["name"], None, level) if level.unit in ({"", "人", "名"} if people else {"%", ""}) else None


def _english(bare: str) -> _Read | None:
    found = _ENGLISH.search(bare)
    if not found:
        return None
    direction: Direction = "down" if found["verb"] in _FALLING else "up"
    if found["cn"]:
        by = amount(found, "c")
        return _Read(
            found["name"], None, None, Amount(by.value if direction == "up" else -by.value, by.unit), direction
        )
    before, to = amount(found, "a"), amount(found, "b")
    agrees = before.unit == to.unit and (to.value > before.value) == (direction == "up") and to.value != before.value
    return _Read(found["name"], before, to, None, direction) if agrees else None


def _direction(verb: str) -> Direction | None:
    """Return the direction that a verb says; None where it says none."""
    if re.fullmatch(f"{_UP}|高出|高于|高", verb):
        return "up"
    return "down" if re.fullmatch(f"{_DOWN}|低出|低于|低", verb) else None


def _said(name: str) -> str:
    """Return a printed name without what leads up to it."""
    out = _MODE.sub("", name.strip())
    out = _CAUSES.sub("", out)
    return _LEADS.sub("", out).strip(" 的远更")


def _name(printed: str) -> str:
    """Return the name of what was measured, "" where the words before a verb are none."""
    name = re.sub(
        r"(?:整体|总体|平均水平|水平|则|均|也|都|已|又|还|反而|分别)+$", "", _said(printed).rsplit("、", 1)[-1]
    )
    if name.isascii() and re.search(r"[A-Za-z]{3}", name):
        return re.sub(r"^(?:the|our|its|their)\s+", "", name, flags=re.IGNORECASE) if metric_of(name) else ""
    known = _MEASURED.search(name) or metric_of(name)
    return name if known and 2 <= len(name) <= 26 and not _ODD.search(name) else ""


def _segment(before: Sequence[Clause], name: str, label: str) -> str:
    """Return whom a fact is about: as its name says, else the one group the sentence addresses, else the label above."""
    who, _ = people_of(name)
    if who:
        return who
    targets = {found["who"] for clause in before for found in _TARGET.finditer(clause.bare)}
    return targets.pop() if len(targets) == 1 else ("" if targets else label)


def _action(clauses: Sequence[Clause]) -> str:
    """Return the last clause that says what was done."""
    return next(
        (
            each.text
            for each in reversed(clauses)
            if _ACTS.match(each.bare) and not each.label and not _NO_ACT.search(each.bare)
        ),
        "",
    )


def _cause(clause: Clause) -> str:
    """Return what a clause itself names as the cause: 数据平台 in 数据平台使运营决策周期缩短."""
    found = _CAUSE.match(clause.bare)
    return "" if not found or _NO_ACT.search(found["cause"]) or "\ue001" in found["cause"] else found["cause"]


def _fact(read: _Read, subject: tuple[str, Clause, str], clause: Clause, action: str) -> Fact:
    name, named_in, segment = subject
    unit = next(each.unit for each in (read.to, read.change, read.before) if each)
    return Fact(
        metric=metric_of(name, named_in.aside) or metric_of(people_of(name)[1], named_in.aside) or name,
        from_value=read.before.value if read.before else None,
        to_value=read.to.value if read.to else None,
        change=read.change.value if read.change else None,
        unit=unit,
        direction=read.direction,
        segment=segment,
        action=action,
        text=clause.text,
        name=name,
    )
