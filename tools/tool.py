"""What every tool is: a name, words for the model that calls it, typed parameters, and a function from them to a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.errors import QueryError
from knowledge.text import Language, Text
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.prepared import Calculation
from tools.semantic_layer.result import Result
from tools.warehouse.door import Interrupter

if TYPE_CHECKING:
    from tools.retrieval.library import Library


class Params(BaseModel):
    """Parameters of a tool; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ToolContext:
    """What a tool is handed besides its parameters: never global, one for each request. ``library`` searches playbooks."""

    layer: SemanticLayer
    language: Language
    interrupter: Interrupter
    library: Library | None = None


@dataclass(frozen=True)
class Tool:
    """One thing that can be done.

    Attributes:
        name: as models call it and results carry it.
        description: for models, in English: what it does, when to call it, what it refuses.
        params: the pydantic model of its parameters.
        function: carries it out; raises YunceError.
        calculate: how the figures shown come from the rows of its statement; None where they are the same.
    """

    name: str
    description: str
    params: type[BaseModel]
    function: Callable[[ToolContext, Any], Result]
    calculate: Calculation | None = None

    def run(self, context: ToolContext, params: dict[str, Any]) -> Result:
        """Return the result for JSON parameters. Raises QueryError that lists every parameter that does not fit."""
        return self.function(context, self.checked(params))

    def checked(self, params: dict[str, Any]) -> BaseModel:
        """Return the parameters as their model. Raises QueryError that lists every one that does not fit."""
        try:
            return self.params.model_validate(params)
        except ValidationError as error:
            faults = [_fault(fault) for fault in error.errors()]
            names = ", ".join(self.params.model_fields)
            raise QueryError(
                Text(
                    f"{self.name} 的参数不合要求：{'；'.join(fault.zh for fault in faults)}。可用的参数：{names}。",
                    f"The parameters of {self.name} do not fit: {'; '.join(fault.en for fault in faults)}. "
                    f"Parameters: {names}.",
                ),
                code="bad_params",
            ) from error


_RULES: dict[str, Text] = {
    "missing": Text("缺少", "is missing"),
    "extra_forbidden": Text("没有这个参数", "is not a parameter"),
    "too_short": Text("至少要有一个", "takes at least one"),
    "too_long": Text("太多", "has too many"),
    "string_too_long": Text("太长", "is too long"),
    "string_too_short": Text("不能为空", "must not be empty"),
    "literal_error": Text("不是可选的值", "is not one of the values it takes"),
    "tuple_type": Text("应为列表", "takes a list"),
    "string_type": Text("应为文本", "takes text"),
    "date_from_datetime_parsing": Text("应为 ISO 日期，如 2025-12-31", "takes an ISO date such as 2025-12-31"),
    "date_parsing": Text("应为 ISO 日期，如 2025-12-31", "takes an ISO date such as 2025-12-31"),
    "int_parsing": Text("应为整数", "takes a whole number"),
    "int_type": Text("应为整数", "takes a whole number"),
    "greater_than_equal": Text("太小", "is too small"),
    "less_than_equal": Text("太大", "is too large"),
}
_OTHER_RULE = Text("不合要求", "does not fit")


def _fault(fault: Any) -> Text:
    """Return one fault of the parameters: which one, its value, and the rule it breaks."""
    place = ".".join(str(part) for part in fault["loc"]) or "params"
    rule = _RULES.get(fault["type"], _OTHER_RULE)
    value = "" if fault["type"] == "missing" else f" = {str(fault['input'])[:60]}"
    expected = fault.get("ctx", {}).get("expected", "")
    zh, en = (f"（可选：{expected}）", f" ({expected})") if expected else ("", "")
    return Text(f"{place}{value}：{rule.zh}{zh}", f"{place}{value} {rule.en}{en}")


def plain_result(
    context: ToolContext, tool: str, params: dict[str, Any], columns: tuple[str, ...], rows: tuple[tuple[Any, ...], ...]
) -> Result:
    """Return a result that shows words of the catalog and no figure of the data: it needs no receipt."""
    meta = context.layer.warehouse.meta
    return Result(
        receipt="",
        tool=tool,
        metrics=(),
        params=params,
        columns=columns,
        rows=rows,
        truncated=False,
        unit=None,
        sql="",
        engine=context.layer.warehouse.engine,
        snapshot=meta.snapshot,
        as_of=meta.as_of.isoformat(),
        notes=(),
        elapsed_ms=0.0,
    )
