"""Which characters running Chinese text is made of."""

from __future__ import annotations

from functools import lru_cache

from tools.documents.cleaning.characters import traditional_to_simplified


@lru_cache(maxsize=32_768)
def is_common(char: str) -> bool:
    """Whether a character is ASCII, punctuation, or one of the 3,755 commonest in its simplified form."""
    try:
        code = simplified(char).encode("gb2312")
    except UnicodeEncodeError:
        return char in "—…·「」『』"
    return len(code) == 1 or 0xB0 <= code[0] <= 0xD7 or code[0] in {0xA1, 0xA3}


@lru_cache(maxsize=32_768)
def simplified(char: str) -> str:
    """Return a character in its simplified form."""
    return next((new for _, _, new in traditional_to_simplified(char)), char)
