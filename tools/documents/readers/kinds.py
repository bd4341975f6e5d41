"""What a file is, told by its content; and whether an archive may be opened."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath
from typing import Literal

from knowledge.text import Text
from tools.documents import refusals

Kind = Literal["docx", "pptx", "xlsx", "pdf", "html", "markdown", "text"]
NAMES: dict[Kind, Text] = {
    "docx": Text("Word 文档", "a Word document"),
    "pptx": Text("PowerPoint 演示文稿", "a PowerPoint presentation"),
    "xlsx": Text("Excel 工作簿", "an Excel workbook"),
    "pdf": Text("PDF", "a PDF"),
    "html": Text("网页", "a web page"),
    "markdown": Text("Markdown", "Markdown"),
    "text": Text("纯文本", "plain text"),
}
_SUFFIX_KINDS: dict[str, Kind] = {
    ".docx": "docx", ".docm": "docx", ".pptx": "pptx", ".pptm": "pptx", ".xlsx": "xlsx", ".xlsm": "xlsx", ".pdf": "pdf",
    ".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".text": "text",
}  # fmt: skip
_PARTS: dict[str, Kind] = {"word/document.xml": "docx", "ppt/presentation.xml": "pptx", "xl/workbook.xml": "xlsx"}
_OTHER: tuple[tuple[bytes, Text], ...] = (
    (b"{\\rtf", Text("这是 RTF 文件", "it is an RTF file")),
    (b"\x89PNG", Text("这是图片", "it is a picture")),
    (b"\xff\xd8\xff", Text("这是图片", "it is a picture")),
    (b"GIF8", Text("这是图片", "it is a picture")),
    (b"Rar!", Text("这是压缩包，请先解压", "it is an archive, unpack it first")),
    (b"7z\xbc\xaf", Text("这是压缩包，请先解压", "it is an archive, unpack it first")),
    (b"\x1f\x8b", Text("这是压缩包，请先解压", "it is an archive, unpack it first")),
)
_MOST_MEMBERS = 20_000
_MOST_UNPACKED = 1024**3
_MOST_XML = 150 * 1024**2
_MOST_RATIO = 200
_RATIO_FROM = 8 * 1024**2
_WEB = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def kind_of(data: bytes, name: str) -> Kind:
    """Return what a file is. The name only tells Markdown from plain text, and a web page without a head from it.

    Raises:
        YunceError: it is of no kind that can be read, encrypted, or an archive that is out of proportion.
    """
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] == b"PK\x03\x04":
        return _office(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refusals.encrypted()
        raise refusals.unknown_kind(
            Text("这是旧版 Office 文件（.doc、.xls 或 .ppt）", "it is an old Office file (.doc, .xls, .ppt)")
        )
    for start, what in _OTHER:
        if data.startswith(start):
            raise refusals.unknown_kind(what)
    by_name = kind_of_name(name)
    if _WEB.search(data[:4096]) or (by_name == "html" and b"<" in data):
        return "html"
    if by_name in {"docx", "pptx", "xlsx", "pdf"}:
        if _is_binary(data):
            raise refusals.corrupt(NAMES[by_name])
        return "text"
    return "markdown" if by_name == "markdown" else "text"


def kind_of_name(name: str) -> Kind | None:
    """Return the kind that a file's suffix claims."""
    return _SUFFIX_KINDS.get(PurePath(name).suffix.lower())


def _is_binary(data: bytes) -> bool:
    head = data[:65536]
    return sum(byte < 9 or 14 <= byte < 32 for byte in head) > 0.02 * len(head)


def _office(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            kind = next((_PARTS[m.filename] for m in members if m.filename in _PARTS), None)
            _refuse_bombs(members, len(data))
            if any(member.flag_bits & 1 for member in members):
                raise refusals.encrypted()
            if kind:
                _refuse_entities(archive, members, kind)
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, UnicodeDecodeError) as error:
        raise refusals.corrupt(Text("Office 文档", "an Office document")) from error
    if kind is None:
        raise refusals.unknown_kind(Text("这是压缩包，请先解压", "it is an archive, unpack it first"))
    return kind


def _refuse_bombs(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse by the sizes the archive declares; reading never goes beyond them."""
    total = sum(member.file_size for member in members)
    markup = sum(member.file_size for member in members if member.filename.lower().endswith((".xml", ".rels", ".vml")))
    if len(members) > _MOST_MEMBERS:
        raise refusals.bomb(Text(f"内有 {len(members)} 个文件", f"{len(members)} files inside"))
    for unpacked, most in ((total, _MOST_UNPACKED), (markup, _MOST_XML)):
        if unpacked > most:
            raise refusals.bomb(Text(f"解开有 {unpacked // 1024**2} MB", f"{unpacked // 1024**2} MB unpacked"))
    if total > _RATIO_FROM and total > _MOST_RATIO * size:
        raise refusals.bomb(Text(f"解开是原来的 {total // size} 倍", f"{total // size} times its size unpacked"))


def _refuse_entities(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], kind: Kind) -> None:
    """Refuse document type declarations, which Office never writes and entity bombs need."""
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            with archive.open(member) as file:
                if _ENTITY.search(file.read(4096)):
                    raise refusals.corrupt(NAMES[kind])
