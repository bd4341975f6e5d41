"""What a definition means, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from knowledge.catalog import Catalog
from knowledge.model import Dimension
from knowledge.segments import (
    RFM_CLASSES,
    THIS_MONTH,
    All,
    Any_,
    Attribute,
    Behaviour,
    Definition,
    Not,
    Recency,
    Reference,
    Rfm,
    State,
    Steps,
    Value,
)
from knowledge.text import Text, join

_EVENTS: Mapping[str, Text] = MappingProxyType(
    {
        "register_start": Text("开始注册", "start to register"),
        "captcha_fail": Text("验证码失败", "fail the captcha"),
        "register": Text("完成注册", "register"),
        "app_open": Text("打开应用", "open the app"),
        "profile_complete": Text("完善资料", "complete the profile"),
        "first_interaction": Text("完成首次互动", "interact for the first time"),
        "claim_gift": Text("领取新手权益", "claim the welcome gift"),
        "content_view": Text("浏览内容", "view content"),
        "content_publish": Text("发布内容", "publish content"),
        "like": Text("点赞", "like"),
        "comment": Text("评论", "comment"),
        "share": Text("分享", "share"),
        "search": Text("搜索", "search"),
        "consult": Text("咨询", "consult"),
        "help_answer": Text("解答他人问题", "answer others' questions"),
        "checkin": Text("签到", "check in"),
        "checkout_view": Text("进入结算页", "view the checkout"),
        "pay_method": Text("选择支付方式", "choose a way to pay"),
        "pay_submit": Text("提交支付", "submit the payment"),
        "pay_success": Text("支付成功", "pay"),
    }
)
"""What the demo's events are called in a definition; others go by their own name."""
_MEASURES: Mapping[str, Text] = MappingProxyType(
    {
        "revenue": Text("净收入", "revenue"),
        "orders": Text("订单数", "orders"),
        "active_days": Text("活跃天数", "active days"),
        "minutes": Text("使用时长（分钟）", "minutes spent"),
        "interactions": Text("互动次数", "interactions"),
        "content": Text("发布内容数", "contents published"),
        "help_answers": Text("解答次数", "answers to others"),
        "consults": Text("咨询次数", "consults"),
        "searches": Text("搜索次数", "searches"),
        "checkins": Text("签到次数", "check-ins"),
        "discount_share": Text("优惠占成交额的比例", "discount as a share of the amount"),
        "invites": Text("邀请数", "invites sent"),
    }
)
_COLUMNS: Mapping[str, Text] = MappingProxyType(
    {
        "user_id": Text("用户编号", "user id"),
        "registered_at": Text("注册时间", "time of registration"),
        "register_date": Text("注册日期", "day of registration"),
        "birth_month": Text("生日月份", "month of birth"),
        "birth_day": Text("生日日期", "day of birth"),
        "inviter_id": Text("邀请人", "inviter"),
        "followers": Text("粉丝数", "followers"),
    }
)
_OPS: Mapping[str, Text] = MappingProxyType(
    {
        "eq": Text("等于", "exactly"),
        "gte": Text("至少", "at least"),
        "gt": Text("超过", "more than"),
        "lte": Text("至多", "at most"),
        "lt": Text("少于", "fewer than"),
    }
)
_NO_VALUE = Text("未知", "unknown")


def words(definition: Definition, catalog: Catalog) -> Text:
    """Return a definition in words: every threshold and window, groups told apart by brackets, segments with their meaning."""
    return _Speaker(catalog).say(definition)


def event_words(event: str) -> Text:
    """Return what an event is called in a definition."""
    return _EVENTS.get(event, Text(f"“{event}”", f"'{event}'"))


def value_words(attribute: str, value: str | int | None, catalog: Catalog) -> Text:
    """Return what a stored value of an attribute is called."""
    return _said_value(value, _Speaker(catalog).dimensions.get(attribute))


def attribute_words(attribute: str, catalog: Catalog) -> Text:
    """Return what an attribute is called."""
    dimension = _Speaker(catalog).dimensions.get(attribute)
    return dimension.names.text if dimension else _COLUMNS.get(attribute, Text(attribute, attribute))


