"""What every tool is: a name, words for the model that calls it, typed parameters, and a function from them to a result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.errors import QueryError
from knowledge.text import Language, Text
from tools.semantic_layer.engine import SemanticLayer
from tools.semantic_layer.result import Result
from tools.warehouse.door import Interrupter


class Params(BaseModel):
    """Parameters of a tool; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class ToolContext:
    """What a tool is handed besides its parameters: never global, one for each request."""

    layer: SemanticLayer
    language: Language
    interrupter: Interrupter


@dataclass(frozen=True)
class Tool:
    """One thing that can be done.

    Attributes:
        name: as models call it and results carry it.
        description: for models, in English: what it does, when to call it, what it refuses.
        params: the pydantic model of its parameters.
        function: carries it out; raises YunceError.
    """

    name: str
    description: str
    params: type[BaseModel]
    function: Callable[[ToolContext, Any], Result]

    def run(self, context: ToolContext, params: dict[str, Any]) -> Result:
        """Return the result for JSON parameters. Raises QueryError that lists every parameter that does not fit."""
        return self.function(context, self.checked(params))

    def checked(self, params: dict[str, Any]) -> BaseModel:
        """Return the parameters as their model. Raises QueryError that lists every one that does not fit."""
        try:
            return self.params.model_validate(params)
        except ValidationError as error:
            faults = [f"{'.'.join(str(p) for p in e['loc']) or 'params'}: {e['msg']}" for e in error.errors()]
            names = ", ".join(self.params.model_fields)
            raise QueryError(
                Text(
                    f"{self.name} 的参数不合要求：{'；'.join(faults)}。可用的参数：{names}。",
                    f"The parameters of {self.name} do not fit: {'; '.join(faults)}. Parameters: {names}.",
                ),
                code="bad_params",
            ) from error


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
