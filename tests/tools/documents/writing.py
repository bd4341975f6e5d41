"""Small documents of every kind, written by the tests themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any


def docx(*blocks: tuple[str, Any]) -> bytes:
    """Return a Word document of ("title"|"heading1"|"point"|"text", words) and ("table", rows)."""
    from docx import Document

    document = Document()
    for kind, content in blocks:
        if kind == "table":
            table = document.add_table(rows=len(content), cols=len(content[0]))
            for row, cells in enumerate(content):
                for column, cell in enumerate(cells):
                    table.cell(row, column).text = cell
        elif kind == "title":
            document.add_heading(content, 0)
        elif kind.startswith("heading"):
            document.add_heading(content, int(kind[-1]))
        else:
            document.add_paragraph(content, style="List Bullet" if kind == "point" else None)
    return _saved(document)


def pptx(*slides: tuple[str, str, str]) -> bytes:
    """Return a presentation of (title, text, notes)."""
    from pptx import Presentation

    deck = Presentation()
    for title, text, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = text
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return _saved(deck)


def xlsx(name: str, rows: Sequence[Sequence[Any]], percent: Sequence[str] = ()) -> bytes:
    """Return a workbook with one sheet; the named cells are shown as percent."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for cell in percent:
        sheet[cell].number_format = "0.0%"
    return _saved(book)


def pdf(*pages: Sequence[str]) -> bytes:
    """Return a PDF with these lines on its pages; the font maps codes to Unicode, so any characters will do."""
    chars = sorted({char for page in pages for line in page for char in line})
    codes = {char: number for number, char in enumerate(chars, start=1)}
    mapped = "\n".join(f"<{codes[c]:04X}> <{c.encode('utf-16-be').hex()}>" for c in chars)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
        "1 begincodespacerange <0000> <FFFF> endcodespacerange "
        f"{len(chars)} beginbfchar\n{mapped}\nendbfchar endcmap end end"
    )
    system = "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    resources = "/MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{6 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>",
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 1000 /CIDSystemInfo {system} >>",
        f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream",
    ]
    for number, page in enumerate(pages):
        shown = "".join(f"<{''.join(f'{codes[c]:04X}' for c in line)}> Tj 0 -20 Td\n" for line in page)
        content = f"BT /F1 12 Tf 50 780 Td\n{shown}ET"
        objects += [
            f"<< /Type /Page /Parent 2 0 R {resources} /Contents {7 + 2 * number} 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    out, places = "%PDF-1.7\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return (out + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{out.index('xref')}\n%%EOF").encode(
        "latin-1"
    )


def locked_pdf(data: bytes) -> bytes:
    """Return a PDF behind a password."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt("secret", algorithm="RC4-128")
    return _written(writer.write)


def archive(members: dict[str, bytes]) -> bytes:
    """Return a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def _saved(document: Any) -> bytes:
    return _written(document.save)


def _written(write: Any) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()
