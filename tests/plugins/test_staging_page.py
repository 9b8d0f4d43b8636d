"""docs/staging.md says what is: its snippets run, its tables are whole, its figures are right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

import staged
from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.operators import Label, Need
from sealegs.statistics.gating import Decision, Gate, Pair, compare
from sealegs_plugins.pytest_plugin.marking import Spec
from sealegs_plugins.pytest_plugin.staging import Staged

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "staging.md").read_text("utf-8")
LOADED = staged.LOADED


def section(heading: str) -> str:
    return re.split(r"^## ", PAGE.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]


def blocks(heading: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", section(heading), re.MULTILINE | re.DOTALL)


def column(heading: str) -> list[str]:
    """Give the first column of the table that begins so, without its marks."""
    rows = PAGE.partition(f"\n| {heading} |")[2].split("\n\n")[0].splitlines()[2:]
    return [row.strip("| ").partition(" |")[0].strip("`") for row in rows]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("SEALEGS_CORPUS", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(pytester.mkdir("state")))
    return pytester


def run(project: pytest.Pytester, heading: str, *options: str) -> pytest.RunResult:
    for text in blocks(heading, "toml"):
        name = re.findall(r"^# (\w+\.toml)", text)[0]
        (project.path / name).write_text(text)
    (code,) = blocks(heading, "python")
    (project.path / "test_price.py").write_text(code)
    return project.runpytest_inprocess("-q", *options)


def test_the_first_test_passes_and_says_what_the_page_says(project: pytest.Pytester) -> None:
    run(project, "A test").assert_outcomes(passed=50)
    done = run(project, "A test", "--perturb", "--perturb-report", "out.json")
    assert done.ret == 0
    said = blocks("A test", "text")[0].splitlines()
    assert [line for line in said if line not in done.stdout.lines] == []
    found = json.loads((project.path / "out.json").read_text())
    part = found["tests"][0]["parts"]["storm"]
    assert column("key") == list(found)
    assert column("key of a test") == list(found["tests"][0])
    assert column("key of a part") == list(part)
    assert column("key of a comparison") == list(part["comparison"])


@pytest.mark.parametrize(("heading", "trials"), [("Judging by labels", 4), ("A world", 2)])
def test_an_agent_that_does_what_the_labels_ask_for_passes_its_trials(
    project: pytest.Pytester, heading: str, trials: int
) -> None:
    run(project, heading).assert_outcomes(passed=trials // 2)
    done = run(project, heading, "--perturb", "--perturb-report", "out.json")
    done.assert_outcomes(passed=trials)
    found = json.loads((project.path / "out.json").read_text())
    (records,) = found["records"].values()
    assert [one["outcome"] for one in records] == ["passed"] * trials
    assert [bool(one["receipts"]) for one in records] == [False, True] * (trials // 2)
    assert found["verdict"] == "INCONCLUSIVE"


def test_the_campaign_is_one(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_PERTURBATION__ENVIRONMENT", "test")
    names: dict[str, Any] = {}
    exec(compile(blocks("Without pytest", "python")[0], "staging.md", "exec"), names)
    assert names["result"].verdict == "FAIL"
    assert names["again"].outcome == "failed"
    assert names["the_same"] == names["result"]


def test_every_option_is_in_the_table(project: pytest.Pytester) -> None:
    told = project.runpytest_inprocess("--help").stdout.str()
    known = re.findall(r"^  (--perturb[\w-]*)", told, re.MULTILINE)
    assert [option.partition(" ")[0] for option in column("option")] == list(dict.fromkeys(known))


def test_every_attribute_of_the_fixture_is_in_the_table() -> None:
    known = {*vars(Staged(Spec("a", None))), *(name for name in vars(Staged) if name[0] != "_")}
    names = [re.sub(r"^sealegs\.|\(.*", "", one) for one in column("attribute")]
    assert (set(names), len(names)) == (known, len(known))


def test_every_argument_verdict_label_and_need_is_in_its_table() -> None:
    assert column("argument") == ["profile", "cases", "reps", "gate", "split", "supplies"]
    assert column("verdict") == ["PASS", "FAIL", "INCONCLUSIVE", "VACUOUS", "ERROR"]
    assert set(column("verdict")) == set(Verdict)
    assert column("label") == list(get_args(Label))
    assert set(column("need")) == set(get_args(Need))


@pytest.mark.parametrize(
    ("name", "gate"),
    [
        ("margin 0.20", Gate(0.2)),
        ("margin 0.10", Gate()),
        ("margin 0.05", Gate(0.05)),
        ("margin 0.10, split into five parts", Gate(alpha=0.01)),
        ("margin 0.10, early stop", Gate(early_stop=True)),
    ],
)
def test_so_many_pairs_are_needed(name: str, gate: Gate) -> None:
    (count,) = re.findall(rf"^\| {re.escape(name)} \| (\d+) \|$", PAGE, re.MULTILINE)
    for pairs, decision in ((int(count), Decision.PASS), (int(count) - 1, Decision.INCONCLUSIVE)):
        steady = [Pair(f"{number}", 0, True, True) for number in range(pairs)]
        assert compare(steady, gate).decision is decision
    broken = [Pair(f"{number}", 0, True, False) for number in range(8)]
    assert compare(broken).decision is Decision.FAIL
    assert compare(broken[:7]).decision is Decision.INCONCLUSIVE


def test_what_stands_in_the_list_of_contents_is_there() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings]
    assert re.findall(r"\]\(#([\w-]+)\)", PAGE) == anchors
