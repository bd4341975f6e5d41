"""What is not answered however it is asked: forecasts, persons, actions, instructions to Yunce itself, data of others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planner.types import Decline, World
from assistant.planner.words import examples, metric_text, outside_data
from knowledge.text import Text

# fmt: off
_INJECTION = re.compile(
    r"(?:ignore|disregard|forget|override|bypass)[ a-z,']{0,30}(?:instruction|prompt|rule|guard|polic|restriction|"
        r"above|previous)|system prompt|developer (?:mode|message)|jailbreak|"
    r"your (?:instructions|prompt|system message|rules)|act as (?:a|an|if)|pretend (?:to be|you)|you are now|"
        r"reveal (?:your|the) |api[ _-]?key|"
    r"(?:忽略|无视|忘记|忘掉|绕过|不用管|跳过)[^,.，。]{0,12}(?:指令|指示|提示|规则|限制|设定|要求|约束)|"
        r"(?:系统|你的)提示词|系统指令|你的指令|假装你|扮演|你现在是|越狱|把你的(?:规则|设定|提示)|密钥|口令"
)
_SQL = re.compile(
    r"(?<![a-z])(?:drop|truncate|alter|create|grant) +(?:table|database|schema|view|index|user|all)|delete +from|"
        r"insert +into|update +[a-z_]+ +set|select +(?:\*|[a-z_.,* ]+) +from|union +(?:all +)?select|(?:pragma|attach|"
        r"copy) +[a-z_']|"
    r"information_schema|sqlite_master|duckdb_|;--|--;|/\*|xp_cmdshell|read_csv|<script|javascript:|\bor +1 *= *1|"
        r"跑(?:一条|一个|下)?sql|执行(?:一条|一个|下)?sql|写(?:一条|一个|段)?sql|run (?:a |this |some )?sql|sql query"
)
_PERSON = re.compile(
    r"手机号|手机号码|电话|联系方式|邮箱|身份证|真实姓名|姓名|名单|住址|收货地址|家庭住址|银行卡|微信号|昵称|"
        r"qq号|个人信息|用户明细|用户列表|用户名|(?<!第一名)(?<!第二名)(?<!第三名)(?<!最后一名)(?<!冠军)(?<!榜首)(?<!倒数第一)是谁|"
        r"前(?:\d+|[一二两三五十百]+)(?:个|名|位)?的?(?:付费|活跃|消费)?(?:用户|人|客户|买家)(?!数|收入|留存|占|群|画像|类|分|最|多)|"
        r"最[高多大](?:的)?(?:\d+|[一二两三五十百]+)?(?:个|名|位)?的?(?:用户|人|客户|买家)(?:是|有?哪|$)|哪[个位](?:用户|客户|买家)(?!群|画像|类|分)|谁买了|谁花了|谁是|具体是哪些(?:人|用户)|哪些用户(?:买|下单|"
        r"付)|"
    r"(?<!新增|注册|活跃|付费)(?<!新)(?:用户|会员|客户|uid|user ?id|id)(?:id|号|为|是|[ #:：])*(?<!\d)(?!20\d\d ?[-/.年])\d{3,}|"
    r"导出[^,.]{0,12}(?:用户|名单|手机|明细)|"
    r"(?<![a-z])(?:(?:top|bottom|best|biggest)[ -]?(?:\d+|ten|five|three|twenty|hundred)? ?(?:individual )?(?:users|customers|"
        r"buyers|spenders|people|payers|members)(?! (?:count|rate|number|by channel|by platform|by province))|"
        r"(?:which|what) (?:user|customer|buyer|person|member)(?= )|"
    r"which (?:users|customers|buyers|people|members) [a-z ]{0,20}(?:most|highest|best|top)|phone numbers?|(?:their|users'?|whose) phones?|"
    r"telephone|"
    r"mobile numbers?|e-?mail addresses|emails of|email of|addresses|"
        r"home address|(?:full |real |first |last )?names? (?:and|of (?:the|our|these|those|all|every|users|people|"
        r"customers))|contact (?:details|info|data|list)|contacts|personal (?:data|information|details)|date of birth|"
        r"passport|id card|"
    r"user ?ids?(?![a-z])|list of (?:the )?(?:users|people|customers)|who (?:are|is|were) (?:the|our|these|those|"
        r"they)|(?:user|customer|member|account)(?: number| id| no\.?|[ #:])+ ?(?!20\d\d[-/.]\d)\d{3,}|export (?:the |all |"
        r"our )?(?:users|customers|people|list)|individual users|credit card)(?![a-z])"
)
_SELF = re.compile(
    r"^(?:请问)?(?:你|您)(?:到底)?(?:是谁|叫什么|是什么|是干什么的|是做什么的|是机器人)|(?:自我)?介绍一下(?:你|您)?自己|自我介绍|"
    r"^(?:hi,? |hello,? )?(?:who|what) (?:exactly )?are you(?! doing)|^what's your name|^what is your name|"
    r"^are you (?:a|an) |introduce yourself"
)
_FORECAST = re.compile(
    r"预测|预估|预计|预判|预期会|会达到|能达到多少|能做到多少|将会|将达到|未来|估计会|有望|推算|外推|展望|"
    r"(?<![a-z])(?:forecasts?|forecasting|predict(?:s|ed|ion|ions|ing)?|projections?|projected|project (?:the |"
        r"our )|will (?:be|we|our|the|it|there|[a-z]+ (?:be|reach|hit|grow))|expect(?:ed|s|ation)? (?:to|next|for|in|"
        r"gmv|revenue|dau)|estimate (?:for )?next|outlook|going to be|run[ -]rate|extrapolate|"
        r"by the end of next)(?![a-z])"
)
_ACTION = re.compile(
    r"(?:给|向|对|为)[^,.]{1,20}(?:发(?!布|生|展|现)|推送一|群发|下发|派发|寄|打电话|充值|送(?!达))|群发|"
        r"(?:帮我|请|直接|马上|立刻|立即|赶紧|现在就?)(?:发(?!布量|"
        r"送量)|推送|发送|删|停|关|上线|下线|暂停|启动|投放|充|改|群发|创建活动|调整|下架|封)|"
    r"把[^,.]{1,20}(?:删|停掉|关掉|关停|下线|上线|暂停|停了|删了|清空|封禁|封号|下架|改为(?!按)|改成(?!按|周|"
        r"月|日|天|季)|调高|调低|翻倍|加到|降到|提高到|发给|发到|推给)|删除|删掉|清空(?!条件|筛选)|封号|封禁|"
    r"^(?:发送?(?!量|数|率|达|出|布|的)|停掉|关掉|暂停|上线|下线)|^推送(?:一条|给|到|消息给|优惠|活动给|通知给)|"
    r"(?:(?<![a-z])(?:please |can you |could you |go |just |and )|^)(?:send (?!volume|rate)|delete|remove all|"
        r"drop the|update the|change the (?:budget|price|target)|set the|pause|stop the|launch|start the|turn off|"
        r"turn on|push (?:a|the|this|out)|e-?mail (?:all|the|our|every)|message (?:all|the|our|every)|notify|"
        r"text (?:all|the|our)|ban|block|publish|schedule|shut down|give (?:every|each|all) |refund (?:all|the|every)|"
        r"cancel|increase the budget|cut the budget|raise the budget|issue (?:a|coupons)|buy |call )|"
    r"(?<![a-z])send (?:a|an|the|them|out|all|every|each|coupons?|push|sms|an? email|it|this)(?![a-z])"
)
_OTHERS = re.compile(
    r"竞品|竞争对手|对手|同行|友商|行业(?:平均|均值|水平|基准)|行业|市场份额|市占率|市场占有|占有率|大盘市场|"
        r"别家|其他公司|(?<![,，外后])其他平台的|美团|抖音电商|拼多多|淘宝|京东|"
    r"(?<![a-z])(?:competitors?'?s?|competition|rivals?|industry|market share|benchmarks?|other companies|peers|"
        r"amazon|shein|temu|stock price|weather)(?![a-z])|天气|股价|汇率"
)
# fmt: on


def refuse(text: str, world: World, metrics: list[str]) -> Decline | None:
    """Return the refusal that a normalised question calls for, or None. ``metrics`` are those it names, offered instead."""
    names, usual = tuple(metric_text(world, m) for m in metrics[:2]), tuple(examples(world))
    near = names or (usual[0], usual[-1])
    if _INJECTION.search(text) or _SQL.search(text):
        return Decline(
            Text(
                "我只回答关于运营数据的问题：不执行改变自身设定的指令，也不运行任意 SQL。数据是只读的。",
                (
                    "I only answer questions about the operating data: instructions that change how I work and free "
                    "SQL are not carried out. The data is read-only."
                ),
            ),
            near,
        )
    if _SELF.search(text):
        return Decline(
            Text(
                "我是云策，运营数据助手：查指标、拆分、对比、趋势和排名，说明指标怎么算。只给出有据可查的数字，不做预测，不替人执行动作。",
                "I am Yunce, an assistant for operating data: metrics, splits, comparisons, trends and rankings, and how a "
                "metric is defined. Only figures that can be traced; no forecasts, no actions.",
            ),
            (usual[0], usual[-1], *usual[1:2]),
        )
    if _PERSON.search(text):
        return Decline(
            Text(
                "不提供个人的数据或联系方式，只提供汇总数字。可以看某类用户的人数或指标。",
                "Data on single persons and contact details are not given, only aggregates. Numbers about a group of users are available.",
            ),
            near,
        )
    if _ACTION.search(text):
        return Decline(
            Text(
                "我只做分析，不替人执行动作：不发送、不删除、不修改、不启停活动。可以先看相关的数据。",
                "I analyse; I do not act: nothing is sent, deleted, changed, started or stopped. The figures behind it can be looked at.",
            ),
            near,
        )
    return _beyond(text, world, names)


def _beyond(text: str, world: World, names: tuple[Text, ...]) -> Decline | None:
    usual = examples(world)
    if _OTHERS.search(text):
        return Decline(
            Text(
                "这里只有自己平台的数据，没有竞品、行业或市场的数据，不能比较或代答。",
                "Only our own platform's data is here, none on competitors, the industry or the market.",
            ),
            names or (usual[0], usual[-1]),
        )
    return forecast(world, names) if _FORECAST.search(text) else None


_YEAR = re.compile(r"(?<!\d)(?:20\d\d(?!\d)|\d\d年)")


def not_come(text: str, world: World, metrics: Sequence[str]) -> Decline:
    """Return the refusal for days to come: where their year is said (2026年1月) the dates there are, else that none are foreseen."""
    return (
        outside_data(world.clock)
        if _YEAR.search(text)
        else forecast(world, tuple(metric_text(world, m) for m in metrics))
    )


def forecast(world: World, near: tuple[Text, ...] = ()) -> Decline:
    """Return the refusal for numbers of days that have not come, with the nearest thing: the metric to date."""
    choices = tuple(Text(f"{n.zh}近30天趋势", f"{n.en} trend last 30 days") for n in near)
    choices = choices or (examples(world)[0], examples(world)[-1])
    return Decline(
        Text(
            "不做预测：只给出已经发生的数据。可以看该指标到目前为止的数字和趋势。",
            "No forecasts are made: only what has happened is reported. The metric to date and its trend are available.",
        ),
        choices,
    )
