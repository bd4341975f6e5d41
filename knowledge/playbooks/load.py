"""Read our own shelf of playbooks. A file that breaks a rule is an error of ours: it names the file and the rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.catalog.nearest import maybe_nearest, nearest
from knowledge.errors import CatalogError, QueryError
from knowledge.model import Words
from knowledge.playbooks.model import Playbook, Section
from knowledge.text import Text

FOLDER = Path(__file__).parent
HEADINGS = ("适用场景", "做法", "话术与素材", "节奏与频次", "衡量与止损", "风险")
"""The parts of a body, in order; the English summary follows."""
ENGLISH = "English summary"
_PARTS = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(BaseModel):
    """A source document that playbooks cite: its title, and what the title means in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    gloss: Words


@lru_cache(maxsize=4)
def load_playbooks(folder: Path = FOLDER) -> Mapping[str, Playbook]:
    """Return the playbooks of a folder by id, ordered by stage and id.

    Raises:
        CatalogError: a file breaks a rule of the format.
    """
    found: dict[str, Playbook] = {}
    for path in sorted(folder.glob("*.md")):
        playbook = _read(path)
        if playbook.id != path.stem:
            raise _broken(path, f"id {playbook.id} is not the file's name")
        found[playbook.id] = playbook
    return MappingProxyType(found)


@lru_cache(maxsize=4)
def load_documents(folder: Path = FOLDER) -> Mapping[str, Document]:
    """Return the documents that the playbooks of a folder cite, by title."""
    rows = yaml.load((folder / "documents.yaml").read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    documents = [Document.model_validate(row) for row in rows]
    return MappingProxyType({document.title: document for document in documents})


def playbook(name: str, folder: Path = FOLDER) -> Playbook:
    """Return a playbook by id.

    Raises:
        QueryError: there is none of that id; names the nearest.
    """
    every = load_playbooks(folder)
    key = name.strip().lower().replace("-", "_")
    if key in every:
        return every[key]
    near = maybe_nearest(key, list(every))
    raise QueryError(
        Text(
            f"没有编号为 {name} 的打法。{near.zh}用 yunce playbooks list 查看全部。",
            f"There is no playbook with the id {name}. {near.en}See yunce playbooks list.",
        ),
        code="unknown_playbook",
        choices=nearest(key, list(every)),
    )


def _read(path: Path) -> Playbook:
    parts = _PARTS.match(path.read_text(encoding="utf-8"))
    if not parts:
        raise _broken(path, "it does not start with front matter between two lines of ---")
    sections = _sections(parts["body"], path)
    try:
        front = yaml.load(parts["front"], _Loader)  # noqa: S506 - a safe loader
        return Playbook(
            **front,
            sections=[Section(heading=h, text=sections[h]) for h in HEADINGS],
            english=sections[ENGLISH],
            path=path,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise _broken(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (yaml.YAMLError, TypeError) as error:
        raise _broken(path, str(error)) from error


def _sections(body: str, path: Path) -> dict[str, str]:
    before, *rest = _HEADING.split(body)
    headings = [heading.strip() for heading in rest[::2]]
    if before.strip() or headings != [*HEADINGS, ENGLISH]:
        raise _broken(path, f"its headings are not {', '.join((*HEADINGS, ENGLISH))}")
    return {heading: text.strip() for heading, text in zip(headings, rest[1::2], strict=True)}


def _broken(path: Path, why: str) -> CatalogError:
    return CatalogError(
        Text(f"打法文件 {path.name} 有错误：{why}。", f"The playbook file {path.name} is broken: {why}."),
        code="bad_playbook",
    )
