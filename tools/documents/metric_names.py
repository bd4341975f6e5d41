"""Names of metrics as documents print them, linked to the catalog where it knows them for certain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from knowledge.catalog import load_catalog

_ASIDE = re.compile(r"[（(][^()（）]*[)）]")
_NEUTRAL = re.compile(
    r"^(?:(?:整体|产品|平台|年度|全年|平均|总体|月度|当月|人均|用户|核心|the|overall|average|its|our|their)\s*)+(?=.)",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"(?:用户|人群|群体|会员|客户|访客|创作者|新客|老客|users|customers|members)\s*的?\s*$", re.IGNORECASE
)
_PEOPLE_FIRST = re.compile(r"^(?P<who>.{1,20}?(?:用户|人群|群体|客户|访客|创作者))的?(?P<what>.{2,})$")
_VAGUE = re.compile(r"^(?:该|此|这|其|上述|对应|单|每|各|平台|产品|全体|全部|在|我|整体)")


def metric_of(name: str, aside: str = "") -> str:
    """Return the catalog's id of a metric by its printed name and what stands in brackets after it; "" where unsure.

    A longer name is linked where the catalog's name ends it and only people stand before it: 新用户7日留存率, but not
    提醒打开率, which is another rate than 打开率.
    """
    terms = _terms()
    plain = _plain(name)
    for word in (plain, _plain(aside), _plain(_NEUTRAL.sub("", name)), re.sub("(?:比率|比值|值)$", "", plain)):
        if word in terms:
            return terms[word]
    for start in range(1, max(1, len(plain) - 1)):
        if plain[start:] in terms and _PEOPLE.search(plain[:start]):
            return terms[plain[start:]]
    bare = _plain(_NEUTRAL.sub("", name).removesuffix("值"))
    return terms.get(bare, "")


def people_of(name: str) -> tuple[str, str]:
    """Return whom a printed name is about and what is left: (新用户, 7日留存率); ("", name) where it does not say."""
    found = _PEOPLE_FIRST.match(name)
    if not found or found["who"] in {"用户", "客户"}:
        return "", name
    return ("" if _VAGUE.match(found["who"]) else found["who"].removesuffix("的")), found["what"]


def _plain(name: str) -> str:
    return re.sub(r"\s+", " ", _ASIDE.sub("", name)).strip().casefold()


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, str]:
    """Return the catalog's names and synonyms, each with its metric; a name that two share is left out."""
    found: dict[str, set[str]] = {}
    for metric in load_catalog().with_unvetted().metrics.values():
        for name in (*metric.names.text, *metric.synonyms.zh, *metric.synonyms.en):
            for word in {_plain(name), *(_plain(each) for each in re.findall(r"[（(]([^()（）]+)[)）]", name))}:
                if len(word) > 1:
                    found.setdefault(word, set()).add(metric.id)
    return MappingProxyType({word: ids.pop() for word, ids in found.items() if len(ids) == 1})
