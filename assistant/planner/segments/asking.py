"""Asking back about a description of people: what was not understood, what is missing, what can be read in two ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.planner.segments.vocabulary import pattern
from assistant.planner.types import AskBack, World
from knowledge.segments import plain, read_definition
from knowledge.text import Text
from tools.segments.words import words

Leaf = dict[str, Any]


class UnclearError(Exception):
    """A description that is not understood for sure: what to ask back."""

    def __init__(self, ask: AskBack, readings: Sequence[Leaf] = ()) -> None:
        super().__init__(ask.question.en)
        self.ask, self.readings = ask, tuple(readings)


def described(definition: Leaf, world: World) -> Text:
    """Return a definition as a sentence that is read as the same definition again."""
    said = words(read_definition(definition), world.catalog)
    return Text(f"圈出：{said.zh}", f"segment: {said.en}")


def unread(pieces: Sequence[str]) -> UnclearError:
    """Return the question back for words that nothing stands for."""
    shown = [piece.strip() for piece in dict.fromkeys(pieces) if piece.strip()][:4]
    zh, en = "、".join(f"“{piece}”" for piece in shown), ", ".join(f"'{piece}'" for piece in shown)
    return UnclearError(
        AskBack(
            Text(
                f"描述里的{zh}没有读懂，不会略过它。请换个说法：渠道、平台、城市、年龄、生命周期、多久没来、做过什么几次、消费多少，或某个人群的名称。",
                f"{en} in the description is not understood, and is not left out in silence. Say it another way: channel, platform, "
                "city, age, lifecycle, how long not seen, what they did how often, what they spent, or the name of a segment.",
            ),
            (
                Text("圈出近30天分享至少3次的用户", "users who shared at least 3 times in the last 30 days"),
                Text("圈出30到60天没来的高价值用户", "high-value users who were last active 30 to 60 days ago"),
            ),
        )
    )


def two_readings(definitions: Sequence[Leaf], world: World, why: Text) -> UnclearError:
    """Return the question back for a description that can be read in several ways."""
    choices = tuple(dict.fromkeys(described(definition, world) for definition in definitions))
    question = Text(f"{why.zh}要哪一种？", f"{why.en} Which one?")
    return UnclearError(AskBack(question, choices), definitions)


def replaced(text: str, start: int, end: int, phrases: Sequence[Text], question: Text) -> UnclearError:
    """Return the question back with the description said anew, a phrase for the piece that was not clear."""
    before, after = text[:start].rstrip(), text[end:].lstrip()
    choices = []
    for phrase in phrases:
        en = " ".join(part for part in (before, phrase.en, after) if part)
        choices.append(_commanded(Text(f"{before}{phrase.zh}{after}", en)))
    return UnclearError(AskBack(question, tuple(choices)))


#: What a word without a threshold may stand for: phrases that take its place.
VAGUE: Mapping[str, tuple[Text, ...]] = {
    "active": (
        Text("近30天活跃至少15天的", "users active on at least 15 days in the last 30 days"),
        Text("近30天活跃至少4天的", "users active on at least 4 days in the last 30 days"),
        Text("近7天活跃过的", "users active in the last 7 days"),
    ),
    "inactive": (
        Text("30到60天没来的", "users who were last active 30 to 60 days ago"),
        Text("超过60天没来的", "users who were last active more than 60 days ago"),
        Text("至少7天没来的", "users who were last active at least 7 days ago"),
    ),
    "spend": (
        Text("近365天消费前20%的", "users in the top 20% by revenue in the last 365 days"),
        Text("近90天消费超过500元的", "users with revenue more than 500 in the last 90 days"),
    ),
    "often": (Text("近30天至少3次", "at least 3 times in the last 30 days"),
              Text("近30天至少10次", "at least 10 times in the last 30 days")),
    "often_then": (Text("至少3次", "at least 3 times"), Text("至少10次", "at least 10 times")),
    "recent": (
        Text("注册7天内的", "users who registered within 7 days"),
        Text("注册30天内的", "users who registered within 30 days"),
    ),
    "lately": (Text("近7天", "in the last 7 days"), Text("近30天", "in the last 30 days")),
    "veteran": (
        Text("注册超过180天的", "users who registered more than 180 days ago"),
        Text("注册超过365天的", "users who registered more than 365 days ago"),
    ),
    "loyal": (
        Text("高价值高活跃", "high-value active users"),
        Text("近180天下单至少3次的", "users with orders at least 3 in the last 180 days"),
        Text("RFM为重要价值的", "RFM class important, value"),
    ),
}  # fmt: skip


def vague(text: str, start: int, end: int, key: str) -> UnclearError:
    """Return the question back for a word that names no threshold, with concrete ones."""
    piece = text[start:end].strip(" 的")
    question = Text(f"“{piece}”要有个界限：具体指哪一种？", f"'{piece}' needs a threshold: which one is meant?")
    phrases = VAGUE[key]
    if key in ("often", "often_then", "lately"):
        return replaced(text, start, end, phrases, question)
    return UnclearError(AskBack(question, tuple(_in_place(text, start, end, phrase) for phrase in phrases)))


def _in_place(text: str, start: int, end: int, phrase: Text) -> Text:
    before, after = text[:start].rstrip(), text[end:]
    zh_after = after if after.startswith(("用户", "人", "的", ",", "，")) or not after else f"用户{after}"
    zh = f"{before}{phrase.zh}{zh_after.removeprefix('的')}"
    if zh.endswith("的"):
        zh += "用户"
    after = after.lstrip()
    for head in ("users", "customers", "people"):
        after = after.removeprefix(head)
    return _commanded(Text(zh, " ".join(f"{before} {phrase.en} {after}".split())))


def _commanded(choice: Text) -> Text:
    """Return a choice that asks for a segment in so many words: as it stands it might be taken for a metric."""
    said = pattern("command").search(choice.zh.lower()) or pattern("command").search(choice.en.lower())
    return choice if said else Text(f"圈出：{choice.zh}", f"segment: {choice.en}")


def as_leaf(definition: Leaf) -> Leaf:
    """Return a definition in the one form it is written in. Raises QueryError where it does not fit the language."""
    return plain(read_definition(definition))
