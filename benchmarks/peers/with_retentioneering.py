"""Retentioneering 5: an event stream in memory; its funnel has no conversion window."""

from __future__ import annotations

import os
import sys

os.environ["RETENTIONEERING_NO_TRACK"] = "1"  # before the import: it decides there whether to send anything

import pandas as pd
from retentioneering import Eventstream

from benchmarks.peers.report import measured, versions

STEPS = ["checkout_view", "pay_method", "pay_submit", "pay_success"]
SCHEMA = {"path_cols": ["user_id"], "event_col": "event", "timestamp_col": "ts"}


def main(path: str) -> None:
    """Load the events and build the funnel of the payment over 31 days, then over all."""
    versions("retentioneering", "pandas", "duckdb")
    first, last = (pd.Timestamp(day).date() for day in ("2025-10-01", "2025-10-31"))
    _funnel(path, "31 days", [("event_date", ">=", first), ("event_date", "<=", last)])
    _funnel(path, "18 months", None)


def _funnel(path: str, span: str, filters: list[tuple[str, str, object]] | None) -> None:
    columns = ["user_id", "ts", "event"]

    def load() -> Eventstream:
        return Eventstream(pd.read_parquet(path, columns=columns, filters=filters), SCHEMA)

    stream = measured(f"load {span}", load, rounds=1)
    measured(f"funnel {span}, no window", lambda: stream.funnel_data(STEPS), figure=_paths)


def _paths(found: dict) -> list[int]:
    return [step["unique_paths"] for step in found["steps"]]


if __name__ == "__main__":
    main(sys.argv[1])