class _Speaker:
    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.within: tuple[str, ...] = ()
        by_column = {d.column: d for d in catalog.dimensions.values() if d.kind == "attribute" and d.column}
        self.dimensions: dict[str, Dimension] = {str(column): dimension for column, dimension in by_column.items()}
        if "lifecycle" in catalog.dimensions:
            self.dimensions["lifecycle"] = catalog.dimensions["lifecycle"]

    def say(self, definition: Definition) -> Text:  # noqa: C901, PLR0911 - one line per kind of definition
        match definition:
            case All(all=parts):
                return join([self._part(part, len(parts)) for part in parts], zh="，且", en=" and ")
            case Any_(any=parts):
                return join([self._part(part, len(parts)) for part in parts], zh="，或", en=" or ")
            case Not(not_=Reference(segment=name)):
                inner = self._reference(name)
                return Text(f"不{inner.zh}", f"not {inner.en}")
            case Not(not_=part):
                inner = self.say(part)
                return Text(f"不符合（{inner.zh}）", f"not ({inner.en})")
            case Attribute():
                return self._attribute(definition)
            case Behaviour():
                return self._behaviour(definition)
            case Value():
                return _value(definition)
            case Recency():
                return _recency(definition)
            case Steps():
                return _steps(definition)
            case Rfm(rfm=classes):
                names = [RFM_CLASSES[name][0] for name in classes]
                return Text(
                    f"RFM 为{'或'.join(n.zh for n in names)}（近 365 天付费用户中打分）",
                    f"RFM class {' or '.join(n.en for n in names)} (scored among payers of the last 365 days)",
                )
            case State():
                return Text(
                    "活跃下滑（近 7 天时长不超过前 7 天的一半，且前 7 天至少 10 分钟）",
                    "declining (time spent in the last 7 days at most half of the 7 days before, which was at least 10 minutes)",
                )
            case Reference(segment=name):
                return self._reference(name)

    def _part(self, part: Definition, among: int) -> Text:
        said = self.say(part)
        several = isinstance(part, (All, Any_)) and len(getattr(part, "all", getattr(part, "any", ()))) > 1
        return Text(f"（{said.zh}）", f"({said.en})") if several and among > 1 else said

    def _reference(self, name: str) -> Text:
        segment = self.catalog.segments.get(name)
        if segment is None or name in self.within:
            return Text(f"属于人群“{name}”", f"in the segment '{name}'")
        outer, self.within = self.within, (*self.within, name)
        inner = self.say(segment.definition)
        self.within = outer
        return Text(f"属于“{segment.names.zh}”（{inner.zh}）", f"in '{segment.names.en}' ({inner.en})")

    def _attribute(self, leaf: Attribute) -> Text:
        if leaf.attribute == "age_days":
            return _age(leaf)
        dimension = self.dimensions.get(leaf.attribute)
        name = attribute_words(leaf.attribute, self.catalog)
        values = [_said_value(value, dimension) for value in leaf.values]
        zh, en = [value.zh for value in values], [value.en for value in values]
        if leaf.op == "in":
            return Text(f"{name.zh}为{'、'.join(zh)}", f"{name.en} is {' or '.join(en)}")
        if leaf.op == "not_in":
            return Text(f"{name.zh}不是{'、'.join(zh)}", f"{name.en} is not {' or '.join(en)}")
        if leaf.op == "between":
            return Text(f"{name.zh}在 {zh[0]} 到 {zh[1]} 之间", f"{name.en} between {en[0]} and {en[1]}")
        compared = _COMPARED[leaf.op]
        return Text(f"{name.zh}{compared.zh} {zh[0]}", f"{name.en} {compared.en} {en[0]}")

    def _behaviour(self, leaf: Behaviour) -> Text:
        event, window = event_words(leaf.did), _window(leaf.days)
        where = self._where(leaf)
        count = leaf.times if leaf.times is not None else leaf.on_days
        if (leaf.op, count) in (("eq", 0), ("lt", 1), ("lte", 0)):
            if leaf.days is None:
                return Text(f"从未{event.zh}{where.zh}", f"did not ever {event.en}{where.en}")
            return Text(f"{window.zh}没有{event.zh}{where.zh}", f"did not {event.en}{where.en} {window.en}")
        op = _OPS[leaf.op]
        if leaf.times is not None:
            times = "time" if count == 1 else "times"
            return Text(
                f"{window.zh}{event.zh}{where.zh}{op.zh} {count:,} 次",
                f"did {event.en}{where.en} {op.en} {count:,} {times} {window.en}",
            )
        days = "day" if count == 1 else "days"
        return Text(
            f"{window.zh}有{op.zh} {count:,} 天{event.zh}{where.zh}",
            f"did {event.en}{where.en} on {op.en} {count:,} {days} {window.en}",
        )

    def _where(self, leaf: Behaviour) -> Text:
        told = [self._attribute(Attribute(attribute=column, values=values)) for column, values in leaf.where.items()]
        if not told:
            return Text("", "")
        return Text(f"（{'，'.join(t.zh for t in told)}）", f" ({', '.join(t.en for t in told)})")


