"""The errors a person may see. Each carries its message in both languages and never a traceback.

YunceError             anything that ends a request with one clear line
├── QueryError         the request can be put right: unknown name, wrong dimension, bad range
├── PolicyError        may not be done, however it is asked
├── WarehouseError     the data cannot be read: missing, locked, too slow, full disk
└── CatalogError       the catalog's author must act
"""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.text import Language, Text


class YunceError(Exception):
    """An expected failure, worded for the person who asked.

    Attributes:
        text: the message in both languages: the value, the rule, the nearest right names, the next step.
        code: a stable short name of the kind of failure, for JSON and tests.
        choices: the nearest right names, best first; empty where there are none.
    """

    def __init__(self, text: Text, *, code: str, choices: Sequence[str] = ()) -> None:
        super().__init__(text.en)
        self.text = text
        self.code = code
        self.choices = tuple(choices)

    def in_(self, language: Language) -> str:
        """Return the message in ``language``."""
        return self.text.in_(language)


class QueryError(YunceError):
    """The request names something that does not exist or does not fit; asking differently can succeed."""


class PolicyError(YunceError):
    """The request is not allowed, whatever its wording."""


class WarehouseError(YunceError):
    """The warehouse cannot answer: it is missing, damaged, too slow or out of room."""


class CatalogError(YunceError):
    """The catalog itself is wrong; its author has to mend it."""
