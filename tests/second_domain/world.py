"""The web site's catalog, a tiny warehouse of its visits, and the world that questions are read in."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.planner.types import Clock, StoredValue, World
from knowledge.catalog.load import Catalog, load_catalog
from tests.tools.warehouse_fixture import build_warehouse
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.receipts import ReceiptStore
from tools.toolbox import TOOLS
from tools.warehouse.door import Warehouse

FOLDER = Path(__file__).parent
CLOCK = Clock(today=date(2026, 3, 18), as_of=date(2026, 3, 17), data_start=date(2025, 1, 1))
"""The business date is a Wednesday whose day before is the last one loaded."""
_MORNING = datetime.combine(CLOCK.data_start, time(9))
_SOURCES = ("direct", "seo", "sem", "social", "mail", "partner")
_DEPARTMENTS = ("hr", "sales", "marketing", "strategy", "rnd")
_PAGES = ("/home", "/pricing", "/docs", "/blog", "/jobs")
_BROWSERS = ("chrome", "safari", "edge", "firefox")
VALUES = {
    "department": _DEPARTMENTS,
    "source": _SOURCES,
    "page": _PAGES,
    "device": ("desktop", "mobile", "tablet"),
    "browser": _BROWSERS,
}


@lru_cache
def catalog() -> Catalog:
    """Return the web site's catalog."""
    return load_catalog(folder=FOLDER / "catalog").with_unvetted()


def world() -> World:
    """Return the world without a warehouse: the stored values are those that ``rows`` makes."""
    values = {name: tuple(StoredValue(value) for value in held) for name, held in VALUES.items()}
    return World(catalog(), CLOCK, values, frozenset(TOOLS))


def rows(seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    """Return some 60 visitors and their visits over the data's days, the same for the same seed."""
    pick = random.Random(seed)
    days = (CLOCK.as_of - CLOCK.data_start).days
    users = [
        {
            "user_id": n,
            "registered_at": _MORNING + timedelta(pick.randrange(days)),
            "channel": pick.choice(_SOURCES),
            "province": pick.choice(_DEPARTMENTS),
        }
        for n in range(1, 61)
    ]
    events: list[dict[str, Any]] = []
    for visit in range(1200):
        user = pick.choice(users)
        start = _MORNING + timedelta(days=pick.randrange(days + 1), minutes=pick.randrange(600))
        pages = pick.choice((1, 1, 2, 3, 5))
        device, browser = pick.choice(VALUES["device"]), pick.choice(_BROWSERS)
        common = {"user_id": user["user_id"], "session_id": visit, "platform": device, "app_version": browser}
        for n in range(pages):
            when = start + timedelta(minutes=n)
            bounce = "bounce" if pages == 1 else None
            seconds = pick.randrange(5, 300)
            page = pick.choice(_PAGES)
            events.append(
                {**common, "ts": when, "event": "page_view", "feature": page, "duration_s": seconds, "keyword": bounce}
            )
        if pick.random() < 0.1:
            events.append({**common, "ts": start, "event": "sign_up", "feature": "/pricing"})
    return {"users": users, "events": events}


def build(home: Path) -> SemanticLayer:
    """Publish the warehouse under ``home`` and return the semantic layer over it."""
    path = build_warehouse(
        home, rows(), data_start=CLOCK.data_start, as_of=CLOCK.as_of, business_date=CLOCK.today, snapshot="visits"
    )
    return SemanticLayer(catalog(), Warehouse(path), ReceiptStore(home))
