"""``sealegs perturbations``: run as people run it, with good names, wrong ones and files."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sealegs import Catalog
from sealegs.cli import main
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.commands.perturbations.naming import ordered

Ran = tuple[int, str, str]
Here = Callable[..., Ran]

OPERATORS = Catalog.load().perturbations
PROFILES = Catalog.load().profiles


@pytest.fixture
def here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Here:
    """Run the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        try:
            status = main(["perturbations", *arguments])
        except SystemExit as ended:
            status = int(str(ended.code))
        return (status, *capsys.readouterr())

    return run


def put(text: str, name: str = "staging.toml") -> str:
    Path(name).write_text(text, "utf-8")
    return name


def test_is_a_command_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sealegs.cli", "perturbations", "show", "tool-order"]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("tool-order  (T8, tool_info, invariant)\n")


# ------------------------------------------------------------------ list


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_lists_all_operators_by_surface_and_number(here: Here, arguments: tuple[str, ...]) -> None:
    status, out, err = here(*arguments)
    head, *rows = out.splitlines()
    assert (status, err) == (0, "")
    assert head.split() == ["code", "operator", "surface", "label", "what", "it", "does"]
    names = [row.split()[1] for row in rows[:-2]]
    assert names == [one.name for one in ordered(OPERATORS)]
    assert names[:3] == ["tool-name-noise", "tool-name-scramble", "tool-name-permutation"]


def test_lists_those_of_a_surface_and_a_label(here: Here) -> None:
    status, out, _ = here("list", "--surface", "tool_info", "--label", "recoverable", "--json")
    found = json.loads(out)["operators"]
    assert status == 0
    assert [one["name"] for one in found] == [
        "withheld-tool",
        "schema-drift-docs",
        "toolset-change",
    ]
    assert here("--surface", "tool_info", "--label", "recoverable", "--json")[1] == out
    assert found[0]["parameters"][1] == {"turns": 2}
    assert found[0]["further"] == {"tools": ["*"]}


def test_a_surface_that_there_is_not_is_told(here: Here) -> None:
    status, out, err = here("list", "--surface", "prompt")
    assert (status, out) == (2, "")
    assert "invalid choice: 'prompt'" in err
    assert "system_prompt" in err


# ------------------------------------------------------------------ show


def test_shows_each_operator_at_each_severity(here: Here) -> None:
    status, out, err = here("show", *OPERATORS, "--json")
    shown = json.loads(out)["operators"]
    assert (status, err) == (0, "")
    assert [one["name"] for one in shown] == list(OPERATORS)
    for one in shown:
        assert [tried["severity"] for tried in one["tried"]] == [1, 2, 3]
        for tried in one["tried"]:
            assert (tried["edit"] is None) == bool(tried["note"])
            if one["surface"] in ("tool_info", "system_prompt"):
                assert json.dumps(tried["after"]) not in ("null", json.dumps(one["before"]))


def test_tells_each_operator_to_people(here: Here) -> None:
    status, out, _ = here("show", *OPERATORS)
    assert status == 0
    assert out.count("\nat severity 3") == len(OPERATORS)
    assert all(f"  {one.sheet.summary}\n" in out for one in OPERATORS.values())
    assert max(map(len, out.split("\n"))) < 2_000


def test_shows_before_and_after(here: Here) -> None:
    _, out, _ = here("show", "parameter-order", "--seed", "0")
    assert "        origin: {" in out
    assert "sample, with seed 0\n    search_flights: Search flights between two cities" in out
    before, _, after = out.partition("at severity 3\n")
    assert "    book_flight: Book a flight that search_flights has found." in before
    assert {line[:3] for line in after.splitlines() if line} == {"  -", "  +"}


def test_a_seed_gives_the_same_twice_and_another_gives_another(here: Here) -> None:
    first = here("show", "tool-name-noise", "--seed", "4")
    assert here("show", "tool-name-noise", "--seed", "4") == first
    assert here("show", "tool-name-noise", "--seed", "5") != first


def test_a_code_stands_for_all_operators_that_have_it(here: Here) -> None:
    _, out, _ = here("show", "t16", "--json")
    assert [one["name"] for one in json.loads(out)["operators"]] == [
        "missing-tool",
        "withheld-tool",
    ]


def test_a_wrong_name_is_told_with_the_nearest(here: Here) -> None:
    status, out, err = here("show", "tool-nam-noise")
    assert (status, out) == (2, "")
    assert err.startswith(
        "sealegs: unknown operator 'tool-nam-noise'; did you mean 'tool-name-noise' or "
    )
    assert here("show", "qqqqq")[2] == (
        "sealegs: unknown operator 'qqqqq'; `sealegs perturbations` lists all of them\n"
    )


