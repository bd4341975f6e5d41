"""An answer in the terminal: its text, its tables, and a line of bars where a chart would help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assistant.answer.formats import format_value
from assistant.answer.model import Answer, Chart, Table
from knowledge.text import Language, Text

if TYPE_CHECKING:
    from rich.console import Console

MOST_ROWS: Final = 20
_BARS: Final = "▁▂▃▄▅▆▇█"
_LONGEST: Final = 60
_SAID_IN_TEXT: Final = 5
"""A single row of up to this many columns is not repeated as a table: the text has said it."""

_FIGURE: Final = re.compile(
    r"[+-]?<?¥?\d[\d,]*(?:\.\d+)?(?:万亿|[万亿]|[MBT](?![a-z]))?(?:%| ?(?:个百分点|pp|天|days|分钟|小时|min|h|秒|s|分|points))?"
)


def print_answer(answer: Answer, console: Console) -> None:
    """Print an answer: the text, then each table with at most ``MOST_ROWS`` rows, then a line per series over time.

    What comes from data is printed as text: neither rich's markup nor control characters in it have an effect.
    """
    from rich.markdown import Markdown  # noqa: PLC0415 - rich takes a while to import, and --json prints without it

    console.print(Markdown(answer.answer, hyperlinks=False))
    for table in answer.tables:
        if len(table.rows) > 1 or len(table.columns) > _SAID_IN_TEXT:
            _print_table(table, console, answer.language)
    for file in answer.files:
        console.print(
            Text(f"已写入 {file.path}", f"Written to {file.path}").in_(answer.language), markup=False, soft_wrap=True
        )
    for chart in answer.charts:
        if chart.kind in ("line", "flow"):
            _print_lines(chart, console)


def _print_table(table: Table, console: Console, language: Language) -> None:
    from rich import box  # noqa: PLC0415 - as above
    from rich import table as rich_table  # noqa: PLC0415
    from rich.text import Text as RichText  # noqa: PLC0415

    for number, part in enumerate(_parts(table, console.width)):
        title = RichText(table.title if not number else "…")
        drawn = rich_table.Table(title=title, box=box.SIMPLE, title_justify="left")
        for index in part:
            right = all(_is_figure(row[index]) for row in table.rows)
            drawn.add_column(RichText(table.columns[index]), justify="right" if right else "left", overflow="fold")
        for row in table.rows[:MOST_ROWS]:
            drawn.add_row(*(RichText(row[index]) for index in part))
        console.print(drawn)
    if foot := _foot(table):
        console.print(RichText(foot.in_(language), style="dim"))


def _parts(table: Table, width: int) -> list[list[int]]:
    """Return the columns to print side by side: all of them where they fit, else the first ones again before each part.

    No figure is broken over two lines as long as one column fits beside the first ones.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    rows = table.rows[:MOST_ROWS]
    wide = [max(map(cell_len, [name, *(row[i] for row in rows)])) + 3 for i, name in enumerate(table.columns)]
    figures = [i for i in range(len(wide)) if all(_is_figure(row[i]) for row in table.rows)]
    first = list(range(figures[0])) if figures else []
    room = width - 2 - sum(wide[i] for i in first)
    others = list(range(len(first), len(wide)))
    if sum(wide) + 2 <= width or not first or max(wide[i] for i in others) > room:
        return [list(range(len(wide)))]
    parts: list[list[int]] = [[]]
    for i in others:
        if sum(wide[j] for j in parts[-1]) + wide[i] > room:
            parts.append([])
        parts[-1].append(i)
    return [[*first, *part] for part in parts]


def _foot(table: Table) -> Text | None:
    """Return how many rows are not printed; where the result itself was cut, that there are more than those."""
    count, left = len(table.rows), len(table.rows) - MOST_ROWS
    if table.more:
        return Text(
            f"取到前 {count:,} 行，另有更多；这里显示 {min(count, MOST_ROWS)} 行",
            f"the first {count:,} rows were read, there are more; {min(count, MOST_ROWS)} are printed",
        )
    if left <= 0:
        return None
    return Text(
        f"另有 {left:,} 行；在问题里加上“导出”，全部写入 CSV 文件",
        f"{left:,} more rows; add 'export' to the question to have all of them in a CSV file",
    )


def _is_figure(cell: str) -> bool:
    return cell == "—" or _FIGURE.fullmatch(cell) is not None


def _print_lines(chart: Chart, console: Console) -> None:
    from rich.text import Text as RichText  # noqa: PLC0415 - as above

    for series in chart.series:
        values = tuple(abs(v) if v is not None and chart.kind == "flow" else v for v in series.values)
        known = [value for value in values if value is not None]
        if len(known) > 1:
            low, high = (format_value(value, chart.unit, chart.language) for value in (min(known), max(known)))
            console.print(RichText(f"{sparkline(values)}  {series.name}  {low} – {high}"))
    if chart.note:
        console.print(RichText(chart.note, style="dim"))


def sparkline(values: tuple[float | None, ...], longest: int = _LONGEST) -> str:
    """Return the values as a line of bars between their smallest and largest; a gap where one is unknown.

    More than ``longest`` values are thinned out evenly, the last one is kept.
    """
    if len(values) > longest:
        values = tuple(values[round(index * (len(values) - 1) / (longest - 1))] for index in range(longest))
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    steps = len(_BARS) - 1
    return "".join(" " if v is None else _BARS[round((v - low) / span * steps) if span else steps // 2] for v in values)
