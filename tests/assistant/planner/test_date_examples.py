"""The examples of docs/dates.md: each phrase means the days written there, and both languages mean the same."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from assistant.planner.date_words import Until, Vague
from assistant.planner.dates import period_in
from assistant.planner.language import normalise
from assistant.planner.periods import Period
from assistant.planner.types import Clock, NamedPeriod

_PAGE = Path(__file__).parents[3] / "docs" / "dates.md"
_NAMED = (
    NamedPeriod("campaign", "spark", ("spark", "星火计划"), date(2025, 7, 1), date(2025, 12, 31)),
    NamedPeriod("campaign", "summer_flash", ("summer_flash", "夏日闪购"), date(2025, 8, 1), date(2025, 8, 31)),
)


def _examples() -> list[tuple[Clock, str, str]]:
    """Return the clock, phrase and meaning of every example of the page."""
    out: list[tuple[Clock, str, str]] = []
    clock: Clock | None = None
    for line in _PAGE.read_text(encoding="utf-8").splitlines():
        if dated := re.match(r"On \*\*(\d{4}-\d\d-\d\d)\*\*", line):
            today = date.fromisoformat(dated[1])
            clock = Clock(today, today, date(2016, 7, 1), _NAMED)
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if clock is not None and line.startswith("| `"):
            phrases, meanings = re.findall("`([^`]+)`", cells[0]), cells[1].split(" · ")
            each = meanings if len(meanings) == len(phrases) else [cells[1]] * len(phrases)
            out += [(clock, phrase, meaning) for phrase, meaning in zip(phrases, each, strict=True)]
    return out


def _told(said: object) -> str:
    if isinstance(said, Period):
        return f"{said.start}" if said.days == 1 else f"{said.start} to {said.end}"
    if isinstance(said, Until):
        return f"up to {said.day}"
    return "asked" if isinstance(said, Vague) else "not read"


def test_every_example_of_the_page_means_what_it_says() -> None:
    """The written rules are the rules: no phrase of docs/dates.md is read otherwise, and there are many of them."""
    examples = _examples()
    wrong = {}
    for clock, phrase, meaning in examples:
        told = _told(period_in(normalise(phrase), clock))
        if told != meaning:
            wrong[f"{phrase} on {clock.today}"] = (told, meaning)
    assert wrong == {}
    assert len(examples) > 180
