"""The world in which the story happens: places, goods, campaigns, what people do on a visit and what they search for.

None of it is planted; it only has to look right. Shares are per million, money is in fen, days are dates.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from tools.demo.story import AS_OF, DATA_START


class Campaign(NamedTuple):
    """A campaign: its purpose, its days, and how it shows in the data.

    Attributes:
        channel: the channel that it buys sign-ups on; None where it runs on several or on none.
        share: of the sign-ups of its channel (acquire) or of the orders of its days (monetise), per million.
        roi_pct: the return on its cost that its spend is set from, in percent; None where it costs nothing.
            It is a part of what its channel spends anyhow; only summer_flash comes on top.
        budget: CNY at 60,000 users, where it has no cost to take it from.
    """

    campaign_id: str
    name: str
    goal: str
    channel: str | None
    start: date
    end: date
    share: int = 0
    roi_pct: int | None = None
    budget: int = 0


def _day(text: str) -> date:
    return date.fromisoformat(text)


CAMPAIGNS: Final = (
    Campaign("new_season_2024", "新生活季", "acquire", "short_video", DATA_START, _day("2024-12-31"), 450_000, 230),
    Campaign("spring_arrivals", "春日上新", "acquire", "short_video", _day("2025-01-01"), _day("2025-03-31"), 450_000, 220),
    Campaign("gravity", "引力场计划", "acquire", None, _day("2025-04-01"), _day("2025-07-31"), 700_000, 240),
    Campaign("autumn_finds", "秋日好物", "acquire", "short_video", _day("2025-09-01"), AS_OF, 450_000, 260),
    Campaign("steady_feed_2024", "长效投放2024", "acquire", "feed_ads", DATA_START, _day("2024-12-31"), 400_000, 180),
    Campaign("steady_feed_2025", "长效投放2025", "acquire", "feed_ads", _day("2025-01-01"), _day("2025-06-30"), 400_000, 190),
    Campaign("year_end_sprint", "年末冲刺", "acquire", "feed_ads", _day("2025-10-01"), AS_OF, 400_000, 210),
    Campaign("brand_search", "品牌词护航", "acquire", "search", DATA_START, AS_OF, 450_000, 310),
    Campaign("store_featured", "应用商店精选", "acquire", "app_store", _day("2024-09-01"), AS_OF, 450_000, 280),
    Campaign("creator_partners", "达人同行", "acquire", "kol", DATA_START, _day("2025-03-31"), 500_000, 250),
    Campaign("life_lab", "达人生活实验室", "acquire", "kol", _day("2025-09-01"), AS_OF, 500_000, 290),
    Campaign("circle_builders", "圈子共建", "acquire", "community", _day("2025-02-01"), AS_OF, 450_000, 340),
    Campaign("joint_benefits", "联名权益", "acquire", "alliance", _day("2024-10-01"), AS_OF, 450_000, 260),
    Campaign("city_popup", "城市快闪", "acquire", "offline", _day("2025-03-01"), _day("2025-10-31"), 500_000, 240),
    Campaign("invite_gift", "邀请有礼", "acquire", "referral", DATA_START, AS_OF, 600_000, 380),
    Campaign("double11_2024", "2024双11狂欢", "monetise", None, _day("2024-11-01"), _day("2024-11-11"), 40_000, 520),
    Campaign("new_year_goods", "年货节", "monetise", None, _day("2025-01-06"), _day("2025-01-26"), 160_000, budget=30_000),
    Campaign("goddess_day", "女神节", "monetise", None, _day("2025-03-03"), _day("2025-03-09"), 180_000, budget=30_000),
    Campaign("spring_outing", "春日露营季", "monetise", None, _day("2025-04-14"), _day("2025-05-05"), 130_000, budget=30_000),
    Campaign("summer_flash", "夏日闪购", "monetise", None, _day("2025-08-01"), _day("2025-08-31"), 90_000, 90),
    Campaign("back_to_school", "开学季", "monetise", None, _day("2025-09-01"), _day("2025-09-14"), 140_000, budget=30_000),
    Campaign("double11", "双11狂欢", "monetise", None, _day("2025-11-01"), _day("2025-11-11"), 40_000, 600),
    Campaign("thanks_season", "年终感恩季", "monetise", None, _day("2025-12-15"), AS_OF, 140_000, budget=30_000),
    Campaign("spark", "星火计划", "activate", None, _day("2025-07-01"), AS_OF, budget=180_000),
    Campaign("weekly_digest", "每周精选", "retain", None, DATA_START, AS_OF, budget=60_000),
    Campaign("member_day", "会员日", "retain", None, DATA_START, AS_OF, budget=120_000),
    Campaign("winback_personalised", "个性化唤醒", "win_back", None, _day("2025-10-01"), AS_OF, budget=40_000),
    Campaign("winback_template", "模板唤醒", "win_back", None, _day("2025-10-01"), AS_OF, budget=20_000),
)  # fmt: skip
"""An acquiring campaign's channels: its own, or both of gravity's. Windows on one channel do not overlap."""

GRAVITY_CHANNELS: Final = ("short_video", "kol")

EXPERIMENTS: Final = (
    (
        "onboarding_3_tasks", "新手任务5改3", "把新手任务从5个减到3个，能让更多新用户完成并在第7天回来",
        "retention_d7", _day("2025-03-01"), _day("2025-03-31"),
    ),
    (
        "push_evening_slot", "推送改到晚间", "把推送从上午改到晚间，消息点击率会更高",
        "click_rate", _day("2025-05-12"), _day("2025-06-08"),
    ),
    (
        "winback_personalised", "按偏好唤醒", "按过去的偏好写唤醒内容，比统一模板唤回更多沉睡用户",
        "reactivation_rate", _day("2025-10-01"), AS_OF,
    ),
)  # fmt: skip

PROVINCES: Final = (
    ("广东", 112, (1, 1, 1, 2, 3, 3, 4, 4, 5)), ("江苏", 78, (2, 2, 2, 3, 3, 4)), ("山东", 66, (2, 3, 3, 4, 4, 5)),
    ("浙江", 70, (2, 2, 3, 3, 4, 4)), ("河南", 58, (2, 3, 4, 4, 5, 5)), ("四川", 64, (2, 2, 3, 4, 5, 5)),
    ("北京", 52, (1,)), ("上海", 56, (1,)), ("湖北", 46, (2, 2, 3, 4, 5)), ("湖南", 44, (2, 3, 4, 4, 5)),
    ("河北", 40, (3, 3, 4, 4, 5)), ("福建", 38, (2, 3, 3, 4)), ("安徽", 38, (2, 3, 4, 5)),
    ("辽宁", 30, (2, 2, 4, 5)), ("陕西", 30, (2, 2, 4, 5)), ("江西", 26, (3, 4, 4, 5)), ("重庆", 30, (2, 2, 3)),
    ("广西", 22, (3, 4, 4, 5)), ("云南", 20, (3, 4, 5, 5)), ("天津", 18, (2,)), ("黑龙江", 18, (3, 4, 5)),
    ("山西", 17, (3, 4, 5)), ("吉林", 13, (3, 4, 5)), ("贵州", 13, (3, 4, 5)), ("内蒙古", 11, (3, 4, 5)),
    ("新疆", 10, (3, 4, 5)), ("甘肃", 9, (3, 4, 5)), ("海南", 8, (3, 4, 5)), ("宁夏", 4, (4, 5)), ("青海", 3, (4, 5)),
    ("西藏", 2, (4, 5)),
)  # fmt: skip
"""Weight per province and the city tiers found there, each as often as it is listed."""

GOODS: Final = (
    ("books", 140, 6_800), ("fitness", 120, 18_800), ("outdoor", 80, 32_900), ("beauty", 180, 16_900),
    ("home", 140, 14_900), ("food", 200, 8_900), ("digital", 60, 46_900), ("education", 80, 29_900),
)  # fmt: skip
"""Category, share of the orders per mille, and price in fen of an ordinary basket."""

CREATIVES: Final = {
    "short_video": ("短视频-真人口播", "短视频-好物开箱", "短视频-剧情反转"),
    "feed_ads": ("信息流-九宫格大促", "信息流-单图好价", "信息流-达人笔记"),
    "search": ("搜索-品牌词", "搜索-品类词", "搜索-场景词"),
    "app_store": ("商店-首屏截图A", "商店-首屏截图B", "商店-视频预览"),
    "kol": ("达人-生活日常", "达人-专业测评", "达人-直播切片"),
    "community": ("社区-露营圈", "社区-读书圈", "社区-健身圈"),
    "alliance": ("联盟-咖啡联名", "联盟-健身房联名", "联盟-影院联名"),
    "offline": ("线下-商圈快闪", "线下-门店台卡", "线下-校园驿站"),
    "organic": (),
    "referral": ("裂变-好友红包", "裂变-组队打卡", "裂变-亲友会员"),
}

KEYWORDS: Final = (
    "露营装备", "减脂餐", "瑜伽垫", "收纳", "读书笔记", "防晒", "咖啡豆", "跑步鞋", "护肤流程", "周末去哪", "早餐机",
    "徒步路线", "香薰", "筋膜枪", "绿植", "手冲咖啡", "敏感肌", "亲子阅读", "机械键盘", "旧物改造", "健身计划",
    "帐篷", "写作课", "拍照姿势",
)  # fmt: skip
FEATURES: Final = ("smart_feed", "topic_circle", "live_room", "skill_class", "wish_list", "local_guide")

HOURS: Final = tuple(
    hour
    for hour, weight in enumerate((1, 1, 0, 0, 0, 1, 2, 4, 5, 5, 5, 5, 7, 6, 4, 4, 4, 4, 5, 7, 9, 10, 8, 3))
    for _ in range(weight)
)
"""A hundred hours of the day, each as often as people come in it."""

PERSONAS: Final = ("reader", "shopper", "creator", "social", "learner")


class Slot(NamedTuple):
    """One thing that may happen on a visit: its chance per persona, the visit of the day, seconds, core features."""

    event: str
    chances: tuple[int, int, int, int, int]
    session: int = 1
    seconds: tuple[int, int] = (0, 0)
    featured: bool = False


SLOTS: Final = (
    Slot("app_open", (1_000_000,) * 5, 1, (10, 90)),
    Slot("content_view", (560_000, 480_000, 620_000, 620_000, 600_000), 1, (120, 900), featured=True),
    Slot("content_view", (180_000, 140_000, 240_000, 260_000, 240_000), 1, (60, 700), featured=True),
    Slot("like", (110_000, 80_000, 220_000, 620_000, 120_000)),
    Slot("like", (20_000, 10_000, 60_000, 420_000, 20_000)),
    Slot("comment", (40_000, 30_000, 120_000, 380_000, 40_000), 1, (15, 120)),
    Slot("share", (28_000, 30_000, 60_000, 160_000, 28_000)),
    Slot("search", (60_000, 160_000, 60_000, 50_000, 280_000), 1, (10, 120), featured=True),
    Slot("consult", (12_000, 40_000, 10_000, 10_000, 150_000), 1, (60, 600), featured=True),
    Slot("help_answer", (3_000, 2_000, 40_000, 25_000, 30_000), 1, (60, 400)),
    Slot("checkin", (130_000, 150_000, 180_000, 200_000, 260_000), featured=True),
    Slot("content_publish", (5_000, 3_000, 260_000, 30_000, 12_000), 1, (120, 1200)),
    Slot("app_open", (1_000_000,) * 5, 2, (10, 90)),
    Slot("content_view", (600_000,) * 5, 2, (90, 800), featured=True),
)
