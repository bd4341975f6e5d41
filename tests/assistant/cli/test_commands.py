"""The commands that need no agent: help, metrics, verify, doctor, demo, load."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from tests.assistant.cli.running import COMMAND, environment, yunce

COMMANDS = ("chat", "ask", "demo", "load", "metrics", "verify", "doctor")


@pytest.mark.parametrize(("language", "word"), [("zh", "运策"), ("en", "Yunce")])
def test_help_lists_every_command_in_the_language(tmp_path: Path, language: str, word: str) -> None:
    """``--help`` names each command and speaks the language set."""
    done = yunce(tmp_path / "home", "--help", language=language)
    assert done.status == 0
    assert word in done.out
    assert all(f"\n  {command} " in done.out for command in COMMANDS)


@pytest.mark.parametrize("arguments", [(), ("ask",), ("metrics",), ("metrics", "run"), ("demo",), ("verify",)])
def test_chinese_help_is_chinese_throughout(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """The frame of the page that Typer writes is in Chinese too."""
    done = yunce(tmp_path / "home", *arguments, "--help", language="zh")
    assert "用法" in done.out
    assert not [word for word in ("Usage", "Options", "Show this message", "required", "default") if word in done.out]


def test_the_language_follows_the_system_where_none_is_set(tmp_path: Path) -> None:
    """Without YUNCE_LANG a Chinese locale gives Chinese words."""
    done = yunce(tmp_path / "home", "--help", language="", LANG="zh_CN.UTF-8")
    assert "运策" in done.out


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("metrics", "nonsense"), ("ask",), ("demo", "--users", "many"), ("verify",)]
)
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A command that does not exist, or misses or mistypes an argument, is wrong usage, in a line or two."""
    done = yunce(tmp_path / "home", *arguments)
    assert done.status == 2
    assert done.err.strip()
    assert done.out == ""


def test_metrics_list_narrows_by_a_word(tmp_path: Path) -> None:
    """The list holds every metric with its content hash; a Chinese word narrows it."""
    every = json.loads(yunce(tmp_path / "home", "metrics", "list", "--json").out)
    assert {"dau", "retention_d7", "roi"} <= {entry["id"] for entry in every}
    assert all(entry["status"] == "vetted" and len(entry["content"]) == 12 for entry in every)
    narrowed = json.loads(yunce(tmp_path / "home", "metrics", "list", "留存", "--json").out)
    assert {entry["id"] for entry in narrowed} >= {"retention_d1", "retention_d7", "retention_d30"}
    assert len(narrowed) < len(every)


def test_metrics_show_explains_in_both_languages_with_sql(demo_home: Path) -> None:
    """A person reads the definition in both languages, the data team the SQL."""
    done = yunce(demo_home, "metrics", "show", "retention_d7")
    assert "7日留存率" in done.out
    assert "Day-7 retention" in done.out
    assert "SELECT" in done.out


def test_an_unknown_metric_names_the_nearest(demo_home: Path) -> None:
    """The error gives the value and the nearest right names, in the language set."""
    done = yunce(demo_home, "metrics", "show", "retension_d7", language="zh")
    assert done.status == 1
    assert "retension_d7" in done.err
    assert "retention_d7" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_metrics_run_prints_a_result_object(home: Path) -> None:
    """The result has exactly the fields of the contract, and its receipt can be verified."""
    params = {
        "metrics": ["gmv", "aov"],
        "start": "2025-11-01",
        "end": "2025-11-30",
        "dimensions": ["platform"],
        "compare": "previous",
    }
    done = yunce(home, "metrics", "run", "--params", json.dumps(params))
    result = json.loads(done.out)
    assert set(result) == {
        "receipt", "tool", "metrics", "params", "columns", "rows", "row_count", "truncated", "unit", "sql", "engine", "snapshot",
        "as_of", "notes", "elapsed_ms",
    }  # fmt: skip
    assert result["unit"] == {"gmv": "CNY", "aov": "CNY"}
    assert "gmv__change_pct" in result["columns"]
    assert "aov__numerator" in result["columns"]
    verified = json.loads(yunce(home, "verify", result["receipt"], "--json").out)
    assert verified["outcome"] == "holds"


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ('{"metrics": ["dou"]}', ["dou", "dau"]),
        ('{"metrics": ["dau"], "dimensions": ["creative"]}', ["creative", "channel"]),
        ('{"metrics": ["dau"], "filters": [{"dimension": "channel", "values": ["tiktok"]}]}', ["tiktok", "Nearest"]),
        ('{"metrics": ["dau"], "start": "2023-01-01", "end": "2023-02-01"}', ["2024-07-01", "2025-12-31"]),
        ('{"metrics": ["dau"], "start": "2025-02-02", "end": "2025-02-01"}', ["2025-02-02", "Swap"]),
        ('{"metrics": ["dau"], "start": "soon"}', ["start"]),
        ('{"metrics": []}', ["metrics"]),
        ('{"metrics": ["dau"], "colour": 1}', ["colour"]),
        ('{"metrics": ["dau"], "order_by": {"column": "x"}}', ["'x'", "dau"]),
        ("not json", ["--params"]),
        ("[1]", ["--params"]),
    ],
)
def test_bad_params_give_one_clear_line(demo_home: Path, params: str, names: list[str]) -> None:
    """Each fault names its value and what would be right, on standard error, with exit status 1."""
    done = yunce(demo_home, "metrics", "run", "--params", params)
    assert done.status == 1
    assert done.out == ""
    assert all(name in done.err for name in names), done.err


