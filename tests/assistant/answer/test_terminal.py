"""Answers in the terminal: text, table and a line of bars, with data shown as text."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from assistant.answer.model import Answer, Chart, Series, Table
from assistant.answer.terminal import _is_figure, print_answer, sparkline


def printed(answer: str = "**1,283**", tables: tuple[Table, ...] = (), charts: tuple[Chart, ...] = ()) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    print_answer(Answer("q", "zh", "answered", answer, "offline", 1.0, tables=tables, charts=charts), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_text_and_table_are_printed() -> None:
    """The text, the headings, the rows up to twenty, and how many are left."""
    rows = tuple((f"渠道{index}", str(index)) for index in range(25))
    out = printed(tables=(Table("新增", ("渠道", "人数"), rows, "R-7Q2M4K8Z1A"),))
    assert "1,283" in out
    assert "渠道19" in out
    assert "渠道20" not in out
    assert "另有 5 行" in out


def test_markup_in_data_is_text() -> None:
    """A cell that looks like rich's markup is printed as it is."""
    assert "[red]x[/red]" in printed(
        tables=(Table("t", ("a", "b", "c"), (("[red]x[/red]", "1", "2"), ("y", "3", "4")), ""),)
    )


def test_one_row_is_not_repeated() -> None:
    """What the text has said is no table; figures stand to the right, dates do not."""
    assert "人数" not in printed(tables=(Table("新增", ("人数", "对比期"), (("5", "4"),), "R"),))
    out = printed(tables=(Table("t", ("时间", "人数"), (("2025-12-01", "1,283"), ("2025-12-02", "5")), "R"),))
    assert "       5" in out


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        *(
            (cell, True)
            for cell in ("272", "2025", "1,283", "-3.2 个百分点", "+12.3%", "¥1.2亿", "<0.0001", "3.3 days", "—")
        ),
        *((cell, False) for cell in ("2025-12-01", "2025年12月", "2025-12-01 当周", "5.2.0", "18-24", "KOL", "")),
    ],
)
def test_figures_are_told_from_dates_and_names(cell: str, figure: bool) -> None:
    """Only what is a figure from end to end stands to the right."""
    assert _is_figure(cell) is figure


def test_a_cut_table_says_that_there_are_more_rows() -> None:
    """The foot says how many rows were read, that more follow, and how many are printed."""
    rows = tuple((f"渠道{index}", str(index)) for index in range(25))
    assert "取到前 25 行，另有更多；这里显示 20 行" in printed(tables=(Table("t", ("a", "b"), rows, "R", more=True),))


def test_lines_become_bars() -> None:
    """A chart over time is a row of bars with its lowest and highest value; gaps and long series fit."""
    chart = Chart("line", "t", ("1", "2", "3"), (Series("KOL", (0.1, None, 0.3)),), "ratio", "R", "zh", "另有 1 条线")
    out = printed(charts=(chart,))
    assert "▁ █  KOL  10.0% – 30.0%" in out
    assert "另有 1 条线" in out
    assert sparkline((None, None)) == ""
    assert sparkline((5.0, 5.0)) == "▄▄"
    assert len(sparkline(tuple(map(float, range(500))))) == 60


def test_a_table_wider_than_the_terminal_is_printed_in_parts_without_a_broken_figure() -> None:
    """The first columns come again before each part, every heading and cell is there, and no line is too long."""
    headings = ("渠道", "注册日期", *(f"第 {n} 天" for n in range(14)))
    rows = tuple((f"渠道{r}", f"2025-12-{r + 10}", *(f"{r + n}.{n % 10}%" for n in range(14))) for r in range(9))
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    table = Table("留存矩阵", headings, rows, "R")
    print_answer(Answer("q", "zh", "answered", "", "offline", 1.0, tables=(table,)), console)
    assert isinstance(console.file, io.StringIO)
    out = console.file.getvalue()
    assert all(cell in out for row in rows for cell in row)
    assert all(heading in out for heading in headings)
    assert out.count("2025-12-10") == 3
    assert max(cell_len(line.rstrip()) for line in out.splitlines()) <= 80
