"""Words in both languages of the product."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Text(NamedTuple):
    """One thing said in Simplified Chinese and in English."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the words in ``language``."""
        return self.zh if language == "zh" else self.en


def join(texts: list[Text], *, zh: str = "；", en: str = "; ") -> Text:
    """Return the texts as one, with the separator of each language."""
    return Text(zh.join(text.zh for text in texts), en.join(text.en for text in texts))
