"""Why a file is not taken: one line each, in both languages, with the next step."""

from __future__ import annotations

from knowledge.errors import QueryError
from knowledge.text import Text

MOST_BYTES = 200 * 1024 * 1024
MOST_FILES = 20_000


def refusal(code: str, zh: str, en: str) -> QueryError:
    """Return the refusal of a file."""
    return QueryError(Text(zh, en), code=code)


def empty() -> QueryError:
    """Return the refusal of a file without a word in it."""
    return refusal("empty", "文件里没有文字。", "there are no words in it.")


def scanned(pages: int) -> QueryError:
    """Return the refusal of a PDF that has pictures of pages only."""
    return refusal(
        "scanned",
        f"{pages} 页都没有文字，应是扫描件；请先做文字识别（OCR）再添加。",
        f"none of its {pages} pages has text: it seems scanned. Run text recognition (OCR) on it first, then add it.",
    )


def encrypted() -> QueryError:
    """Return the refusal of a file behind a password."""
    return refusal(
        "encrypted", "文件有密码；请去掉密码后再添加。", "it is encrypted; remove the password and add it again."
    )


def corrupt(kind: Text) -> QueryError:
    """Return the refusal of a file that says what it is, but cannot be read as that."""
    return refusal(
        "corrupt",
        f"文件已损坏，不能按{kind.zh}读取；请用原软件打开并另存后再添加。",
        f"it is damaged and cannot be read as {kind.en}; open it where it was made, save it again and add that.",
    )


def too_large(size: int) -> QueryError:
    """Return the refusal of a file that is too large to read."""
    limit, is_ = MOST_BYTES // 1024**2, -(-size // 1024**2)
    return refusal(
        "too_large",
        f"文件有 {is_} MB，超过 {limit} MB 的上限；请拆分，或去掉图片后再添加。",
        f"it has {is_} MB, the most is {limit} MB; split it, or save it without pictures.",
    )


def bomb(why: Text) -> QueryError:
    """Return the refusal of an archive that would unpack to far more than it should."""
    return refusal(
        "zip_bomb",
        f"压缩内容异常（{why.zh}），未打开。",
        f"its compressed content is out of proportion ({why.en}); it was not opened.",
    )


def unknown_kind(what: Text) -> QueryError:
    """Return the refusal of a file that is of no kind that can be read."""
    return refusal(
        "unknown_kind",
        f"{what.zh}；能读 DOCX、PDF、Markdown、HTML、TXT、PPTX、XLSX，请另存为其中一种。",
        f"{what.en}; DOCX, PDF, Markdown, HTML, TXT, PPTX and XLSX can be read, save it as one of these.",
    )


def changed() -> QueryError:
    """Return the refusal of a file that was written to while it was read."""
    return refusal(
        "changed",
        "读取时文件正在改变；等写完后再添加。",
        "it changed while it was read; add it again when it is whole.",
    )


def unreadable(error: OSError) -> QueryError:
    """Return the refusal of a file that the system does not let read."""
    why = error.strerror or type(error).__name__
    return refusal("unreadable", f"无法读取：{why}。", f"it cannot be read: {why}.")


def too_long(limit: int) -> QueryError:
    """Return the refusal of a document with more pieces than can be kept."""
    return refusal(
        "too_long",
        f"内容超过 {limit:,} 段（行）的上限；请拆分后再添加。",
        f"it has more than {limit:,} paragraphs or rows; split it and add the parts.",
    )
