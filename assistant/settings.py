"""The settings, read once from the environment or a ``.env`` file and passed down."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import QueryError
from knowledge.text import Language, Text
from knowledge.weeks import WeekStart

_LONGEST_SECONDS = 86_400
_LEAST_MEGABYTES = 128
_MEGABYTES = {"M": 1, "G": 1_000, "T": 1_000_000}


@dataclass(frozen=True)
class Setting:
    """One row of the settings table: the variable's name, its default as text, and what it does."""

    name: str
    default: str
    help_zh: str
    help_en: str


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "YUNCE_HOME", ".yunce", "数据、收据与会话的存放目录", "Folder that holds the data, receipts and conversations"
    ),
    Setting(
        "YUNCE_LANG",
        "",
        "命令行界面语言：zh 或 en；留空则跟随系统",
        "Language of the command line: zh or en; empty follows the system",
    ),
    Setting("OPENAI_API_KEY", "", "模型密钥；留空则使用离线规划器", "Model key; empty means the offline planner"),
    Setting("OPENAI_BASE_URL", "", "任何 OpenAI 兼容服务的地址", "Address of any OpenAI-compatible service"),
    Setting("YUNCE_MODEL", "", "模型名称；有密钥时必填", "Model name; needed where there is a key"),
    Setting(
        "YUNCE_WEEK_START", "monday", "一周从哪天开始：monday 或 sunday", "The day weeks begin on: monday or sunday"
    ),
    Setting(
        "YUNCE_EMBEDDING_MODEL",
        "",
        "打法检索的向量模型：sentence-transformers 的名称或文件夹；留空用自带模型",
        "Embedding model of the playbook search: name or folder for sentence-transformers; empty uses the packaged ones",
    ),
    Setting("YUNCE_QUERY_SECONDS", "30", "单次查询的时间上限（秒）", "Time limit of one query, in seconds"),
    Setting("YUNCE_MEMORY", "2GB", "单次查询的内存上限", "Memory limit of the query engine"),
)


@dataclass(frozen=True)
class Settings:
    """The settings of this process.

    Attributes:
        home: absolute path of the state folder.
        language: language of the command line, or None to follow the system.
        api_key, base_url, model: the OpenAI-compatible model; without a key or a base URL the offline planner answers.
        query_seconds: time limit of one query in seconds.
        memory: DuckDB memory limit, such as ``2GB``.
        week_start: the day weeks begin on, in figures and in words (本周, last week).
        embedding_model: name or folder of a sentence-transformers model for the playbook search; empty for the packaged.
    """

    home: Path
    language: Language | None
    api_key: str
    base_url: str
    model: str
    query_seconds: float
    memory: str
    week_start: WeekStart = "monday"
    embedding_model: str = ""

    @property
    def uses_model(self) -> bool:
        """Whether a language model is configured; otherwise the offline planner answers."""
        return bool(self.model and (self.api_key or self.base_url))


def read_settings(environ: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Return the settings from ``environ`` (default: the process's), then ``folder/.env``, then the defaults.

    Raises QueryError for a value that does not fit its setting.
    """
    values = {setting.name: setting.default for setting in SETTINGS}
    values |= _dotenv((folder or Path.cwd()) / ".env")
    source = os.environ if environ is None else environ
    values |= {name: source[name] for name in values if source.get(name)}
    return Settings(
        home=Path(values["YUNCE_HOME"]).expanduser().absolute(),
        language=_language(values["YUNCE_LANG"]),
        api_key=values["OPENAI_API_KEY"],
        base_url=values["OPENAI_BASE_URL"],
        model=values["YUNCE_MODEL"],
        query_seconds=_seconds(values["YUNCE_QUERY_SECONDS"]),
        memory=_memory(values["YUNCE_MEMORY"]),
        week_start=_week_start(values["YUNCE_WEEK_START"]),
        embedding_model=values["YUNCE_EMBEDDING_MODEL"],
    )


def _seconds(text: str) -> float:
    with suppress(ValueError):
        seconds = float(text)
        if 0 < seconds <= _LONGEST_SECONDS:
            return seconds
    raise _does_not_fit(
        "YUNCE_QUERY_SECONDS",
        text,
        Text("大于 0、至多 86400 的秒数，如 30", "seconds, more than 0 and at most 86400, such as 30"),
    )


def _memory(text: str) -> str:
    size = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MGT])i?B", text, flags=re.IGNORECASE)
    if size and float(size[1]) * _MEGABYTES[size[2].upper()] >= _LEAST_MEGABYTES:
        return text
    rule = Text(f"至少 {_LEAST_MEGABYTES}MB 的大小，如 2GB", f"a size of at least {_LEAST_MEGABYTES}MB, such as 2GB")
    raise _does_not_fit("YUNCE_MEMORY", text, rule)


def _week_start(text: str) -> WeekStart:
    day = text.strip().lower()
    if day in ("monday", "sunday"):
        return "sunday" if day == "sunday" else "monday"
    raise _does_not_fit("YUNCE_WEEK_START", text, Text("monday 或 sunday", "monday or sunday"))


def _language(text: str) -> Language | None:
    if text in ("zh", "en"):
        return "zh" if text == "zh" else "en"
    if not text:
        return None
    raise _does_not_fit("YUNCE_LANG", text, Text("zh 或 en，或留空", "zh or en, or nothing"))


def _does_not_fit(name: str, value: str, rule: Text) -> QueryError:
    return QueryError(
        Text(
            f"设置 {name}=“{value[:40]}”不可用：需要{rule.zh}。",
            f"The setting {name}='{value[:40]}' does not fit: it takes {rule.en}.",
        ),
        code="bad_setting",
    )


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is such a file

    known = {setting.name for setting in SETTINGS}
    try:
        found = dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(
            Text(f"无法读取 {path}：请存为 UTF-8 文本。", f"{path} cannot be read: save it as UTF-8 text."),
            code="bad_setting",
        ) from error
    return {name: value for name, value in found.items() if value and name in known}
