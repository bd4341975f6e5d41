"""``yunce doctor``: is everything in place, and if not, what to do."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.frame import FAILED, Frame
from assistant.settings import Settings
from knowledge.catalog import load_catalog
from knowledge.errors import WarehouseError
from knowledge.text import Text, join

LEAST_ROOM_GB = 1


@dataclass(frozen=True)
class Check:
    """One thing looked at: its name, whether it is well, what was found, and how to mend it."""

    name: str
    ok: bool
    found: Text
    mend: Text | None = None


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("doctor", cls=frame.command_class, help=words("doctor"))
    def doctor(as_json: Annotated[bool, typer.Option("--json", help=words("json"))] = False) -> int:
        from tools.warehouse.publish import serving_path  # noqa: PLC0415

        checks = list(_checks(frame))
        ok = all(check.ok for check in checks)
        if as_json:
            rows = [_as_json(frame, check) for check in checks]
            about = {"ok": ok, "warehouse": str(serving_path(frame.settings.home)), "checks": rows}
            typer.echo(json.dumps(about, ensure_ascii=False))
        else:
            for check in checks:
                typer.echo(f"{'✓' if check.ok else '✗'} {check.name}: {check.found.in_(frame.language)}")
                if check.mend and not check.ok:
                    typer.echo(f"  → {check.mend.in_(frame.language)}")
        return 0 if ok else FAILED


def _as_json(frame: Frame, check: Check) -> dict[str, object]:
    mend = check.mend.in_(frame.language) if check.mend and not check.ok else None
    return {"name": check.name, "ok": check.ok, "found": check.found.in_(frame.language), "mend": mend}


def _checks(frame: Frame) -> Iterator[Check]:
    yield _home(frame.settings.home)
    yield _room(frame.settings.home)
    yield _catalog(frame.settings.home)
    yield _warehouse(frame)
    yield _weeks(frame.settings)
    yield _model(frame.settings)
    yield _chat()


def _home(home: Path) -> Check:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as error:
        why = error.strerror or type(error).__name__
        mend = Text(
            "换一个可写的 YUNCE_HOME，或修改该目录的权限。",
            "Set YUNCE_HOME to a folder you can write, or change its permissions.",
        )
        return Check(
            "home", ok=False, found=Text(f"{home} 不可写：{why}", f"{home} cannot be written: {why}"), mend=mend
        )
    return Check("home", ok=True, found=Text(f"{home} 可写", f"{home} is writable"))


def _room(home: Path) -> Check:
    folder = next((p for p in (home, *home.parents) if p.exists()), Path(os.sep))
    free = shutil.disk_usage(folder).free / 1e9
    mend = Text("清理磁盘，或把 YUNCE_HOME 放到别的磁盘。", "Free some disk, or put YUNCE_HOME on another one.")
    return Check("disk", ok=free >= LEAST_ROOM_GB, found=Text(f"剩余 {free:.0f} GB", f"{free:.0f} GB free"), mend=mend)


def _catalog(home: Path) -> Check:
    catalog = load_catalog(home)
    served, every = len(catalog.metrics), len(catalog.metrics) + len(catalog.unserved)
    found = [
        Text(
            f"提供 {served}/{every} 个指标，版本 {catalog.version}",
            f"{served} of {every} metrics served, version {catalog.version}",
        )
    ]
    found += [fault.said for fault in catalog.faults]
    found += [unserved.text for unserved in catalog.unserved.values() if unserved.status in ("changed", "new")]
    mend = Text(
        "运行 yunce metrics check 查看全部错误；其余指标照常提供。",
        "Run yunce metrics check to see every fault; the other metrics serve on.",
    )
    return Check("catalog", ok=len(found) == 1, found=join(found, zh="\n  ", en="\n  "), mend=mend)


def _warehouse(frame: Frame) -> Check:
    try:
        from tools.warehouse.door import Warehouse  # noqa: PLC0415
        from tools.warehouse.publish import serving_path  # noqa: PLC0415

        meta = Warehouse(serving_path(frame.settings.home)).meta
    except WarehouseError as error:
        mend = Text("运行 yunce demo，或 yunce load 你的文件。", "Run yunce demo, or yunce load your own file.")
        return Check("warehouse", ok=False, found=error.text, mend=mend)
    zh = f"{meta.snapshot}，{meta.data_start} 至 {meta.as_of}，{meta.time_zone}"
    return Check(
        "warehouse", ok=True, found=Text(zh, f"{meta.snapshot}, {meta.data_start} to {meta.as_of}, {meta.time_zone}")
    )


def _weeks(settings: Settings) -> Check:
    day = Text("周日", "Sunday") if settings.week_start == "sunday" else Text("周一", "Monday")
    return Check("weeks", ok=True, found=Text(f"从{day.zh}开始", f"begin on {day.en}"))


def _model(settings: Settings) -> Check:
    if settings.uses_model:
        where = settings.base_url or "OpenAI"
        return Check("model", ok=True, found=Text(f"{settings.model}（{where}）", f"{settings.model} ({where})"))
    if settings.api_key or settings.base_url or settings.model:
        mend = Text(
            "同时设置 YUNCE_MODEL 与 OPENAI_API_KEY（或 OPENAI_BASE_URL）；或都不设置，使用离线规划器。",
            "Set both YUNCE_MODEL and OPENAI_API_KEY (or OPENAI_BASE_URL); or neither, for the offline planner.",
        )
        return Check("model", ok=False, found=Text("模型设置不完整", "the model's settings are incomplete"), mend=mend)
    return Check("model", ok=True, found=Text("离线规划器（无需密钥与网络）", "offline planner (no key, no network)"))


def _chat() -> Check:
    missing = [name for name in ("chainlit", "langchain", "plotly") if find_spec(name) is None]
    mend = Text("运行 make install 重新安装。", "Run make install again.")
    if missing:
        listed = ", ".join(missing)
        return Check("packages", ok=False, found=Text(f"缺少 {listed}", f"missing: {listed}"), mend=mend)
    return Check("packages", ok=True, found=Text("对话所需的包齐全", "everything the chat needs is installed"))
