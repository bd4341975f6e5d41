"""The tables of the peers of other kinds, beside our own time for the same question at the full size."""

from __future__ import annotations

from typing import Any

TITLES = {
    "retentioneering": "Retentioneering 5",
    "pandas": "pandas",
    "bsl": "boring-semantic-layer",
    "chdb": "chDB",
}
OURS = {
    "dau, 90 days": "dau/days",
    "dau, 90 days, raw": "dau/days",
    "dau, 90 days, rollup": "dau/days",
    "mau, 18 months": "mau/months",
    "mau, 18 months, raw": "mau/months",
    "mau, 18 months, rollup": "mau/months",
    "active users of a month": "active_users/month",
    "active users of a month, raw": "active_users/month",
    "active users of a month, rollup": "active_users/month",
    "active users by platform, a month, raw": "active_users/split",
    "gmv by month, 18 months": "gmv/months",
    "gmv by category, a month": "gmv/split",
    "paying users by day, 90 days": "paying_users/days",
    "funnel 31 days, 24 h": "funnel_payment_31_days",
    "funnel 18 months, 24 h": "funnel_payment_18_months",
    "funnel 31 days, no window": "funnel_payment_31_days",
    "funnel 18 months, no window": "funnel_payment_18_months",
    "cohorts by month, 18 months": "retention_month_18_months",
}
NOT_THE_SAME = ("cohorts by month",)
"""Tasks whose figures are sums over other cells than ours and are not compared."""
NOTES = (
    "- **Retentioneering 5** (5.2.4, Apache-2.0, last release 2026-10): an event stream in memory over pandas and DuckDB. It has",
    "  no retention cohorts and no conversion window: its funnel counts a path whenever the steps come in order, and that its",
    "  figures are near ours is the demo's doing. It sends usage to PostHog unless",
    "  `RETENTIONEERING_NO_TRACK` is set before it is imported: it is.",
    "- **pandas** (3.1.1, BSD-3-Clause, 2026-11): a frame of four columns; the funnel by as-of merges, cohorts by month of",
    "  registration.",
    "- **boring-semantic-layer** (0.3.18, MIT, 2026-08) over ibis 11: plain sums and distinct counts on the same file; no",
    "  retention, funnel or rolling count. It picks no rollup by itself: it was pointed at `active_days` for the second figure.",
    "- **chDB** (4.4.0 with core 26.9.0, Apache-2.0, 2026-09): hand-written ClickHouse SQL on a MergeTree table ordered by user",
    "  and time. `windowFunnel` gives users per step and no median times.",
)


def tables(rows: list[dict[str, Any]], peers: dict[str, Any]) -> list[str]:
    """Return the section of the peers: what each did at its largest size, and where it stopped."""
    if not peers:
        return []
    ours = {row["id"]: row for row in rows}
    lines = [line for name in TITLES for line in _of_peer(name, _found(peers, name), ours)]
    return [
        "## Peers",
        "",
        "The same events on the same machine. Sizes are shares of the same users (about 1, 5, 26 and 100 million events); each",
        'peer is stopped at the first it does not survive, at 12 GB of memory or a quarter of an hour. "Ours" is the statement at',
        "the full size; whether figures agree is said at the full size only.",
        "",
        *NOTES,
        "",
        "| peer | size | task | seconds | ours s | figures | peak MB | |",
        "|---|---:|---|---:|---:|---|---:|---|",
        *lines,
        "",
    ]


def _found(peers: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return sorted((each for each in peers.values() if each["peer"] == name), key=lambda each: int(each["millions"]))


def _of_peer(name: str, found: list[dict[str, Any]], ours: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    for each in found:
        size, peak = f"{each['millions']} M", each["peak_mb"]
        for task in each["tasks"]:
            row = ours.get(OURS.get(task["task"], ""))
            full = each["millions"] >= 100
            mine = f"{row['ours_ms'] / 1000:.3f}" if row and full else ""
            same = _same(task, row) if row and full else ""
            lines.append(
                f"| {TITLES[name]} | {size} | {task['task']} | {task['seconds']:.2f} | {mine} | {same} | {peak} | |"
            )
        if each["failed"]:
            lines.append(f"| {TITLES[name]} | {size} | **failed** | | | | {peak} | {each['failed']} |")
    return lines


def _same(task: dict[str, Any], row: dict[str, Any]) -> str:
    if any(words in task["task"] for words in NOT_THE_SAME):
        return "not compared"
    figure, values = task["figure"], row["values"]
    if isinstance(figure, str):
        figure = [float(cell) for cell in figure.split(",")]
        figure = figure[0] if len(figure) == 1 else figure
    if isinstance(figure, list):
        return "same" if [float(cell) for cell in figure] == values else f"{figure} against {[int(v) for v in values]}"
    return (
        "same" if abs(figure - sum(values)) <= 0.5 + 1e-9 * abs(figure) else f"{figure:,.0f} against {sum(values):,.0f}"
    )
