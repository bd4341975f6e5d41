"""``yunce metrics``: the catalog, listed, explained, vetted and run."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import vetting
from assistant.cli.frame import Frame
from knowledge.catalog import Catalog, load_catalog
from knowledge.catalog.catalog import STATUSES
from knowledge.errors import PolicyError, QueryError, WarehouseError
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
        _list(frame, query, as_json=as_json)

    @app.command("show", cls=frame.command_class, help=words("metrics show"))
    def show(
        metric: Annotated[str, typer.Argument(help=words("metric"))], as_json: Annotated[bool, json_option] = False
    ) -> None:
        _show(frame, metric, as_json=as_json)

    @app.command("run", cls=frame.command_class, help=words("metrics run"))
    def run(params: Annotated[str, typer.Option("--params", help=words("params"), show_default=False)]) -> None:
        _run(frame, params)

    vetting.add(frame, app)


def _list(frame: Frame, query: str | None, *, as_json: bool) -> None:
    from knowledge.catalog.matching import listed  # noqa: PLC0415

    catalog, language = load_catalog(frame.settings.home), frame.language
    ids = listed(catalog, query)
    if as_json:
        typer.echo(json.dumps([_entry(name, catalog, language) for name in ids], ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    headings = [Text("编号", "id"), Text("名称", "name"), Text("定义", "definition"), Text("单位", "unit")]
    if catalog.unserved:
        headings.append(Text("状态", "status"))
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading.in_(language), overflow="fold")
    every = catalog.with_unvetted().metrics
    for name in ids:
        metric, status = every.get(name), STATUSES[catalog.status(name)].in_(language)
        about = (
            (metric.names.text.in_(language), metric.definition.text.in_(language), metric.unit)
            if metric
            else ("", "", "")
        )
        table.add_row(name, *about, *([status] if catalog.unserved else []))
    Console(soft_wrap=False).print(table)


def _entry(name: str, catalog: Catalog, language: Language) -> dict[str, Any]:
    """Return an entry as JSON, with its status and, where it is not served, why."""
    status = STATUSES[catalog.status(name)].en
    unserved = catalog.unserved.get(name)
    why = {"why": unserved.text.in_(language)} if unserved else {}
    metric = catalog.metrics.get(name) or (unserved.metric if unserved else None)
    if metric is None:
        return {"id": name, "status": status, **why}
    pin = catalog.shelf.pins.get(name)
    vetted = {"by": pin.by, "when": pin.when.isoformat(), "content": pin.content} if pin else None
    return {
        **metric.model_dump(mode="json"),
        "status": status,
        **why,
        "dimensions": list(catalog.dimensions_of(metric)),
        "content": catalog.content_hash(metric),
        "vetted": vetted,
    }


def _show(frame: Frame, name: str, *, as_json: bool) -> None:
    from tools.describe_metric import description  # noqa: PLC0415

    catalog = load_catalog(frame.settings.home)
    unserved = catalog.unserved.get(name)
    metric = unserved.metric if unserved and unserved.metric else catalog.metric(name)
    sql, missing = _sql(frame, metric, catalog)
    if as_json:
        typer.echo(json.dumps({**_entry(name, catalog, frame.language), "sql": sql}, ensure_ascii=False))
        return
    if unserved:
        typer.echo(unserved.text.in_(frame.language) + "\n")
    languages: tuple[Language, ...] = ("zh", "en") if frame.language == "zh" else ("en", "zh")
    for language in languages:
        for label, value in description(metric, catalog, language):
            typer.echo(f"{label}: {value}")
        typer.echo("")
    typer.echo(sql or missing)


def _sql(frame: Frame, metric: Metric, catalog: Catalog) -> tuple[str, str]:
    """Return the metric's SQL over its default window, or "" and why there is none."""
    from tools.semantic_layer.query import MetricQuery  # noqa: PLC0415

    try:
        engine = layer(frame, catalog.with_unvetted())
        return engine.explain(MetricQuery(metrics=(metric.id,)))[1].sql, ""
    except (WarehouseError, PolicyError) as error:
        return "", error.in_(frame.language)


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


def layer(frame: Frame, catalog: Catalog | None = None) -> "SemanticLayer":
    """Return the semantic layer of the settings, over ``catalog`` or that of the workspace, without loading any agent."""
    from tools.semantic_layer.engine import SemanticLayer  # noqa: PLC0415
    from tools.semantic_layer.receipts import ReceiptStore  # noqa: PLC0415
    from tools.warehouse.door import Warehouse  # noqa: PLC0415
    from tools.warehouse.publish import serving_path  # noqa: PLC0415

    settings = frame.settings
    warehouse = Warehouse(serving_path(settings.home), seconds=settings.query_seconds, memory=settings.memory)
    return SemanticLayer(
        catalog or load_catalog(settings.home), warehouse, ReceiptStore(settings.home), settings.week_start
    )
