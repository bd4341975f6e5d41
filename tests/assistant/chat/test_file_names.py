"""Names of downloads are what every file system takes."""

from __future__ import annotations

import pytest

from assistant.chat.file_names import csv_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("每周新增用户", "每周新增用户_R-1.csv"),
        ("CAC, Ad ROI", "CAC_Ad_ROI_R-1.csv"),
        ("../../etc/passwd", "etc_passwd_R-1.csv"),
        ('a:b*c?"<d>|\n\x00e', "a_b_c_d_e_R-1.csv"),
        ("\u202egnp.exe", "gnp.exe_R-1.csv"),
        ("  . ", "R-1.csv"),
        ("字" * 200, "字" * 60 + "_R-1.csv"),
    ],
)
def test_a_title_becomes_a_file_name(title: str, name: str) -> None:
    """Separators, reserved and invisible characters go; a long title is cut; the receipt stays."""
    assert csv_name(title, "R-1") == name


def test_without_a_receipt() -> None:
    """A result without a receipt is named by its title."""
    assert csv_name("指标", "") == "指标.csv"
