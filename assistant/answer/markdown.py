"""Text from data and from a model, made harmless: shown as text, never markup, link, image or HTML."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 40
"""How many characters of one value are shown; the rest is in the CSV file."""

_SPECIAL: Final = re.compile(r"[\\`*\[\]~|#$]|[<&](?! )|(?<!\s)>|(?m:^)>|(?<![^\W_])_|_(?![^\W_])")
_WORD_JOINER: Final = "\u2060"
_AUTOLINK: Final = re.compile(r"(?i)(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=www)(?=\.)|(?<=\S)(?=@)")
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
_LINK_TARGET: Final = re.compile(r"(?m)^[ \t>]*\[[^\]\n]+\]:.*$")


def clean(text: str) -> str:
    """Return the text on one line, without control and invisible characters."""
    if text.isprintable():
        return text.strip()
    spaced = "".join(" " if c in "\t\r\n\v\f\u2028\u2029\u0085" else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")).strip()


def cut(text: str, longest: int = LONGEST) -> str:
    """Return the text with what exceeds ``longest`` characters replaced by an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def escape(text: str) -> str:
    """Return the text so that Markdown shows it as it is; addresses in it do not turn into links.

    A ``<`` before a space opens nothing and a ``>`` after one closes nothing: a comparison is left as it is written.
    """
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), text)
    return _AUTOLINK.sub(_WORD_JOINER, escaped)


def value_text(text: str) -> str:
    """Return a value from data as an answer shows it: cleaned, cut and escaped."""
    return escape(cut(clean(text)))


def without_links(text: str) -> str:
    """Return a model's Markdown with links and images reduced to their words, and HTML shown as text."""
    reduced = _LINK.sub(lambda match: match.group(1), _LINK_TARGET.sub("", text))
    return _AUTOLINK.sub(_WORD_JOINER, re.sub(r"<(?=[/!?A-Za-z])", r"\\<", reduced))
