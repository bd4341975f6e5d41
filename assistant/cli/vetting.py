"""``yunce metrics check`` and ``yunce metrics vet``: prove the catalog, and pin what was looked over."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import FAILED, Frame, UsageError
from knowledge.catalog import Catalog, load_catalog
from knowledge.catalog.catalog import STATUSES
from knowledge.catalog.faults import Fault
from knowledge.errors import WarehouseError
from knowledge.text import Text

if TYPE_CHECKING:
    from tools.semantic_layer.engine import SemanticLayer
    from tools.vetting.proof import Proof

_UNVETTED = ("changed", "new")


def add(frame: Frame, app: typer.Typer) -> None:
    """Add the commands to the group ``metrics``."""
    words = frame.words
    json_option = typer.Option("--json", help=words("json"))

    @app.command("check", cls=frame.command_class, help=words("metrics check"))
    def check(
        metrics: Annotated[list[str] | None, typer.Argument(help=words("metrics some"), show_default=False)] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> int:
        return _check(frame, metrics or [], as_json=as_json)

    @app.command("vet", cls=frame.command_class, help=words("metrics vet"))
    def vet(
        by: Annotated[str, typer.Option("--by", help=words("vet by"), show_default=False)],
        metrics: Annotated[list[str] | None, typer.Argument(help=words("vet which"), show_default=False)] = None,
        every: Annotated[bool, typer.Option("--all", help=words("vet all"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> int:
        if bool(metrics) == every:
            raise UsageError(words("vet what"))
        if not by.strip():
            raise UsageError(words("vet by"))
        return _vet(frame, metrics or [], by.strip(), as_json=as_json)


def _check(frame: Frame, only: Sequence[str], *, as_json: bool) -> int:
    """Report every fault of the catalog at once, each with file and line; and what could not be proved here."""
    from tools.vetting.proof import unvetted_fault  # noqa: PLC0415

    catalog = load_catalog(frame.settings.home)
    _known(catalog, only)
    proofs, without = _proofs(frame, catalog, [n for n in catalog.with_unvetted().metrics if not only or n in only])
    faults = [*catalog.faults, *(fault for proof in proofs for fault in proof.faults)]
    faults += [unvetted_fault(u, catalog) for u in catalog.unserved.values() if u.status in _UNVETTED]
    faults = [fault for fault in faults if not only or fault.entry in only or fault.code == "expression"]
    faults = sorted(set(faults), key=lambda fault: (str(fault.file), fault.line))
    not_run = {proof.metric: proof.not_run for proof in proofs if proof.not_run}
    if as_json:
        typer.echo(json.dumps(_checked_json(frame, catalog, faults, not_run, without), ensure_ascii=False))
    else:
        _say_checked(frame, catalog, faults, not_run, without)
    return FAILED if faults or without else 0


def _proofs(frame: Frame, catalog: Catalog, names: Sequence[str]) -> tuple[list["Proof"], Text | None]:
    """Return the proofs of entries against the serving warehouse; or why nothing can be proved."""
    from tools.vetting.proof import prove  # noqa: PLC0415

    engine = _trial(frame, catalog)
    proofs = []
    try:
        with _progress(frame) as report:
            for number, name in enumerate(names):
                report(number / len(names))
                proofs.append(prove(name, engine))
    except WarehouseError as error:
        return [], error.text
    return proofs, None


def _trial(frame: Frame, catalog: Catalog) -> "SemanticLayer":
    from assistant.cli.metrics import layer  # noqa: PLC0415 - which adds these commands

    return layer(frame, catalog.with_unvetted())


@contextmanager
def _progress(frame: Frame) -> Iterator[Callable[[float], None]]:
    """Yield a function that shows the share done, where a person watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from assistant.cli.data import progress  # noqa: PLC0415

    with progress(frame) as report:
        yield lambda share: report("check", share)


def _checked_json(
    frame: Frame, catalog: Catalog, faults: Sequence[Fault], not_run: dict[str, Text], without: Text | None
) -> dict[str, Any]:
    return {
        "metrics": len(catalog.metrics) + len(catalog.unserved),
        "served": len(catalog.metrics),
        "faults": [_fault_json(frame, fault) for fault in faults],
        "not_run": [{"metric": name, "why": why.in_(frame.language)} for name, why in not_run.items()],
        "not_proved": without.in_(frame.language) if without else None,
    }


