"""Names of the files that an answer offers."""

from __future__ import annotations

import re
import unicodedata

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|,;，、；：\s\x00-\x1f\x7f]+')
_LONGEST = 60


def csv_name(title: str, receipt: str) -> str:
    """Return ``title_receipt.csv`` without what file systems refuse; the title is cut at sixty characters."""
    clean = "".join(char for char in unicodedata.normalize("NFC", title) if unicodedata.category(char) != "Cf")
    clean = _NOT_IN_NAMES.sub("_", clean).strip("._")[:_LONGEST].rstrip("._")
    return "_".join(part for part in (clean, receipt) if part) + ".csv"
