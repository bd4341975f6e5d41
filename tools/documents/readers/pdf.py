"""PDF: the text of each page, line by line, by pypdf."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator

from tools.documents import refusals
from tools.documents.blocks import Block

_MOST_PAGES = 5_000
_MOST_SECONDS = 300.0


def read(data: bytes) -> Iterator[Block]:
    """Yield the lines of a PDF, placed by page.

    Raises:
        YunceError: it needs a password, has pictures only, or takes longer than five minutes.
    """
    from pypdf import PdfReader  # noqa: PLC0415
    from pypdf.errors import DependencyError, FileNotDecryptedError  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise refusals.encrypted()
        pages = len(reader.pages)
    except (DependencyError, FileNotDecryptedError) as error:
        raise refusals.encrypted() from error
    if pages > _MOST_PAGES:
        raise refusals.too_long(_MOST_PAGES)
    end = time.monotonic() + _MOST_SECONDS
    words = 0
    for number in range(pages):
        apart = False
        for line in (reader.pages[number].extract_text() or "").splitlines():
            if line.strip():
                words += 1
                yield Block("line", line.strip(), f"p. {number + 1}", page=number + 1, apart=apart)
            apart = not line.strip()
        if time.monotonic() > end:
            raise refusals.too_long(_MOST_PAGES)
    if pages and not words:
        raise refusals.scanned(pages)
