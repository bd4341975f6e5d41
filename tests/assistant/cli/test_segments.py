"""``yunce segments`` as a person types it: listings, saving, previews, exports, and what is said when it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.cli.main import run
from tests.assistant.cli.running import Done


@pytest.fixture
def typed(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run ``yunce`` in this process under a home of the test's own."""
    monkeypatch.setenv("YUNCE_HOME", str(home))
    monkeypatch.chdir(home)

    def go(*arguments: str, language: str = "en") -> Done:
        monkeypatch.setenv("YUNCE_LANG", language)
        status = run(list(arguments))
        out = capsys.readouterr()
        assert "Traceback" not in out.out + out.err
        return Done(status, out.out, out.err)

    return go


CAMPERS = {"did": "search", "op": "gte", "times": 1, "where": {"keyword": ["露营装备"]}}


def test_saving_listing_showing_and_deleting(typed, home: Path) -> None:
    """Save, a second version, list, show, use in a metric, delete after --yes; JSON throughout."""
    saved = typed("segments", "save", "露营", "--definition", json.dumps(CAMPERS), "--owner", "Li", "--json")
    first = json.loads(saved.out)
    assert (saved.status, first["version"], first["owner"]) == (0, 1, "Li")
    assert first["size"] > 0
    (home / "d.json").write_text(json.dumps({"all": [CAMPERS, {"segment": "koc"}]}), encoding="utf-8")
    assert "version 2" in typed("segments", "save", "露营", "--definition", "@d.json", "--replace").out
    listed = {row["id"]: row for row in json.loads(typed("segments", "list", "--json").out)}
    assert listed["露营"]["kind"] == "saved"
    assert listed["koc"]["words"]["zh"].startswith("粉丝数")
    shown = json.loads(typed("segments", "show", "露营", "--json").out)
    assert [v["version"] for v in shown["versions"]] == [1, 2]
    params = {"metrics": ["active_users"], "filters": [{"dimension": "segment", "op": "in", "values": ["露营"]}]}
    assert json.loads(typed("metrics", "run", "--params", json.dumps(params)).out)["rows"][0][0] > 0
    kept = json.loads(typed("segments", "snapshot", "露营", "--as-of", "2025-06-30", "--json").out)
    assert Path(kept["path"]).is_file()
    assert "members 2025-06-30" in typed("segments", "show", "露营").out
    refused = typed("segments", "delete", "露营")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert typed("segments", "delete", "露营", "--yes").status == 0
    assert "露营" not in typed("segments", "list").out


def test_a_preview_shows_every_view_in_the_language(typed) -> None:
    """Size, trend, profile, metrics and overlap, each with its receipt; in Chinese nothing is left in English."""
    told = json.loads(typed("segments", "preview", "creators", "--overlap", "koc", "--json").out)
    assert told["size"]["rows"][0][0] == told["trend"]["rows"][-1][1]
    assert all(told[view]["receipt"].startswith("R-") for view in ("size", "trend", "profile", "overlap"))
    assert sum(row[-1] for row in told["overlap"]["rows"] if row[0]) == told["size"]["rows"][0][0]
    page = typed("segments", "preview", "creators", "--overlap", "koc", language="zh").out
    for words in ("专业创作者", "近 12 周", "画像", "提升度", "关键指标", "重叠", "收据"):
        assert words in page
    assert typed("verify", told["overlap"]["receipt"]).out.count("Holds") == 1
    days = ["--from", "2025-11-30", "--to", "2025-12-31"]
    moved = json.loads(typed("segments", "movement", "koc", *days, "--json").out)
    assert moved["columns"] == ["size_start", "stayed", "left", "entered", "registered_since", "size_end"]
    assert "沉睡期" in typed("segments", "flow", *days, language="zh").out
    assert json.loads(typed("segments", "flow", "high_value", "lost", *days, "--json").out)["rows"]


def test_exporting_a_list(typed, home: Path) -> None:
    """The file, its manifest, and what is refused."""
    done = typed("segments", "export", "out.csv", "--name", "koc", "--attributes", "channel,province", "--json")
    manifest = json.loads(done.out)
    lines = (home / "out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "user_id,channel,province"
    assert len(lines) == manifest["rows"] + 1
    assert json.loads((home / "out.csv.manifest.json").read_text(encoding="utf-8"))["sha256"] == manifest["sha256"]
    for more, said in (
        (["out.csv"], "is there already"),
        (["b.csv", "--attributes", "birth_month"], "never leave"),
        (["c.xlsx"], ".parquet"),
    ):
        refused = typed("segments", "export", "--name", "koc", *more)
        assert (refused.status, said in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["show", "hihg_value"], 1, "high_value"),
        (["preview"], 1, "definition or name"),
        (["preview", "koc", "--as-of", "tomorrow"], 1, "YYYY-MM-DD"),
        (["preview", "koc", "--as-of", "2031-01-01"], 1, "2025-12-31"),
        (["preview", "--definition", "{"], 1, "not JSON"),
        (["preview", "--definition", "@nowhere.json"], 1, "cannot be read"),
        (["preview", "--definition", '{"did": "shrae", "times": 1}'], 1, "share"),
        (["save", "a/b", "--definition", '{"segment": "koc"}'], 1, "must not hold /"),
        (["save", "KOC", "--definition", '{"segment": "lost"}'], 1, "taken"),
        (["save", "x"], 2, "--definition"),
        (["delete", "koc", "--yes"], 1, "ready-made"),
        (["movement", "koc", "--from", "2025-12-31", "--to", "2025-01-01"], 1, "before the last"),
        (["sing"], 2, "sing"),
    ],
)
def test_what_cannot_be_is_told_on_one_line(typed, arguments: list[str], status: int, said: str) -> None:
    """Exit status 1 for a request that failed, 2 for wrong usage; the reason on standard error."""
    done = typed("segments", *arguments)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
