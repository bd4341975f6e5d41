"""The language of a question, before an answer has settled it."""

from __future__ import annotations

import re

from knowledge.text import Language

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def language_of(question: str) -> Language:
    """Return ``zh`` where the question has a Chinese character, else ``en``."""
    return "zh" if _HAN.search(question) else "en"
