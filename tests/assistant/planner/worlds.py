"""Worlds to ask questions in: the demo's values and clock, with the whole catalog or with its first metrics only."""

from __future__ import annotations

from datetime import date

from assistant.planner.analysis_words import ANALYSES
from assistant.planner.types import Clock, StoredValue, World
from knowledge.catalog.load import Catalog, load_catalog

#: The metrics that the questions of this folder were written for; later ones must not change what these mean.
FIRST_METRICS = [
    "dau",
    "wau",
    "mau",
    "active_users",
    "stickiness",
    "new_users",
    "activation_rate",
    "retention_d1",
    "retention_d7",
    "retention_d30",
    "gmv",
    "revenue",
    "orders",
    "paying_users",
    "paid_conversion",
    "arpu",
    "arppu",
    "aov",
    "cost",
    "ctr",
    "cac",
    "roi",
]
_PROVINCES = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 "
    "海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆"
)
_CAMPAIGNS = {
    "gravity": "引力场计划",
    "spark": "星火计划",
    "summer_flash": "夏日闪购",
    "winback_personalised": "个性化唤醒",
    "winback_template": "模板唤醒",
}


def small_catalog() -> Catalog:
    """Return the catalog with the first metrics only."""
    whole = load_catalog()
    return Catalog(whole.sources, whole.dimensions, whole.measures, {m: whole.metrics[m] for m in FIRST_METRICS})


def demo_world(
    catalog: Catalog | None = None,
    *,
    today: date = date(2025, 12, 31),
    as_of: date | None = None,
    creatives: int = 0,
    analyses: bool = False,
    segments: bool = False,
) -> World:
    """Return a world with the demo's stored values, its clock, the catalog's three tools; analyses and segments if asked."""
    catalog = catalog or load_catalog()
    values = {d.id: tuple(StoredValue(v.id) for v in d.values) for d in catalog.dimensions.values() if d.values}
    if not segments:
        values.pop("segment", None)
    values["province"] = tuple(StoredValue(name) for name in _PROVINCES.split())
    values["app_version"] = tuple(StoredValue(f"5.{n}.0") for n in range(9))
    values["campaign"] = tuple(StoredValue(key, (name,)) for key, name in _CAMPAIGNS.items())
    values["experiment"] = (
        StoredValue("onboarding_3_tasks", ("新手任务精简",)),
        StoredValue("winback_personalised", ("个性化唤醒",)),
    )
    if creatives:
        values["creative"] = tuple(StoredValue(f"banner_{n:04d}_autumn") for n in range(creatives))
    clock = Clock(today, as_of or today, date(2024, 7, 1))
    tools = {"query_metrics", "list_metrics", "describe_metric", *(ANALYSES if analyses else ())}
    return World(catalog, clock, values, frozenset(tools))
