"""A workspace with a metric of its own: the entry, its measure, and its fixture, sound until a test breaks one of them."""

from __future__ import annotations

from pathlib import Path

MEASURE = "- {id: busy_minutes, source: actions, aggregate: sum, of: [duration_s / 60.0], where: event = 'app_open'}\n"
ENTRY = """\
- id: minutes_in_app
  names: {zh: 应用内总时长, en: Minutes in the app}
  synonyms: {zh: [应用内时长], en: [in-app minutes]}
  definition: {zh: 打开应用的总分钟数, en: Minutes of all app opens}
  formula: sum(duration_s) / 60 of app_open
  unit: minutes
  direction: up
  family: scale
  measure: busy_minutes
  dimensions: [channel, gender, city_tier, platform]
  owner: shop
  version: 1
  status: vetted
  test: fixtures/minutes_in_app.yaml
"""
FIXTURE = """\
metric: minutes_in_app
data_start: 2025-01-01
as_of: 2025-01-10
tables:
  users: |
    user_id registered_at    channel
    1       2025-01-01T08:00 kol
    2       2025-01-02T08:00 -
  events: |
    user_id ts               event    duration_s
    1       2025-01-02T08:00 app_open 90
    1       2025-01-02T09:00 like     600    # not an app_open
    2       2025-01-03T09:00 app_open -
    2       2025-01-04T09:00 app_open 30
cases:
  - why: only app opens count
    params: {start: 2025-01-01, end: 2025-01-04}
    expect: [{minutes_in_app: 2.0}]
  - why: by channel, null apart
    params: {start: 2025-01-01, end: 2025-01-04, dimensions: [channel]}
    expect:
      - {channel: kol, minutes_in_app: 1.5}
      - {channel: null, minutes_in_app: 0.5}
check_sql: |
  SELECT sum(duration_s) / 60.0 FROM events
  WHERE event = 'app_open' AND ts::DATE BETWEEN $start::DATE AND $end::DATE
"""


def write_own(home: Path, *, measure: str = MEASURE, entry: str = ENTRY, fixture: str | None = FIXTURE) -> Path:
    """Write the entry with its measure and fixture under ``home`` and return the catalog folder."""
    folder = home / "catalog"
    (folder / "fixtures").mkdir(parents=True, exist_ok=True)
    (folder / "measures.yaml").write_text(measure, encoding="utf-8")
    (folder / "shop.yaml").write_text(entry, encoding="utf-8")
    if fixture is not None:
        (folder / "fixtures" / "minutes_in_app.yaml").write_text(fixture, encoding="utf-8")
    return folder