@dataclass(frozen=True)
class Strange:
    """An operator of a plugin's own."""

    sheet: Sheet

    @property
    def name(self) -> str:
        return self.sheet.name


class Faulty(Strange):
    def text(self, text: str, about: About, /) -> str | None:
        raise KeyError("oh")


class Needy(Strange):
    def text(self, text: str, about: About, /) -> str | None:
        return str(about.supplies["world"])


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        (Strange, "there is no sample of its kind"),
        (Faulty, "KeyError: 'oh'"),
        (Needy, "it needs 'world', which neither the profile nor the test gives"),
    ],
)
def test_an_operator_that_cannot_be_shown_says_why(
    here: Here, monkeypatch: pytest.MonkeyPatch, kind: type[Strange], note: str
) -> None:
    facts = dataclasses.replace(OPERATORS["persona"].sheet, name="own", code="own")
    catalog = Catalog.load()
    catalog.perturbations = {"own": kind(facts)}
    monkeypatch.setattr(Catalog, "load", lambda **_: catalog)
    status, out, _ = here("show", "own")
    assert status == 0
    assert out.count(note) == 3
    assert "own" in here()[1]


# ------------------------------------------------------------------ profiles


def test_lists_the_profiles(here: Here) -> None:
    status, out, err = here("profiles")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(PROFILES)
    found = json.loads(here("profiles", "--json")[1])["profiles"]
    assert [one["name"] for one in found] == list(PROFILES)


def test_tells_a_profiles_operators(here: Here) -> None:
    status, out, _ = here("profiles", "smoke")
    title, *rows = out.splitlines()
    assert status == 0
    assert title == f"smoke: {PROFILES['smoke'].description}"
    assert [row.split()[0] for row in rows] == [use.operator for use in PROFILES["smoke"].uses]


def test_an_unknown_profile_is_told_with_the_nearest(here: Here) -> None:
    status, out, err = here("profiles", "smoek")
    assert (status, out) == (2, "")
    assert "did you mean 'smoke'?" in err


def test_prints_the_schema_of_profiles(here: Here) -> None:
    status, out, _ = here("profiles", "--schema")
    schema: Any = json.loads(out)
    assert status == 0
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$defs"]["Use"]["properties"]["operator"]["enum"] == sorted(OPERATORS)


# ------------------------------------------------------------------ check

GOOD = """\
description = "Ours."

[[uses]]
operator = "tool-name-noise"
severity = 3
parameters = { always = ["book_*"] }

[[uses]]
operator = "rule-paraphrase"
rate = 0.5
"""


def test_a_good_profile_is_told_with_what_the_test_must_give(here: Here) -> None:
    status, out, err = here("check", put(GOOD))
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "staging.toml: staging, 2 operators",
        "  tool-name-noise  severity 3  its own rate  always = ['book_*']",
        "  rule-paraphrase  severity 2  rate 0.5",
        "  rule-paraphrase needs variants, which the test gives",
    ]
    found = json.loads(here("check", "staging.toml", "--json")[1])
    assert (found["ok"], found["profile"]["name"]) == (True, "staging")


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_contributed_profiles_are_good(here: Here, name: str) -> None:
    assert here("check", name)[0] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[uses]]\noperator = "tool-name-nois"', "did you mean 'tool-name-noise'?"),
        ('[[uses]]\noperator = "typos"\nseverty = 1', "did you mean 'severity'?"),
        (
            '[[uses]]\noperator = "tool-order"\nparameters = { shar = 1 }',
            "did you mean 'share'?",
        ),
        ('[[uses]]\noperator = "tool-order"\nseverity = 4', "uses.0.severity"),
        ("uses = [", "cannot be read"),
        ('required = ["transport"]', "no operator of the profile is on it"),
    ],
)
def test_a_bad_profile_is_told_with_its_place(here: Here, text: str, said: str) -> None:
    status, out, err = here("check", put(text))
    assert (status, out) == (2, "")
    assert err.startswith("sealegs: staging.toml: ")
    assert said in err
    status, out, err = here("check", "staging.toml", "--json")
    assert (status, err) == (2, "")
    assert said in json.dumps(json.loads(out)["error"]).replace('"', "")


def test_a_file_that_is_not_there_is_told(here: Here) -> None:
    status, out, err = here("check", "nowhere.toml")
    assert (status, out) == (2, "")
    assert err.startswith("sealegs: nowhere.toml: cannot be read")
