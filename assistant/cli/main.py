"""The command line's frame: language, settings, commands, and one clear line for every failure."""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli import ask, chat, data, doctor, metrics, plan, playbooks, segments, summary, verify
from assistant.cli import eval as evaluation
from assistant.cli.frame import FAILED, INTERRUPTED, WRONG_USAGE, Frame, UsageError, say
from assistant.cli.words import HELP
from assistant.console import console_language, speak_utf8
from assistant.settings import Settings, read_settings
from knowledge.errors import YunceError
from knowledge.text import Language, Text


def main() -> None:
    """Run the ``yunce`` command. Exit status: 0 done, 1 the request failed, 2 wrong usage, 130 interrupted."""
    speak_utf8()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Return the exit status of the command with ``arguments``; every failure is one line on standard error."""
    language: Language = "en"
    settings: Settings | None = None
    try:
        settings = read_settings()
        language = console_language(settings)
        command = typer.main.get_command(build(settings, language))
        status = command.main(arguments, prog_name="yunce", standalone_mode=False)
        if status == INTERRUPTED:  # Typer turned Ctrl-C into an exit status
            say(_INTERRUPTED.in_(language))
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - the reader is gone
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last resort: a line for people, the log for us
        line, status = _failure(error, language, settings)
        say(line)
    return status if isinstance(status, int) else 0


def _failure(error: BaseException, language: Language, settings: Settings | None) -> tuple[str, int]:
    """Return the line that tells a person of ``error``, and the exit status."""
    if isinstance(error, YunceError):
        return error.in_(language), FAILED
    if isinstance(error, UsageError):
        return f"{error.format_message()}\n{_see_help(error).in_(language)}", WRONG_USAGE
    # DuckDB reports Ctrl-C during a statement as a RuntimeError of its own.
    if isinstance(error, (KeyboardInterrupt, typer.Abort, EOFError)) or str(error) == "Query interrupted":
        return _INTERRUPTED.in_(language), INTERRUPTED
    return _unexpected(error, settings).in_(language), FAILED


_INTERRUPTED = Text("已中断；没有留下半成品。", "Interrupted; nothing half-done is left.")


def _unexpected(error: BaseException, settings: Settings | None) -> Text:
    """Write the traceback to the log of the home folder; return the line that names it."""
    folder = settings.home if settings else Path.cwd()
    log = folder / "errors.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')}\n{traceback.format_exc()}\n")
    except OSError:
        log = Path(os.devnull)
    what = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:200]
    return Text(
        f"程序内部错误（{what}）。详情写在 {log}；运行 yunce doctor 检查，或把该文件附在问题报告里。",
        f"Internal error ({what}). The details are in {log}; run yunce doctor, or attach that file to a report.",
    )


def build(settings: Settings, language: Language) -> typer.Typer:
    """Return the command with its words in ``language``."""

    def words(name: str) -> str:
        return HELP[name].in_(language)

    app = typer.Typer(help=words("yunce"), no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    frame = Frame(app, settings, language, words)
    app.callback(cls=frame.group_class)(_version_option(words("version")))
    for module in (chat, ask, data, metrics, playbooks, segments, plan, summary, verify, evaluation, doctor):
        module.add(frame)
    return app


def _version_option(help_text: str) -> Callable[..., None]:
    def show(wanted: bool) -> None:
        if wanted:
            from importlib.metadata import version  # noqa: PLC0415

            typer.echo(f"yunce {version('yunce')}")
            raise typer.Exit

    def root(
        version: Annotated[bool, typer.Option("--version", callback=show, is_eager=True, help=help_text)] = False,
    ) -> None:
        del version

    root.__doc__ = None
    return root


def _see_help(error: Any) -> Text:
    path = error.ctx.command_path if error.ctx else "yunce"
    return Text(f"用 {path} --help 查看用法。", f"See {path} --help.")