def _fault_json(frame: Frame, fault: Fault) -> dict[str, Any]:
    place = {"file": str(fault.file), "line": fault.line}
    return {"entry": fault.entry, "code": fault.code, **place, "message": fault.text.in_(frame.language)}


def _say_checked(
    frame: Frame, catalog: Catalog, faults: Sequence[Fault], not_run: dict[str, Text], without: Text | None
) -> None:
    for fault in faults:
        typer.echo(fault.said.in_(frame.language))
    if not_run:
        first = next(iter(not_run.values()))
        count = len(not_run)
        typer.echo(
            Text(f"{count} 个指标的样例未运行：{first.zh}", f"{count} fixture(s) not run: {first.en}").in_(
                frame.language
            )
        )
    if without:
        typer.echo(Text(f"未能对照数据：{without.zh}", f"Not proved against data: {without.en}").in_(frame.language))
    every, served = len(catalog.metrics) + len(catalog.unserved), len(catalog.metrics)
    typer.echo(
        Text(
            f"检查了 {every} 个指标，提供 {served} 个，{len(faults)} 处错误。",
            f"Checked {every} metrics, {served} served, {len(faults)} fault(s).",
        ).in_(frame.language)
    )


def _vet(frame: Frame, asked: Sequence[str], by: str, *, as_json: bool) -> int:
    """Prove entries and pin those that are right; without names all that are changed or new."""
    from knowledge.catalog.pins import write_pins  # noqa: PLC0415
    from tools.vetting.proof import pin_of  # noqa: PLC0415

    catalog = load_catalog(frame.settings.home)
    _known(catalog, asked)
    names = list(dict.fromkeys(asked)) or [
        u.id for u in catalog.unserved.values() if u.status not in ("draft", "retired")
    ]
    trial = catalog.with_unvetted()
    refused = {name: _refusal(catalog, name) for name in names if _refusal(catalog, name)}
    proofs, without = _proofs(frame, catalog, [name for name in names if name not in refused])
    if without:
        raise WarehouseError(without, code="not_proved")
    refused |= {proof.metric: _faults_of(proof) for proof in proofs if proof.faults or proof.not_run}
    today = datetime.now(UTC).astimezone().date()
    pins = {name: pin_of(name, trial, by=by, when=today) for name in names if name not in refused}
    for folder in dict.fromkeys(catalog.shelf.folders[name] for name in (pins or ())):
        mine = {name: pin for name, pin in pins.items() if catalog.shelf.folders[name] == folder}
        known = [name for name, place in catalog.shelf.folders.items() if place == folder]
        write_pins(folder, mine, known=known)
    if as_json:
        said = {name: [text.in_(frame.language) for text in texts] for name, texts in refused.items()}
        typer.echo(
            json.dumps({"vetted": list(pins), "refused": said, "by": by, "when": str(today)}, ensure_ascii=False)
        )
    else:
        _say_vetted(frame, list(pins), refused)
    return FAILED if refused else 0


def _refusal(catalog: Catalog, name: str) -> list[Text]:
    """Return why an entry may not be vetted before anything is proved: it is broken, a draft, or retired."""
    unserved = catalog.unserved.get(name)
    if unserved is None or unserved.status in _UNVETTED:
        return []
    return [fault.said for fault in unserved.faults] or [unserved.text]


def _faults_of(proof: "Proof") -> list[Text]:
    return [fault.said for fault in proof.faults] or ([proof.not_run] if proof.not_run else [])


def _say_vetted(frame: Frame, pinned: Sequence[str], refused: dict[str, list[Text]]) -> None:
    for name, texts in refused.items():
        for text in texts:
            typer.echo(f"✗ {name}: {text.in_(frame.language)}")
    for name in pinned:
        typer.echo(f"✓ {name}: {STATUSES['vetted'].in_(frame.language)}")
    typer.echo(
        Text(
            f"审定了 {len(pinned)} 个指标，{len(refused)} 个未通过。",
            f"Vetted {len(pinned)} metric(s), refused {len(refused)}.",
        ).in_(frame.language)
    )


def _known(catalog: Catalog, names: Sequence[str]) -> None:
    """Raise QueryError, with the nearest names, for an entry that is not in the catalog at all."""
    for name in names:
        if name not in catalog.metrics and name not in catalog.unserved:
            catalog.with_unvetted().metric(name)
