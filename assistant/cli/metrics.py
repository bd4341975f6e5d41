"""``yunce metrics``: the catalog, listed, explained, checked and run."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import FAILED, Frame
from knowledge.catalog import Catalog, load_catalog
from knowledge.errors import QueryError, WarehouseError, YunceError
from knowledge.model import Metric
from knowledge.text import Language, Text

if TYPE_CHECKING:
    from tools.semantic_layer.engine import SemanticLayer


def add(frame: Frame) -> None:
    """Add the commands."""
    words = frame.words
    app = typer.Typer(cls=frame.group_class, help=words("metrics"), no_args_is_help=True, rich_markup_mode=None)
    frame.app.add_typer(app, name="metrics")
    json_option = typer.Option("--json", help=words("json"))

    @app.command("list", cls=frame.command_class, help=words("metrics list"))
    def list_(
        query: Annotated[str | None, typer.Argument(help=words("words"), show_default=False)] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _list(frame.language, query, as_json=as_json)

    @app.command("show", cls=frame.command_class, help=words("metrics show"))
    def show(
        metric: Annotated[str, typer.Argument(help=words("metric"))], as_json: Annotated[bool, json_option] = False
    ) -> None:
        _show(frame, metric, as_json=as_json)

    @app.command("check", cls=frame.command_class, help=words("metrics check"))
    def check(as_json: Annotated[bool, json_option] = False) -> int:
        return _check(frame, as_json=as_json)

    @app.command("run", cls=frame.command_class, help=words("metrics run"))
    def run(params: Annotated[str, typer.Option("--params", help=words("params"), show_default=False)]) -> None:
        _run(frame, params)


def _list(language: Language, query: str | None, *, as_json: bool) -> None:
    from knowledge.catalog.matching import matching  # noqa: PLC0415

    metrics = matching(load_catalog(), query)
    if as_json:
        typer.echo(json.dumps([_entry(metric, load_catalog()) for metric in metrics], ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for heading in (Text("编号", "id"), Text("名称", "name"), Text("定义", "definition"), Text("单位", "unit")):
        table.add_column(heading.in_(language), overflow="fold")
    for metric in metrics:
        names = (metric.names.text.in_(language), metric.definition.text.in_(language))
        table.add_row(metric.id, *names, metric.unit)
    Console(soft_wrap=False).print(table)


def _entry(metric: Metric, catalog: Catalog) -> dict[str, Any]:
    entry = metric.model_dump(mode="json")
    return {**entry, "dimensions": list(catalog.dimensions_of(metric)), "content": catalog.content_hash(metric)}


def _show(frame: Frame, name: str, *, as_json: bool) -> None:
    from tools.describe_metric import description  # noqa: PLC0415

    catalog = load_catalog()
    metric = catalog.metric(name)
    sql, missing = _sql(frame, metric)
    if as_json:
        typer.echo(json.dumps({**_entry(metric, catalog), "sql": sql}, ensure_ascii=False))
        return
    languages: tuple[Language, ...] = ("zh", "en") if frame.language == "zh" else ("en", "zh")
    for language in languages:
        for label, value in description(metric, catalog, language):
            typer.echo(f"{label}: {value}")
        typer.echo("")
    typer.echo(sql or missing)


def _sql(frame: Frame, metric: Metric) -> tuple[str, str]:
    """Return the metric's SQL over its default window, or "" and why there is none."""
    from tools.semantic_layer.query import MetricQuery  # noqa: PLC0415

    try:
        return layer(frame).explain(MetricQuery(metrics=(metric.id,)))[1].sql, ""
    except WarehouseError as error:
        return "", error.in_(frame.language)


def _check(frame: Frame, *, as_json: bool) -> int:
    """Explain and run every metric over its default window; report every fault at once."""
    from tools.semantic_layer.query import MetricQuery  # noqa: PLC0415

    catalog = load_catalog()
    engine = layer(frame)
    faults: dict[str, str] = {}
    for name in catalog.metrics:
        try:
            plan, statement = engine.explain(MetricQuery(metrics=(name,)))
            engine.warehouse.run(statement)
            del plan
        except YunceError as error:
            faults[name] = error.in_(frame.language)
    if as_json:
        typer.echo(json.dumps({"metrics": len(catalog.metrics), "faults": faults}, ensure_ascii=False))
    else:
        for name, fault in faults.items():
            typer.echo(f"{name}: {fault}")
        typer.echo(
            Text(
                f"检查了 {len(catalog.metrics)} 个指标，{len(faults)} 处错误。",
                f"Checked {len(catalog.metrics)} metrics, {len(faults)} fault(s).",
            ).in_(frame.language)
        )
    return FAILED if faults else 0


def _run(frame: Frame, params: str) -> None:
    from tools.query_metrics import TOOL  # noqa: PLC0415
    from tools.tool import ToolContext  # noqa: PLC0415
    from tools.warehouse.door import Interrupter  # noqa: PLC0415

    try:
        data = json.loads(params)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise QueryError(
            Text(
                f'--params 不是 JSON 对象：{params[:80]}。例如 \'{{"metrics": ["dau"]}}\'。',
                f'--params is not a JSON object: {params[:80]}. For example \'{{"metrics": ["dau"]}}\'.',
            ),
            code="bad_params",
        )
    result = TOOL.run(ToolContext(layer(frame), frame.language, Interrupter()), data)
    typer.echo(json.dumps(result.to_json(frame.language), ensure_ascii=False, allow_nan=False))


def layer(frame: Frame) -> "SemanticLayer":
    """Return the semantic layer of the settings, without loading any agent."""
    from tools.semantic_layer.engine import SemanticLayer  # noqa: PLC0415
    from tools.semantic_layer.receipts import ReceiptStore  # noqa: PLC0415
    from tools.warehouse.door import Warehouse  # noqa: PLC0415
    from tools.warehouse.publish import serving_path  # noqa: PLC0415

    settings = frame.settings
    warehouse = Warehouse(serving_path(settings.home), seconds=settings.query_seconds, memory=settings.memory)
    return SemanticLayer(load_catalog(), warehouse, ReceiptStore(settings.home))
