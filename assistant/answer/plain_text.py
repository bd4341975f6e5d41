"""Text as a reader sees it: no markup, no invisible characters, every digit of every script an ASCII digit."""

from __future__ import annotations

import html
import re
import string
import unicodedata
from functools import lru_cache
from typing import Final

_TAG: Final = re.compile(r"<(?:/?[A-Za-z][^<>]*|!--.*?--)>", re.DOTALL)
_LINK: Final = re.compile(r"!?\[([^\]\n]*)\]\(([^)\n]*)\)")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_HELD: Final = {character: chr(0xE100 + ord(character)) for character in string.punctuation}
"""Stand-ins for escaped characters while markup is taken away: what is escaped is text."""

_RELEASED: Final = {ord(held): " " if mark in "*_`~" else mark for mark, held in _HELD.items()}
_MARKS: Final = re.compile(r"\*+|~~+|`+|_+")
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPT: Final = re.compile(r"(?<=[0-9)])[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_NARROW_GROUPS: Final = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
_PICTURES: Final = {
    "💯": "100",
    "🔟": "10",
    **{chr(0x2680 + index): str(index + 1) for index in range(6)},  # the faces of a die
}
_SIGNS: Final = {
    "−": "-",
    "–": "-",
    "➖": "-",
    "➕": "+",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "٫": ".",
    "٬": ",",
    "٪": "%",
    "．": ".",
}
_VULGAR: Final = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞↉])")


@lru_cache(maxsize=4096)
def plain_text(text: str) -> str:
    """Return ``text`` as its reader sees it, on which numbers can be looked for.

    Entities are resolved and markup goes away, so ``**4**2%`` becomes ``42%``; what a tag or a link's address holds is
    kept at the end, because it may be shown. Full-width, circled and foreign digits become ASCII, Chinese numerals stay.
    """
    aside: list[str] = []
    text = html.unescape(_ESCAPE.sub(lambda match: _HELD[match.group(1)], text))
    text = _TAG.sub(lambda match: _put_aside(aside, match.group(), ""), text)
    text = _LINK.sub(lambda match: _put_aside(aside, match.group(2), match.group(1)), text)
    text = _MARKS.sub("", text).translate(_RELEASED)
    for picture, digits in (_PICTURES | _SIGNS).items():
        text = text.replace(picture, digits)
    text = _VULGAR.sub(" ", _SUPERSCRIPT.sub(lambda match: "^" + match.group().translate(_SUPERSCRIPTS), text))
    text = _NARROW_GROUPS.sub(",", text)
    text = unicodedata.normalize("NFKC", "".join(c for c in text if not _invisible(c)))
    text = "".join(_ascii_digit(c) for c in text if not _invisible(c))
    return "\n".join([text, *(plain_text(part) for part in aside if part)])


def _put_aside(aside: list[str], hidden: str, shown: str) -> str:
    aside.append(hidden.strip("<>") if hidden else "")
    return shown


def _invisible(character: str) -> bool:
    return ord(character) > 0x7F and unicodedata.category(character) in ("Cf", "Mn", "Me", "Cn", "Co")


def _ascii_digit(character: str) -> str:
    if character.isascii() or unicodedata.category(character) != "Nd":
        return character
    return str(unicodedata.decimal(character))