def test_verify_tells_changed_from_holds(home: Path) -> None:
    """After other data is published the receipt says changed, with both values; with the data back it holds."""
    params = '{"metrics": ["orders"], "start": "2025-11-01", "end": "2025-11-30"}'
    result = json.loads(yunce(home, "metrics", "run", "--params", params).out)
    path = home / "warehouse" / "serving.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM orders WHERE order_date = DATE '2025-11-11'")
    changed = json.loads(yunce(home, "verify", result["receipt"], "--json").out)
    assert changed["outcome"] == "changed"
    (difference,) = changed["differences"]
    assert difference["then"] == result["rows"][0][0]
    assert difference["now"] < difference["then"]
    path.unlink()
    gone = yunce(home, "verify", result["receipt"])
    assert gone.status == 1
    assert "annot be re-run" in gone.out + gone.err


@pytest.mark.parametrize("receipt", ["R-0000000000", "nonsense", "", "R-../../etc"])
def test_verify_refuses_what_is_no_receipt(demo_home: Path, receipt: str) -> None:
    """An id that is not one, or not here, is one clear line."""
    done = yunce(demo_home, "verify", receipt)
    assert done.status == 1
    assert len(done.err.strip().splitlines()) == 1


def test_doctor_says_what_is_wrong_and_how_to_mend_it(tmp_path: Path, demo_home: Path) -> None:
    """Without data it fails and names the command that mends it; with data it is well and names the serving file."""
    empty = yunce(tmp_path / "none", "doctor", language="zh")
    assert empty.status == 1
    assert "yunce demo" in empty.out
    well = yunce(demo_home, "doctor", "--json")
    about = json.loads(well.out)
    assert (well.status, about["ok"]) == (0, True)
    assert Path(about["warehouse"]) == demo_home / "warehouse" / "serving.duckdb"


def test_doctor_flags_half_a_model_setting(demo_home: Path) -> None:
    """A key without a model name is a fault that is explained, not silently ignored."""
    done = yunce(demo_home, "doctor", OPENAI_API_KEY="x")
    assert done.status == 1
    assert "YUNCE_MODEL" in done.out


@pytest.mark.parametrize("content", [b"", b"not a database", b"\x00" * 5000])
def test_a_damaged_warehouse_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """An empty or corrupt serving file never shows a traceback."""
    home = tmp_path / "home"
    (home / "warehouse").mkdir(parents=True)
    (home / "warehouse" / "serving.duckdb").write_bytes(content)
    done = yunce(home, "metrics", "run", "--params", '{"metrics": ["dau"]}', language="zh")
    assert done.status == 1
    assert "serving.duckdb" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_an_older_warehouse_says_so(home: Path) -> None:
    """A file of another schema version is refused with both versions."""
    with duckdb.connect(str(home / "warehouse" / "serving.duckdb")) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'schema_version'")
    done = yunce(home, "metrics", "run", "--params", '{"metrics": ["dau"]}')
    assert done.status == 1
    assert "version 0" in done.err


def test_demo_builds_and_says_what_it_built(tmp_path: Path) -> None:
    """The demo command publishes and prints the rows of every table."""
    done = yunce(tmp_path / "home", "demo", "--users", "1000", "--json")
    about = json.loads(done.out)
    assert about["rows"]["users"] == 1000
    assert Path(about["path"]).exists()


def test_two_demos_at_once_and_ctrl_c_leave_no_half(tmp_path: Path) -> None:
    """While one builds, a second ends at once with a clear line; Ctrl-C on the first leaves nothing behind."""
    home = tmp_path / "home"
    first = subprocess.Popen(
        [str(COMMAND), "demo", "--users", "60000"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not list((home / "warehouse").glob("*build*/*")) and not list((home / "warehouse").glob("*.duckdb*")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        second = yunce(home, "demo", "--users", "1000")
        assert second.status == 1
        assert len(second.err.strip().splitlines()) == 1
        first.send_signal(signal.SIGINT)
        _, err = first.communicate(timeout=60)
    finally:
        first.kill()
    assert first.returncode != 0
    assert "Traceback" not in err
    left = [path.name for path in (home / "warehouse").rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    assert left == []


def test_loading_what_is_no_warehouse_keeps_the_old_one(home: Path, tmp_path: Path) -> None:
    """A refused file is named with what is wrong, and the serving snapshot stays as it was."""
    before = json.loads(yunce(home, "metrics", "run", "--params", '{"metrics": ["dau"]}').out)
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("CREATE TABLE users (user_id BIGINT)")
    done = yunce(home, "load", str(other))
    assert done.status == 1
    assert "events" in done.err
    missing = yunce(home, "load", str(tmp_path / "absent.duckdb"))
    assert missing.status == 1
    after = json.loads(yunce(home, "metrics", "run", "--params", '{"metrics": ["dau"]}').out)
    assert after["rows"] == before["rows"]


@pytest.mark.parametrize(
    ("name", "value"), [("YUNCE_QUERY_SECONDS", "soon"), ("YUNCE_QUERY_SECONDS", "-1"), ("YUNCE_MEMORY", "lots")]
)
def test_a_setting_that_does_not_fit_is_named(demo_home: Path, name: str, value: str) -> None:
    """A bad value in the environment gives the setting, the value and what it takes."""
    done = yunce(demo_home, "metrics", "run", "--params", '{"metrics": ["dau"]}', **{name: value})
    assert done.status == 1
    assert name in done.err
    assert value in done.err


def test_settings_come_from_a_dotenv_file_too(demo_home: Path, tmp_path: Path) -> None:
    """A ``.env`` in the working directory counts; the environment wins over it."""
    (tmp_path / ".env").write_text("YUNCE_MEMORY=lots\nOTHER=1\n", encoding="utf-8")
    run = ("metrics", "run", "--params", '{"metrics": ["dau"]}')
    assert yunce(demo_home, *run, cwd=tmp_path).status == 1
    assert yunce(demo_home, *run, cwd=tmp_path, YUNCE_MEMORY="1GB").status == 0
