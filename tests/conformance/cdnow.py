"""The CDNOW sample, read at test time from the package Lifetimes (MIT), and whether the models' extra is there."""

from __future__ import annotations

import csv
import os
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

import pytest

from tools.predicted_ltv.purchases import Customer

_HOW = "run `make test-ltv`, which has an environment of its own for it"


def needs_models() -> None:
    """Skip, saying so, where the extra ``ltv`` is not installed; fail where it must be."""
    if find_spec("pymc_marketing") is None:
        _absent(f"the optional extra ltv (pymc-marketing) is not installed: {_HOW}")


def needs_data() -> None:
    """Skip, saying so, where the package Lifetimes is not installed; fail where it must be."""
    try:
        files("Lifetimes")
    except PackageNotFoundError:
        _absent(f"the package Lifetimes, which holds the CDNOW data, is not installed: {_HOW}")


def _absent(reason: str) -> None:
    if os.environ.get("YUNCE_REQUIRE_LTV") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def data_file(name: str) -> Path:
    """Return the path of a data file of the package Lifetimes."""
    needs_data()
    (found,) = [file for file in files("Lifetimes") or () if file.name == name]
    return Path(str(found.locate()))


@cache
def histories(name: str) -> tuple[Customer, ...]:
    """Return the customers of a summary file, in weeks with fractions as it has them."""
    with data_file(name).open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    return tuple(
        Customer(
            user_id=number,
            frequency=int(float(row.get("frequency") or row["x"])),
            recency=float(row.get("recency") or row["t_x"]),
            age=float(row["T"]),
            monetary_value=float(row.get("zbar") or 0),
        )
        for number, row in enumerate(rows)
    )
