"""pandas: the payment funnel with its window, monthly cohorts and daily active users, from a frame of events."""

from __future__ import annotations

import sys

import pandas as pd

from benchmarks.peers.report import measured, versions

STEPS = ["checkout_view", "pay_method", "pay_submit", "pay_success"]
PASSIVE = ["register_start", "captcha_fail"]
DAY = pd.Timedelta(hours=24)


def main(path: str) -> None:
    """Load the events with names as categories, then the three questions."""
    versions("pandas", "pyarrow")
    events = measured("load 18 months", lambda: _load(path), rounds=1, figure=len)
    measured("dau, 90 days", lambda: _dau(events), figure=lambda s: int(s.sum()))
    measured("funnel 31 days, 24 h", lambda: _funnel(events, "2025-10-01", "2025-10-31"), figure=list)
    measured("funnel 18 months, 24 h", lambda: _funnel(events, "2024-07-01", "2025-12-31"), figure=list)
    measured("cohorts by month, 18 months", lambda: _cohorts(events), figure=lambda m: int(m.to_numpy().sum()))


def _load(path: str) -> pd.DataFrame:
    events = pd.read_parquet(path, columns=["user_id", "ts", "event", "register_month"], dtype_backend="numpy_nullable")
    events["event"] = events["event"].astype("category")
    return events


def _dau(events: pd.DataFrame) -> pd.Series:
    kept = events[(events.ts >= "2025-01-01") & (events.ts < "2025-04-01") & ~events.event.isin(PASSIVE)]
    return kept.assign(day=kept.ts.dt.floor("D"))[["day", "user_id"]].drop_duplicates().groupby("day").size()


def _funnel(events: pd.DataFrame, start: str, end: str) -> list[int]:
    """Each step's first time after the step before, by an as-of merge; users who got that far within the window."""
    after = pd.Timestamp(end) + pd.Timedelta(days=1)
    span = events[(events.ts >= start) & (events.ts < after + DAY) & events.event.isin(STEPS)]
    span = span[["user_id", "ts", "event"]].sort_values("ts")
    attempts = span[(span.event == STEPS[0]) & (span.ts < after)][["user_id", "ts"]].rename(columns={"ts": "t1"})
    attempts["at"] = attempts.t1
    counts = [attempts.user_id.nunique()]
    for step in STEPS[1:]:
        then = span[span.event == step][["user_id", "ts"]].rename(columns={"ts": "found"})
        merged = pd.merge_asof(
            attempts.sort_values("at"), then, left_on="at", right_on="found", by="user_id", direction="forward"
        )
        attempts = merged[merged.found <= merged.t1 + DAY].assign(at=lambda f: f.found)[["user_id", "t1", "at"]]
        counts.append(attempts.user_id.nunique())
    return [int(count) for count in counts]


def _cohorts(events: pd.DataFrame) -> pd.DataFrame:
    kept = events[events.register_month.notna() & ~events.event.isin(PASSIVE)][["user_id", "ts", "register_month"]]
    month = kept.ts.dt.year * 12 + kept.ts.dt.month
    seen = pd.DataFrame({"user_id": kept.user_id, "cohort": kept.register_month, "month": month}).drop_duplicates()
    seen["period"] = seen.month - seen.cohort
    return seen[seen.period >= 0].groupby(["cohort", "period"]).size().unstack(fill_value=0)


if __name__ == "__main__":
    main(sys.argv[1])
