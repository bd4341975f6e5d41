"""``yunce verify``: does the number behind a receipt still hold?"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.frame import FAILED, Frame
from assistant.cli.metrics import layer
from knowledge.text import Text

if TYPE_CHECKING:
    from tools.semantic_layer.receipts import Verification

SHOWN_DIFFERENCES = 20


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("verify", cls=frame.command_class, help=words("verify"))
    def verify(
        receipt: Annotated[str, typer.Argument(help=words("receipt"))],
        as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False,
    ) -> int:
        from tools.semantic_layer.receipts import verify as run_again  # noqa: PLC0415
        from tools.toolbox import CALCULATIONS  # noqa: PLC0415

        engine = layer(frame)
        verification = run_again(engine.receipts.load(receipt), engine.warehouse, CALCULATIONS)
        if as_json:
            typer.echo(json.dumps(_as_json(frame, verification), ensure_ascii=False))
        else:
            typer.echo(_in_words(verification).in_(frame.language))
        return FAILED if verification.outcome == "cannot_rerun" else 0


def _as_json(frame: Frame, found: "Verification") -> dict[str, Any]:
    receipt = found.receipt
    return {
        "receipt": receipt.id,
        "tool": receipt.tool,
        "outcome": found.outcome,
        "reason": found.reason.in_(frame.language) if found.reason else None,
        "differences": [{"row": d.row, "column": d.column, "then": d.then, "now": d.now} for d in found.differences],
        "metrics": list(receipt.metrics),
        "params": dict(receipt.params),
        "sql": receipt.sql,
        "bound": dict(receipt.bound),
        "snapshot": receipt.snapshot,
        "snapshot_now": found.snapshot_now,
        "as_of": receipt.as_of,
        "created_at": receipt.created_at,
    }


def _in_words(found: "Verification") -> Text:
    receipt = found.receipt
    what = ", ".join(str(m["id"]) for m in receipt.metrics) or receipt.tool
    about = f"{receipt.id} · {what} · {receipt.snapshot}"
    if found.outcome == "holds":
        return Text(
            f"{about}\n成立：重新执行后 {len(receipt.rows)} 行全部一致。",
            f"{about}\nHolds: run again, all {len(receipt.rows)} row(s) are the same.",
        )
    if found.outcome == "cannot_rerun":
        reason = found.reason or Text("", "")
        return Text(f"{about}\n无法重新执行：{reason.zh}", f"{about}\nCannot be re-run: {reason.en}")
    lines = [f"  {d.row} {d.column}: {d.then} → {d.now}".rstrip() for d in found.differences[:SHOWN_DIFFERENCES]]
    listed = "\n".join(lines)
    count = len(found.differences)
    return Text(
        f"{about}\n已变化：{count} 处与收据不同（当时 → 现在，现在的数据为 {found.snapshot_now}）：\n{listed}",
        f"{about}\nChanged: {count} value(s) differ (then → now, on {found.snapshot_now}):\n{listed}",
    )
