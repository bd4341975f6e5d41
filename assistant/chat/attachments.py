"""What hangs on an answer: tables, charts, CSV files, and the buttons under it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import chainlit as cl
from chainlit.element import Element

from assistant.answer.csv_export import csv_bytes
from assistant.answer.model import Answer, Chart, Table
from assistant.answer.plotly_chart import figure
from assistant.chat import words
from assistant.chat.file_names import csv_name
from assistant.chat.names import Names
from assistant.chat.receipt_panel import receipt_json, receipt_text
from knowledge.text import Language
from tools.semantic_layer.result import Result

CHOOSE = "choose"
SHOW_RECEIPT = "show_receipt"
_CSV = "text/csv"
_JSON = "application/json"
_LABEL_LENGTH = 48
# No tool bar: its tips exist in English only, and a hover shows every value.
_PLOT_CONFIG = {"displayModeBar": False, "displaylogo": False, "responsive": True}


def elements_of(answer: Answer, names: Names) -> list[Element]:
    """Return the tables, charts and files of an answer, in the order they are read. Each table has its CSV file.

    A table whose every line the text already says, as in the description of a metric, comes as its file only.
    """
    shown = {table.receipt for table in answer.tables}
    return [
        *(_table(table, answer.language) for table in answer.tables if table.receipt or not _is_told(table, answer)),
        *(_chart(chart) for chart in answer.charts),
        *(_csv(result, answer, names) for result in answer.results if result.rows and result.receipt in shown),
        *(
            cl.File(name=file.name, path=str(file.path), mime=file.mime, display="inline")
            for file in answer.files
            if file.mime != _CSV or not answer.tables  # a table has its CSV file already
        ),
    ]


def metadata_of(answer: Answer) -> dict[str, Any]:
    """Return what is stored with the answer, so that its buttons can be made again when it is reopened."""
    receipts = list(dict.fromkeys(result.receipt for result in answer.results if result.receipt))
    offers = [[offer.label, offer.question] for offer in answer.offers]
    return {"language": answer.language, "choices": list(answer.choices), "offers": offers, "receipts": receipts}


def actions_of(metadata: Mapping[str, Any]) -> list[cl.Action]:
    """Return the buttons under an answer: its choices, what changes it (去掉：渠道 = 短视频), then its receipts."""
    language: Language = "en" if metadata.get("language") == "en" else "zh"
    choices = [
        cl.Action(name=CHOOSE, payload={"question": choice}, label=_short(choice), tooltip="")
        for choice in metadata.get("choices") or ()
    ]
    choices += [
        cl.Action(name=CHOOSE, payload={"question": question}, label=_short(label), tooltip=_short(question))
        for label, question in metadata.get("offers") or ()
    ]
    receipts = [
        cl.Action(
            name=SHOW_RECEIPT,
            payload={"receipt": receipt, "language": language},
            label=f"{words.RECEIPT.in_(language)} {receipt}",
            tooltip=words.SEE_RECEIPT.in_(language),
            icon="receipt-text",
        )
        for receipt in metadata.get("receipts") or ()
    ]
    return [*choices, *receipts]


def receipt_elements(receipt: str, stored: Mapping[str, Any], names: Names, language: Language) -> list[Element]:
    """Return a stored receipt as the side panel shows it, to be read, and as a JSON file with every field.

    They belong to no message and are not kept; as ``side`` elements each would open the panel under its own name.
    """
    text = receipt_text(stored, names.catalog, language)
    return [
        cl.Text(name=receipt, content=text, display="inline"),
        cl.File(name=f"{receipt}.json", content=receipt_json(stored), mime=_JSON, display="inline"),
    ]


def _is_told(table: Table, answer: Answer) -> bool:
    lines = answer.answer.replace("\\", "").splitlines()  # Markdown's escapes are not in the table
    return all(any(all(cell in line for cell in row) for line in lines) for row in table.rows)


def _table(table: Table, language: Language) -> Element:
    props = {
        "title": table.title,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "receipt": table.receipt,
        "language": language,
        "more": table.more,
    }
    return cl.CustomElement(name="YunceTable", props=props, display="inline")


def _chart(chart: Chart) -> Element:
    from plotly import graph_objects  # noqa: PLC0415 - takes a while to import and most answers draw nothing

    drawn = graph_objects.Figure(figure(chart, dark=None))  # the page's style sheet puts in the theme's ink
    # A finger on the chart scrolls the page; a label says its own period, so one at a time.
    drawn.update_layout(dragmode=False, hovermode="closest")
    element = cl.Plotly(name=chart.title or "chart", figure=drawn, display="inline", size="large")
    element.content = json.dumps({**json.loads(element.content), "config": _PLOT_CONFIG}, ensure_ascii=False)
    return element


def _csv(result: Result, answer: Answer, names: Names) -> Element:
    return cl.File(
        name=csv_name(_subject(result, answer, names), result.receipt),
        content=csv_bytes(result, names.catalog, answer.language, value_names=answer.value_names),
        mime=_CSV,
        display="inline",
    )


def _subject(result: Result, answer: Answer, names: Names) -> str:
    titles = [table.title for table in answer.tables if table.receipt == result.receipt and table.title]
    return titles[0] if titles else names.call(result.tool, result.params, answer.language)


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_LENGTH else text[: _LABEL_LENGTH - 1] + "…"


def buttons(metadatas: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, cl.Action]]:
    """Return ``(message id, button)`` for stored messages; choices only where no later message has answered them."""
    made: list[tuple[str, cl.Action]] = []
    for index, (message_id, metadata) in enumerate(metadatas):
        last = index == len(metadatas) - 1
        kept = metadata if last else {**metadata, "choices": [], "offers": []}
        made += [(message_id, action) for action in actions_of(kept)]
    return made
