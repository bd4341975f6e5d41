"""What the rows of an explanation call themselves; the words of ``tools.explanations.rows``, without loading its SQL."""

from __future__ import annotations

from typing import Final

TOTAL: Final = "total"
REST: Final = "(rest)"
OVERLAP: Final = "(overlap)"
TIMES: Final = " × "
DOT: Final = " · "
UNKNOWN_PART: Final = "–"
