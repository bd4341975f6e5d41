"""What a saved segment may be called, and what its definition may refer to."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from knowledge.errors import QueryError
from knowledge.segments.language import Definition, Reference, Segment
from knowledge.segments.reading import conditions_of
from knowledge.text import Text

LONGEST_NAME = 80
MOST_EXPANDED = 200
"""The most conditions of a definition with all that it refers to."""
_REFUSED = frozenset("/\\\"'`“”‘’«»「」『』<>|*?:;{}[]")


def same_name(name: str) -> str:
    """Return a name as it is compared: without regard to case, width and blanks around it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_name(name: str, taken: Mapping[str, Segment]) -> str:
    """Return a name fit to be saved.

    Raises:
        QueryError: it is empty, too long, holds slashes, quotes or control characters, or is taken.
    """
    kept = name.strip()
    if not kept:
        raise _bad_name(kept, Text("名称不能为空", "a name must not be empty"))
    if len(kept) > LONGEST_NAME:
        rule = Text(f"名称最多 {LONGEST_NAME} 个字（现在 {len(kept)} 个）",
                    f"a name has at most {LONGEST_NAME} characters (this one has {len(kept)})")  # fmt: skip
        raise _bad_name(kept, rule)
    wrong = [c for c in kept if c in _REFUSED or not (c.isprintable())]
    if wrong:
        shown = " ".join(dict.fromkeys(c if c.isprintable() else f"U+{ord(c):04X}" for c in wrong))
        raise _bad_name(kept, Text(f"名称不能含有 {shown}", f"a name must not hold {shown}"))
    if kept[0] in ".-~":
        raise _bad_name(kept, Text(f"名称不能以 {kept[0]} 开头", f"a name must not begin with {kept[0]}"))
    for segment in taken.values():
        words = (segment.id, segment.names.zh, segment.names.en, *segment.synonyms.zh, *segment.synonyms.en)
        if same_name(kept) in (same_name(word) for word in words):
            kind = Text("已保存", "saved") if segment.version else Text("现成", "ready-made")
            raise QueryError(
                Text(
                    f"名称“{kept}”已被{kind.zh}的人群“{segment.names.zh}”占用。换一个名称；若要改已保存的人群，用 --replace 存为新版本。",
                    f"The name '{kept}' is taken by the {kind.en} segment '{segment.names.en}'. Choose another; to change a saved "
                    "segment, save a new version with --replace.",
                ),
                code="name_taken",
                choices=(segment.id,),
            )
    return kept


def _bad_name(name: str, rule: Text) -> QueryError:
    shown = name if len(name) <= 40 else f"{name[:40]}…"
    return QueryError(
        Text(f"人群名称“{shown}”不合要求：{rule.zh}。换一个名称，例如 露营高价值。",
             f"'{shown}' cannot name a segment: {rule.en}. Choose another, such as camping_high_value."),
        code="bad_name",
    )  # fmt: skip


def check_references(name: str, definition: Definition, known: Mapping[str, Segment]) -> None:
    """Hold a definition that is to be saved as ``name`` to what it refers to.

    Raises:
        QueryError: it leads back to itself, names a segment that there is not, or grows too large with what it refers to.
    """
    definitions = {**{key: segment.definition for key, segment in known.items()}, name: definition}
    count = 0
    waiting: list[tuple[str, ...]] = [(name,)]
    while waiting:
        way = waiting.pop()
        for part in conditions_of(definitions[way[-1]]):
            count += 1
            if count > MOST_EXPANDED:
                raise QueryError(
                    Text(
                        f"“{name}”连同它引用的人群超过 {MOST_EXPANDED} 个条件。简化其中的定义。",
                        f"'{name}' has more than {MOST_EXPANDED} conditions with the segments it refers to. Simplify them.",
                    ),
                    code="definition_too_long",
                )
            if isinstance(part, Reference):
                waiting.append(_next(way, part.segment, definitions))


def _next(way: tuple[str, ...], name: str, definitions: Mapping[str, Definition]) -> tuple[str, ...]:
    if name in way:
        said = " → ".join([*way, name])
        raise QueryError(
            Text(
                f"人群“{way[0]}”的定义引用了它自己：{said}。去掉其中一个引用。",
                f"The segment '{way[0]}' would be defined by itself: {said}. Take out one of these references.",
            ),
            code="segment_cycle",
        )
    if name not in definitions:
        from knowledge.catalog.nearest import nearest  # noqa: PLC0415 - the catalog is made of segments

        near = nearest(name, list(definitions)) or list(definitions)[:5]
        raise QueryError(
            Text(
                f"没有名为“{name[:60]}”的人群。最接近的是：{'、'.join(near)}。",
                f"There is no segment '{name[:60]}'. Nearest: {', '.join(near)}.",
            ),
            code="unknown_segment",
            choices=near,
        )
    return (*way, name)