_COMPARED: Mapping[str, Text] = MappingProxyType(
    {
        "gt": Text("大于", "above"),
        "gte": Text("不小于", "at least"),
        "lt": Text("小于", "below"),
        "lte": Text("不大于", "at most"),
    }
)


def _said_value(value: str | int | None, dimension: Dimension | None) -> Text:
    if value is None:
        return _NO_VALUE
    if value == THIS_MONTH:
        return Text("本月", "this month")
    for named in dimension.values if dimension else ():
        if str(named.id) == str(value):
            return named.names.text
    said = f"{value:,}" if isinstance(value, int) else str(value)
    return Text(said, said)


def _age(leaf: Attribute) -> Text:
    ages = [str(value) for value in leaf.values]
    if leaf.op == "between":
        return Text(f"注册 {ages[0]} 到 {ages[1]} 天", f"registered {ages[0]} to {ages[1]} days ago")
    if leaf.op in _COMPARED:
        op = _COMPARED[leaf.op]
        return Text(f"注册天数{op.zh} {ages[0]}", f"days since registration {op.en} {ages[0]}")
    no = "" if leaf.op == "in" else "不"
    not_ = "" if leaf.op == "in" else "not "
    return Text(f"注册天数{no}为 {'、'.join(ages)}", f"days since registration {not_}{' or '.join(ages)}")


def _window(days: int | None) -> Text:
    if days is None:
        return Text("历史上", "ever")
    if days == 1:
        return Text("当天", "on the day itself")
    return Text(f"近 {days:,} 天", f"in the last {days:,} days")


def _value(leaf: Value) -> Text:
    measure, window = _MEASURES[leaf.measure], _window(leaf.days)
    is_share = leaf.measure == "discount_share"
    if isinstance(leaf.value, tuple):
        low, high = (_number(value, is_share=is_share) for value in leaf.value)
        return Text(f"{window.zh}{measure.zh} {low} 到 {high}", f"{measure.en} {low} to {high} {window.en}")
    if leaf.op.endswith("_share"):
        share = _number(leaf.value, is_share=True)
        end = Text("前", "top") if leaf.op == "top_share" else Text("后", "bottom")
        return Text(
            f"{window.zh}{measure.zh}排在{end.zh} {share}（大于 0 的用户中）",
            f"in the {end.en} {share} by {measure.en} {window.en} (of users above 0)",
        )
    if not is_share and (leaf.op, leaf.value) in (("lte", 0), ("lt", 1)):
        return Text(f"{window.zh}{measure.zh}为 0", f"no {measure.en} {window.en}")
    op = Text("少于", "below") if leaf.op == "lt" else _OPS[leaf.op]
    number = _number(leaf.value, is_share=is_share)
    return Text(f"{window.zh}{measure.zh}{op.zh} {number}", f"{measure.en} {op.en} {number} {window.en}")


def _number(value: float, *, is_share: bool) -> str:
    return f"{round(value * 100, 6):g}%" if is_share else f"{value:,.15g}"


def _recency(leaf: Recency) -> Text:
    ((op, value),) = leaf.last_active_days.items()
    if isinstance(value, tuple):
        return Text(
            f"最近一次活跃在 {value[0]} 到 {value[1]} 天前",
            f"last active {value[0]} to {value[1]} days ago",
        )
    if op == "eq":
        return Text(f"最近一次活跃正好在 {value} 天前", f"last active exactly {value} days ago")
    said = _OPS[op]
    fewer = Text("不到", "less than") if op == "lt" else said
    return Text(f"最近一次活跃距今{fewer.zh} {value} 天", f"last active {fewer.en} {value} days ago")


def _steps(leaf: Steps) -> Text:
    names = [event_words(event) for event in leaf.sequence]
    window = _window(leaf.days)
    told = list(_rules(leaf))
    zh = f"（{'，'.join(t.zh for t in told)}）" if told else ""
    en = f" ({', '.join(t.en for t in told)})" if told else ""
    no = Text("没有", "did not do ") if leaf.negate else Text("", "did ")
    return Text(
        f"{window.zh}{no.zh}依次{' → '.join(n.zh for n in names)}{zh}",
        f"{no.en}{' → '.join(n.en for n in names)} in this order{en} {window.en}",
    )


def _rules(leaf: Steps) -> Iterable[Text]:
    if leaf.within_hours is not None:
        yield Text(f"{leaf.within_hours:g} 小时内", f"within {leaf.within_hours:g} hours")
    if leaf.within_seconds is not None:
        yield Text(f"{leaf.within_seconds:g} 秒内", f"within {leaf.within_seconds:g} seconds")
    if leaf.adjacent:
        yield Text("之间没有其他行为", "nothing else in between")
    if leaf.strict_time:
        yield Text("同一时刻不算先后", "equal times do not count")
