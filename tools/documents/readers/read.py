"""A file's bytes into blocks: the reader that its content asks for, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from knowledge.errors import YunceError
from knowledge.text import Text
from tools.documents import refusals
from tools.documents.blocks import Block, lines_of
from tools.documents.readers.encoding import decode
from tools.documents.readers.kinds import NAMES, Kind, kind_of, kind_of_name

_MOST_BLOCKS = 200_000


@dataclass(frozen=True)
class Reading:
    """What a file holds.

    Attributes:
        kind: what it is.
        blocks: its blocks in reading order.
        note: that its name says something else; None where it does not.
    """

    kind: Kind
    blocks: tuple[Block, ...]
    note: Text | None


def read_bytes(data: bytes, name: str) -> Reading:
    """Return what a file holds.

    Raises:
        YunceError: it is empty, encrypted, scanned, corrupt, out of proportion, or of no kind that can be read.
    """
    kind = kind_of(data, name)
    try:
        blocks = tuple(islice(_blocks(kind, data), _MOST_BLOCKS + 1))
    except YunceError:
        raise
    except (MemoryError, RecursionError) as error:
        raise refusals.too_long(_MOST_BLOCKS) from error
    except Exception as error:  # parsers raise whatever a damaged file makes of them
        raise refusals.corrupt(NAMES[kind]) from error
    if len(blocks) > _MOST_BLOCKS:
        raise refusals.too_long(_MOST_BLOCKS)
    if not any(char.isalnum() for block in blocks if block.kind != "title" for char in block.text):
        raise refusals.empty()
    return Reading(kind, blocks, _note(kind, name))


def _blocks(kind: Kind, data: bytes) -> Iterable[Block]:
    if kind == "text":
        return lines_of(decode(data))
    if kind == "html":
        from tools.documents.readers import web  # noqa: PLC0415

        return web.read(decode(data))
    if kind == "markdown":
        from tools.documents.readers import markdown  # noqa: PLC0415

        return markdown.read(decode(data))
    return _packed(kind, data)


def _packed(kind: Kind, data: bytes) -> Iterable[Block]:
    from tools.documents.readers import pdf, sheets, slides, word  # noqa: PLC0415

    return {"docx": word.read, "pptx": slides.read, "xlsx": sheets.read}.get(kind, pdf.read)(data)


def _note(kind: Kind, name: str) -> Text | None:
    claimed = kind_of_name(name)
    if claimed is None or claimed == kind or {claimed, kind} == {"text", "markdown"}:
        return None
    is_, says = NAMES[kind], NAMES[claimed]
    return Text(
        f"后缀是{says.zh}，内容是{is_.zh}，已按内容读取", f"named as {says.en}, it is {is_.en} and was read as that"
    )
