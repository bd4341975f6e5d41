"""``yunce chat``: the chat in the browser, with the demo data where there is none."""

from typing import Annotated

import typer

from assistant.cli.data import build_with_progress
from assistant.cli.frame import Frame, say
from knowledge.catalog import load_catalog
from knowledge.text import Text


def add(frame: Frame) -> None:
    """Add the command."""
    words = frame.words

    @frame.app.command("chat", cls=frame.command_class, help=words("chat"))
    def chat(
        port: Annotated[int, typer.Option("--port", min=1, max=65535, help=words("port"))] = 8000,
        browser: Annotated[bool, typer.Option("--browser/--no-browser", help=words("browser"))] = True,
    ) -> None:
        from assistant.chat.port import check_port  # noqa: PLC0415
        from assistant.chat.server import serve  # noqa: PLC0415
        from tools.warehouse.publish import serving_path  # noqa: PLC0415

        check_port(port)
        if not serving_path(frame.settings.home).exists():
            say(
                Text("还没有数据，先生成演示数据。", "There is no data yet: building the demo first.").in_(
                    frame.language
                )
            )
            build_with_progress(frame)
        if trouble := load_catalog(frame.settings.home).trouble:
            say(trouble.in_(frame.language))
        serve(frame.settings, port=port, open_browser=browser)
