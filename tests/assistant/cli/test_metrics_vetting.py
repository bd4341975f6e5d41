"""``yunce metrics check`` and ``vet`` on a workspace with entries of its own: said at once, exit status, both languages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.assistant.cli.running import COMMAND, environment, yunce
from tests.tools.vetting.own_catalog import ENTRY, FIXTURE, MEASURE, write_own

ID = "minutes_in_app"
RUN = ("metrics", "run", "--params", f'{{"metrics": ["{ID}"]}}')


@pytest.fixture
def own(home: Path) -> Path:
    """A home with the small demo and a metric of its own that is not vetted yet."""
    write_own(home)
    return home


def test_a_metric_of_ones_own_is_served_after_vetting_and_not_after_a_change(own: Path) -> None:
    """New: listed and refused with the command; vetted: answered with a receipt; changed: refused with what changed."""
    fresh = yunce(own, *RUN)
    assert (fresh.status, fresh.out) == (1, "")
    assert f"yunce metrics vet {ID} --by" in fresh.err
    vetted = yunce(own, "metrics", "vet", ID, "--by", "Mei Lin", "--json")
    assert (vetted.status, json.loads(vetted.out)["vetted"]) == (0, [ID])
    result = json.loads(yunce(own, *RUN).out)
    assert result["metrics"] == [ID]
    assert json.loads(yunce(own, "verify", result["receipt"], "--json").out)["outcome"] == "holds"
    measures = own / "catalog" / "measures.yaml"
    measures.write_text(MEASURE.replace("app_open", "search"), encoding="utf-8")
    changed = yunce(own, *RUN, language="zh")
    assert (changed.status, changed.out) == (1, "")
    assert len(changed.err.strip().splitlines()) == 1
    assert all(word in changed.err for word in (ID, "Mei Lin", "measure busy_minutes", f"yunce metrics vet {ID} --by"))
    assert yunce(own, "metrics", "run", "--params", '{"metrics": ["dau"]}').status == 0


def test_what_is_not_served_stays_in_the_list(own: Path) -> None:
    """With its status and why, for people and programs; ``show`` explains it with its SQL."""
    (entry,) = json.loads(yunce(own, "metrics", "list", "in-app minutes", "--json").out)
    assert (entry["id"], entry["status"], entry["vetted"]) == (ID, "new, not vetted", None)
    assert f"vet {ID}" in entry["why"]
    assert "新增，未审定" in yunce(own, "metrics", "list", ID, language="zh").out.replace("\n", "")
    shown = yunce(own, "metrics", "show", ID)
    assert shown.status == 0
    assert "not vetted" in shown.out
    assert "SELECT" in shown.out


def test_check_says_every_fault_of_an_entry_with_file_and_line(own: Path) -> None:
    """An unknown column, a missing fixture and the missing pin at once; status 1; in the language set."""
    write_own(own, measure=MEASURE.replace("duration_s", "duraton_s"))
    (own / "catalog" / "fixtures" / "minutes_in_app.yaml").unlink()
    done = yunce(own, "metrics", "check", ID, "--json", language="zh")
    about = json.loads(done.out)
    found = {(fault["code"], Path(fault["file"]).name, fault["line"]) for fault in about["faults"]}
    assert found == {("expression", "measures.yaml", 1), ("fixture", "shop.yaml", 14), ("not_vetted", "shop.yaml", 1)}
    assert done.status == 1
    assert any("没有列“duraton_s”" in fault["message"] for fault in about["faults"])
    assert about["served"] == about["metrics"] - 1
    said = yunce(own, "metrics", "check", ID)
    assert said.status == 1
    assert "measures.yaml:1: busy_minutes: events has no column 'duraton_s'. Nearest: duration_s" in said.out


def test_check_names_a_broken_entry_and_proves_the_others(own: Path) -> None:
    """A slip in YAML takes its own entry only; what is asked to be checked besides is still proved."""
    write_own(own, entry=ENTRY.replace("names: {zh: 应用内总时长,", "names: {zh: [应用内总时长,"))
    done = yunce(own, "metrics", "check", ID, "dau", "--json")
    assert [(fault["entry"], fault["code"]) for fault in json.loads(done.out)["faults"]] == [(ID, "yaml")]
    listed = {entry["id"]: entry["status"] for entry in json.loads(yunce(own, "metrics", "list", "--json").out)}
    assert (listed[ID], listed["dau"]) == ("broken", "vetted")
    asked = yunce(own, *RUN)
    assert asked.status == 1
    assert "shop.yaml:" in asked.err
    doctor = yunce(own, "doctor")
    assert doctor.status == 1
    assert "shop.yaml:" in doctor.out
    assert "yunce metrics check" in doctor.out


def test_check_of_sound_entries_is_clean(own: Path) -> None:
    """Vetted entries that are right: no fault, nothing left unproved, status 0."""
    done = yunce(own, "metrics", "check", "dau", "retention_d7", "--json")
    about = json.loads(done.out)
    assert (done.status, about["faults"], about["not_run"], about["not_proved"]) == (0, [], [], None)


@pytest.mark.parametrize(
    ("fixture", "said"),
    [(FIXTURE.replace("2.0}", "3.0}"), "3.0 by hand"), (None, "There is no fixture")],
)
def test_vetting_refuses_what_is_not_proved(own: Path, fixture: str | None, said: str) -> None:
    """No pin is written, the reason is given, status 1; with other entries that are right those are vetted."""
    (own / "catalog" / "fixtures" / "minutes_in_app.yaml").unlink()
    write_own(own, fixture=fixture)
    done = yunce(own, "metrics", "vet", "--all", "--by", "Mei Lin")
    assert done.status == 1
    assert said in done.out
    assert not (own / "catalog" / "vetted.yaml").exists()


@pytest.mark.parametrize(
    "arguments", [(ID,), ("--by", "Mei Lin"), (ID, "--all", "--by", "Mei Lin"), (ID, "--by", "  ")]
)
def test_vetting_needs_a_name_and_what_to_vet(own: Path, arguments: tuple[str, ...]) -> None:
    """Without either, or with both ids and ``--all``, it is wrong usage."""
    assert yunce(own, "metrics", "vet", *arguments).status == 2


@pytest.mark.parametrize("command", [("check",), ("vet", "--by", "Mei Lin")])
def test_an_id_that_is_not_there_gives_the_nearest(own: Path, command: tuple[str, ...]) -> None:
    """One line with the value and the right name, status 1."""
    done = yunce(own, "metrics", command[0], "minutes_in_ap", *command[1:])
    assert done.status == 1
    assert ID in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_without_data_check_says_so_and_vet_refuses(tmp_path: Path) -> None:
    """Nothing can be proved without a warehouse: both say how to get one, neither passes."""
    home = tmp_path / "home"
    write_own(home)
    checked = yunce(home, "metrics", "check")
    assert checked.status == 1
    assert "yunce demo" in checked.out
    vetted = yunce(home, "metrics", "vet", "--all", "--by", "Mei Lin")
    assert vetted.status == 1
    assert "yunce demo" in vetted.err


@pytest.mark.timeout(900)
def test_the_whole_catalog_is_clean(demo_home: Path) -> None:
    """Every shipped entry is vetted, binds to the demo and is right by its fixture: no fault, nothing left unproved."""
    run = subprocess.run(
        [str(COMMAND), "metrics", "check", "--json"],
        env=environment(demo_home),
        cwd=demo_home.parent,
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )
    about = json.loads(run.stdout)
    assert (run.returncode, about["faults"], about["not_run"], about["not_proved"]) == (0, [], [], None)
    assert about["served"] == about["metrics"] >= 70
