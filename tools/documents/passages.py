"""Documents and playbooks as passages."""

from __future__ import annotations

from dataclasses import replace

from knowledge.catalog import load_catalog
from knowledge.playbooks import Playbook
from knowledge.playbooks.figures import Figure
from knowledge.playbooks.load import ENGLISH
from knowledge.playbooks.model import Effect
from knowledge.playbooks.words import metric_name
from tools.documents.blocks import Block, lines_of
from tools.documents.cut import passages_of_blocks
from tools.documents.document import document_of
from tools.documents.model import Direction, Fact, Origin, Passage, passage
from tools.documents.outline import told_apart

__all__ = ["Fact", "Passage", "passages_of_playbook", "passages_of_text"]
_SUMMARY, _EVIDENCE = "摘要", "证据"


def passages_of_text(text: str, *, source: str, title: str = "") -> tuple[Passage, ...]:
    """Return the passages of a plain text, cleaned, in order.

    Args:
        text: the words; a line is a paragraph, unless lines are broken at a width.
        source: name of the file, as shown.
        title: title of the document; told from the text where it is empty.
    """
    return document_of(lines_of(text), source=source, title=title).passages


def passages_of_playbook(playbook: Playbook) -> tuple[Passage, ...]:
    """Return the passages of a playbook of our own shelf: summary, evidence, the parts of its body, English summary."""
    origin = Origin(playbook.id, playbook.path.name, playbook.title.zh)
    parts = [(_SUMMARY, playbook.summary.zh), *((part.heading, part.text) for part in playbook.sections)]
    blocks: list[Block] = []
    for number, (heading, text) in enumerate((*parts, (ENGLISH, playbook.english)), start=1):
        blocks.append(Block("heading", heading, f"¶{number}", level=1))
        blocks += [replace(block, place=f"¶{number}") for block in told_apart(lines_of(text))]
    evidence = [
        passage(origin, (_EVIDENCE,), "front matter", _evidence(effect), (_fact(effect),))
        for effect in playbook.effects
    ]
    return tuple({each.id: each for each in (*passages_of_blocks(blocks, origin), *evidence)}.values())


def _evidence(effect: Effect) -> str:
    """Return an effect of the front matter as a sentence that cites its document."""
    name = effect.name.zh if effect.name else metric_name(effect.metric or "", load_catalog()).zh
    moved = []
    if effect.before and effect.to:
        moved.append(f"从{effect.before.printed}到{effect.to.printed}")
    elif effect.to:
        moved.append(f"达到{effect.to.printed}")
    if effect.change:
        moved.append(("上升" if effect.change.sign > 0 else "下降") + effect.change.printed)
    against = f"（相对{effect.against.zh}）" if effect.against else ""
    return f"{effect.whom.zh}：{effect.done.zh}，{name}{'，'.join(moved)}{against}。出处：《{effect.source}》。"


def _fact(effect: Effect) -> Fact:
    before, to, change = (_amount(each) for each in (effect.before, effect.to, effect.change))
    unit = next(figure.unit for figure in (effect.to, effect.change) if figure)
    direction: Direction = "level"
    if change is not None:
        direction = "up" if change > 0 else "down"
    elif before is not None and to is not None and before != to:
        direction = "up" if to > before else "down"
    name = effect.name.zh if effect.name else ""
    return Fact(
        metric=effect.metric or name,
        from_value=before,
        to_value=to,
        change=change,
        unit=unit,
        direction=direction,
        segment=effect.whom.zh,
        action=effect.done.zh,
        text=effect.done.zh,
        name=name or (effect.metric or ""),
    )


def _amount(figure: Figure | None) -> float | None:
    return None if figure is None else figure.value * (figure.sign or 1)
