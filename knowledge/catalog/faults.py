"""What is wrong with an entry of the catalog, where, and what to do about it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from knowledge.catalog.nearest import maybe_nearest
from knowledge.text import Text


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        code: a stable short name of its kind.
        entry: the id of the entry, or "" where it has none.
        file, line: where to mend it.
        text: what is wrong and what would be right.
    """

    code: str
    entry: str
    file: Path
    line: int
    text: Text

    @property
    def place(self) -> str:
        """File and line, the file from the working directory where it lies below it."""
        return f"{shown(self.file)}:{self.line}"

    @property
    def said(self) -> Text:
        """Place, entry and text on one line."""
        named = f"{self.place}: {self.entry}: " if self.entry else f"{self.place}: "
        return Text(f"{named}{self.text.zh}", f"{named}{self.text.en}")


def shown(path: Path) -> str:
    """Return a path as a person in the working directory would write it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def field_fault(model: type[BaseModel], error: Mapping[str, Any]) -> Text:
    """Return one error of pydantic's in words: the field, what it holds, what it takes."""
    path = ".".join(str(step) for step in error["loc"])
    kind, value, context = error["type"], _short(error.get("input")), error.get("ctx", {})
    if kind == "missing":
        language = {"zh": Text("中文", "Chinese"), "en": Text("英文", "English")}.get(str(error["loc"][-1]))
        if language:
            return Text(f"缺少{language.zh}：{path}。", f"The {language.en} is missing: {path}.")
        return Text(f"缺少字段 {path}。", f"The field {path} is missing.")
    if kind == "extra_forbidden":
        near = maybe_nearest(str(error["loc"][-1]), list(_fields(model, error["loc"][:-1])))
        return Text(f"未知字段 {path}。{near.zh}", f"The field {path} is unknown. {near.en}".rstrip())
    if kind == "literal_error":
        takes = str(context.get("expected", ""))
        return Text(
            f"{path} 不能是“{value}”，可用的值：{takes.replace(' or ', '、').replace(', ', '、')}。",
            f"{path} cannot be '{value}'; it takes {takes}.",
        )
    said = _TYPES.get(kind)
    if said:
        return Text(f"{path} 应为{said.zh}，现在是“{value}”。", f"{path} takes {said.en}, not '{value}'.")
    return Text(f"{path} 的值“{value}”不合规：{error['msg']}。", f"{path} does not fit, '{value}': {error['msg']}.")


_TYPES = {
    "string_type": Text("文字", "text"),
    "int_type": Text("整数", "a whole number"),
    "int_parsing": Text("整数", "a whole number"),
    "int_from_float": Text("整数", "a whole number"),
    "bool_type": Text("true 或 false", "true or false"),
    "bool_parsing": Text("true 或 false", "true or false"),
    "tuple_type": Text("列表", "a list"),
    "mapping_type": Text("键值对", "keys with values"),
    "dict_type": Text("键值对", "keys with values"),
    "model_type": Text("键值对", "keys with values"),
    "model_attributes_type": Text("键值对", "keys with values"),
}


def _fields(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the fields that are known where ``path`` leads."""
    current: Any = model
    for step in path:
        field = getattr(current, "model_fields", {}).get(str(step))
        if field is not None:
            parts = (field.annotation, *getattr(field.annotation, "__args__", ()))
            current = next((part for part in parts if hasattr(part, "model_fields")), current)
    return list(getattr(current, "model_fields", {}))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
