"""What of an answer a follow-up may point at (它, the second one), and its rows as files where they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from assistant.answer.columns import metric_name
from assistant.answer.csv_export import csv_bytes
from assistant.answer.model import WrittenFile
from assistant.answer.value_names import ValueNames
from assistant.chat.file_names import csv_name
from knowledge.catalog import Catalog
from knowledge.errors import WarehouseError
from knowledge.text import Language, Text
from tools.semantic_layer.result import Result

_MOST: Final = 20


def shown_in(results: Sequence[Result]) -> dict[str, tuple[str | int, ...]]:
    """Return the values of each dimension that the last query's rows hold, in their order, at most twenty; none without rows."""
    if not results or results[-1].tool != "query_metrics":
        return {}
    last = results[-1]
    shown: dict[str, tuple[str | int, ...]] = {}
    for dimension in last.params.get("dimensions") or ():
        if dimension in last.columns:
            held = dict.fromkeys(v for v in last.column(dimension) if isinstance(v, (str, int)))
            shown[dimension] = tuple(held)[:_MOST]
    return shown


def export(
    results: Sequence[Result], folder: Path, catalog: Catalog, language: Language, value_names: ValueNames | None
) -> tuple[WrittenFile, ...]:
    """Write each result as a CSV file into a folder and return the files. Raises WarehouseError where it cannot be written."""
    files = []
    for result in results:
        names = [metric_name(metric, catalog).in_(language) for metric in result.metrics]
        path = folder / csv_name("_".join(names) or result.tool, result.receipt)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(csv_bytes(result, catalog, language, value_names=value_names))
        except OSError as error:
            raise WarehouseError(
                Text(
                    f"文件写不进 YUNCE_HOME 下的 exports 文件夹（{error.strerror}）：请检查它的权限和剩余空间。",
                    f"The file cannot be written to the folder exports of YUNCE_HOME ({error.strerror}): check its permissions and "
                    "free space.",
                ),
                code="export_failed",
            ) from error
        files.append(WrittenFile(path.name, path, "text/csv"))
    return tuple(files)


def files_line(files: Sequence[WrittenFile], language: Language) -> str:
    """Return the line of an answer that names its files."""
    named = "、".join(f"`{file.name}`" for file in files)
    return Text(f"- **文件**：{named}", f"- **Files**: {named}").in_(language)
