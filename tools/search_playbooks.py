"""``search_playbooks``: what strategy documents and our own playbooks say, as passages to cite."""

from __future__ import annotations

import time
from dataclasses import fields

from pydantic import Field

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.cited import Cited
from tools.tool import Params, Tool, ToolContext, plain_result


class SearchPlaybooks(Params):
    """What to look for, and how many passages at most."""

    query: str = Field(min_length=1, max_length=1000)
    limit: int = Field(default=5, ge=1, le=20)


def search_playbooks(context: ToolContext, params: SearchPlaybooks) -> Cited:
    """Return the passages that fit, in either language; none, with a note, where nothing does.

    Raises:
        QueryError: there is no shelf to search here.
        WarehouseError: the index cannot be read or written.
    """
    from tools.retrieval.citations import citations  # noqa: PLC0415 - numpy and models load with the first search

    if context.library is None:
        raise QueryError(Text("这里没有打法库可查。", "There are no playbooks to search here."), code="no_library")
    started = time.perf_counter()
    found = citations(context.library.search(params.query, params.limit))
    bare = plain_result(context, TOOL.name, params.model_dump(exclude_defaults=True), (), ())
    told = {each.name: getattr(bare, each.name) for each in fields(bare)}
    told |= {"notes": () if found else (_NOTHING,), "elapsed_ms": (time.perf_counter() - started) * 1000}
    return Cited(**told, citations=tuple(found))


_NOTHING = Text(
    "打法库和文档里没有讲到这件事的段落。可以换个说法，或先加入相关文档。",
    "No passage of the playbooks and documents speaks of this. Say it another way, or add documents about it first.",
)

TOOL = Tool(
    name="search_playbooks",
    description=(
        "Find passages of strategy documents and playbooks: what was done, for whom, with which result. Call it for advice and "
        "practice (how to win back dormant users), in the person's own words; cite passages as [P1]. It has no live figures."
    ),
    params=SearchPlaybooks,
    function=search_playbooks,
)
