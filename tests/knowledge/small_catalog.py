"""A small catalog written into a folder of a test's own, sound until the test breaks it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge.catalog import Catalog, load_catalog
from knowledge.catalog.pins import Pin, write_pins

FILES = {
    "sources.yaml": """\
- {id: activity, table: active_days, date: event_date, user: user_id, own: {platform: platform}}
- {id: orders, table: orders, date: order_date, user: user_id}
""",
    "dimensions.yaml": """\
- id: channel
  names: {zh: 渠道, en: channel}
  kind: attribute
  column: channel
  values:
    - {id: kol, names: {zh: 达人, en: KOL}}
    - {id: search, names: {zh: 搜索, en: Search}}
- {id: platform, names: {zh: 平台, en: platform}, kind: attribute, column: platform}
""",
    "measures.yaml": """\
- {id: active_users, source: activity, aggregate: count_distinct, of: [user_id]}
- {id: takings, source: orders, aggregate: sum, of: [amount]}
- id: big_takings
  source: orders
  aggregate: sum
  of: [amount]
  where: amount > 100
""",
    "segments.yaml": """\
- {id: reached, names: {zh: 触达, en: Reached}, definition: {attribute: channel, values: [kol]}}
- {id: lost, names: {zh: 流失, en: Lost}, definition: {not: {segment: reached}}}
""",
    "metrics/people.yaml": """\
- id: visitors
  names: {zh: 访客, en: Visitors}
  synonyms: {zh: [来客], en: [guests]}
  definition: {zh: 活跃的用户数, en: Distinct active users}
  formula: distinct users
  unit: users
  direction: up
  family: scale
  measure: active_users
  dimensions: [user]
  owner: shop
  version: 1
  status: vetted
  test: fixtures/visitors.yaml
""",
    "metrics/money.yaml": """\
- id: sales
  names: {zh: 销售额, en: Sales}
  synonyms: {zh: [营业额], en: [turnover]}
  definition: {zh: 订单金额之和, en: Sum of the orders}
  formula: sum(amount)
  unit: CNY
  direction: up
  family: revenue
  measure: takings
  dimensions: [channel]
  owner: shop
  version: 1
  status: vetted
  test: fixtures/sales.yaml

- id: big_share
  names: {zh: 大单占比, en: Share of big orders}
  synonyms: {zh: [大额占比], en: [big orders]}
  definition: {zh: 大额订单的金额占比, en: Big orders over all}
  formula: big / all
  unit: ratio
  direction: up
  family: revenue
  numerator: big_takings
  denominator: takings
  dimensions: [channel]
  owner: shop
  version: 1
  status: vetted
  test: fixtures/big_share.yaml
""",
}
METRICS = ("sales", "big_share", "visitors")


def write_catalog(folder: Path, *, pinned: bool = True) -> Path:
    """Write the catalog into ``folder``, with a pin of every metric unless told otherwise, and return the folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if pinned:
        pin_all(folder)
    return folder


def pin_all(folder: Path) -> None:
    """Pin every metric that can be read, as if it had been proved."""
    catalog = load(folder).with_unvetted()
    pins = {
        m.id: Pin.of(m.id, m.version, catalog.parts(m), by="Mei Lin", when=date(2025, 11, 20))
        for m in catalog.metrics.values()
    }
    write_pins(folder, pins, known=pins)


def load(folder: Path) -> Catalog:
    """Return the catalog of the folder, as it is now."""
    return load_catalog(folder=folder)


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace ``old``, which stands once in the file, and return the line of the change."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (name, old)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def append(folder: Path, name: str, text: str) -> int:
    """Add to the end of a file and return the first line added."""
    path = folder / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1
