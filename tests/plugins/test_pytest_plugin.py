"""The pytest plugin, run as users run it: real sessions, real processes, real files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import openai
import pytest

from sealegs_adapters import openai_client
from staged import plans, prepared, records, report, run, said_again, write

pytest_plugins = ["pytester"]

LOADED = (openai, openai_client)
"""What a run within this process would import; pytester forgets what that imports."""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    return prepared(pytester, monkeypatch)


def test_without_the_option_each_case_is_a_test_as_any_other(project: pytest.Pytester) -> None:
    write(project, "hasty", count=2)
    done = run(project)
    done.assert_outcomes(passed=4)
    assert "sealegs: perturbation" not in done.stdout.str()
    assert not (project.path / "out.json").exists()


def test_an_agent_that_tries_again_passes(project: pytest.Pytester) -> None:
    write(project, "careful")
    done = run(project, "--perturb", "--perturb-report", "out.json")
    done.assert_outcomes(passed=96)
    assert (done.ret, report(project)["verdict"]) == (0, "PASS")
    done.stdout.fnmatch_lines(["PASS  test_agent.py::test_price", "*against a margin of*"])


def test_an_agent_that_does_not_fails_the_run_though_every_item_passes(
    project: pytest.Pytester,
) -> None:
    write(project, "hasty")
    done = run(project, "--perturb", "--perturb-report", "out.json")
    done.assert_outcomes(passed=96)
    assert (done.ret, report(project)["verdict"]) == (1, "FAIL")
    assert done.stdout.lines[-1].startswith("96 passed, 1 verdict FAIL in ")


def test_what_can_never_be_delivered_is_vacuous(project: pytest.Pytester) -> None:
    write(project, "careful", rate=0.0)
    done = run(project, "--perturb")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["VACUOUS  test_agent.py::test_price", "*never disturbed*"])


def test_few_cases_are_inconclusive_and_say_how_many_would_do(project: pytest.Pytester) -> None:
    write(project, "careful", count=2)
    done = run(project, "--perturb")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["INCONCLUSIVE *", "*pairs would decide it"])
    assert run(project, "--perturb", "--perturb-allow", "INCONCLUSIVE").ret == 0


def test_the_worst_failure_is_replayed_by_the_command_that_is_said(
    project: pytest.Pytester,
) -> None:
    write(project, "hasty", count=3)
    done = run(project, "--perturb")
    command = said_again(done)
    again = run(project, *command)
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["E  *TimeoutError*", "*failed; 1 of 1 delivered"])


def test_workers_say_what_one_process_says(project: pytest.Pytester) -> None:
    write(project, "hasty", count=4, rate=0.5, more="reps=2")
    run(project, "--perturb", "--perturb-report", "out.json")
    alone = report(project)
    done = run(project, "--perturb", "--perturb-report", "out.json", "-n2", "--dist=worksteal")
    done.assert_outcomes(passed=32)
    spread = report(project)
    assert plans(spread) == plans(alone)
    assert spread["verdict"] == alone["verdict"]
    journal = next(project.path.glob(".pytest_cache/d/sealegs/run-*/journals/journal.jsonl"))
    assert journal.stat().st_mode & 0o777 == 0o600


def test_another_seed_disturbs_other_places(project: pytest.Pytester) -> None:
    write(project, "careful", count=10, rate=0.5)
    found = []
    for seed in ("1", "2", "1"):
        run(project, "--perturb", "--perturb-seed", seed, "--perturb-report", "out.json")
        found.append(plans(report(project)))
    assert found[0] == found[2] != found[1]


def test_a_run_that_is_interrupted_keeps_what_was_finished(project: pytest.Pytester) -> None:
    write(project, "careful", count=3)
    agents = project.path / "agents.py"
    agents.write_text(
        agents.read_text()
        + "\ncount = 0\nreal = careful\ndef careful(city):\n    global count\n    count += 1\n"
        "    if count == 6:\n        raise KeyboardInterrupt\n    return real(city)\n"
    )
    options = "-q", "--perturb", "--perturb-report", "out.json"
    done = project.runpytest_inprocess(*options, no_reraise_ctrlc=True)
    assert done.ret == 2
    found = report(project)
    assert (found["verdict"], len(records(found))) == ("ERROR", 5)


def test_an_agent_that_breaks_undisturbed_is_an_error(project: pytest.Pytester) -> None:
    write(project, "careful", count=1)
    agents = project.path / "agents.py"
    agents.write_text(agents.read_text() + "\ndef careful(city):\n    raise OSError('no disk')\n")
    done = run(project, "--perturb")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["ERROR  test_agent.py::test_price", "*OSError: no disk*"])


def test_a_surface_at_a_time_says_which_one_breaks_the_agent(project: pytest.Pytester) -> None:
    write(project, "hasty", count=30, more='split="operator"')
    with (project.path / "storm.toml").open("a") as file:
        file.write('[[uses]]\noperator = "slow-tool"\nparameters = { seconds = 0.0, tail = 0.0 }\n')
    run(project, "--perturb", "--perturb-report", "out.json")
    parts = report(project)["tests"][0]["parts"]
    found = {name: part["verdict"] for name, part in parts.items()}
    assert found == {"storm/tool-error": "FAIL", "storm/slow-tool": "PASS"}


@pytest.mark.parametrize("reps", [1, 3])
def test_early_stopping_looks_after_whole_cases_and_skips_what_is_left(
    project: pytest.Pytester, reps: int
) -> None:
    write(project, "hasty", count=30, more=f'reps={reps}, gate={{"early_stop": True}}')
    done = run(project, "--perturb", "--perturb-report", "out.json")
    (found,) = report(project)["tests"]
    comparison = found["parts"]["storm"]["comparison"]
    assert (found["verdict"], comparison["method"]) == ("FAIL", "sequence")
    ran = records(report(project))
    assert (len(ran), len(ran) % (2 * reps)) == (comparison["cases"] * 2 * reps, 0)
    done.assert_outcomes(passed=len(ran), skipped=120 * reps - len(ran))


def test_parts_stop_early_when_all_are_decided(project: pytest.Pytester) -> None:
    write(project, "hasty", count=75, more='split="operator", gate={"early_stop": True}')
    with (project.path / "storm.toml").open("a") as file:
        file.write('[[uses]]\noperator = "slow-tool"\nparameters = { seconds = 0.0, tail = 0.0 }\n')
    done = run(project, "--perturb", "--perturb-report", "out.json")
    parts = report(project)["tests"][0]["parts"]
    assert {part["verdict"] for part in parts.values()} == {"FAIL", "PASS"}
    assert done.parseoutcomes()["skipped"] > 0


def test_junit_says_what_each_trial_was_and_the_suite_the_verdict(
    project: pytest.Pytester,
) -> None:
    write(project, "hasty", count=1)
    run(project, "--perturb", "--junitxml", "out.xml")
    suite = ElementTree.parse(project.path / "out.xml").getroot()[0]
    properties = [
        {one.attrib["name"]: one.attrib["value"] for one in found}
        for found in suite.iter("properties")
    ]
    assert properties[0] == {
        "sealegs.verdict": "INCONCLUSIVE",
        "sealegs.verdict:test_agent.py::test_price": "INCONCLUSIVE",
    }
    assert [one["sealegs.arm"] for one in properties[1:]] == ["clean", "disturbed"] * 2
    assert properties[2] == {
        "sealegs.case": "Oslo-0",
        "sealegs.arm": "disturbed",
        "sealegs.repetition": "0",
        "sealegs.profile": "storm",
        "sealegs.seed": "0",
        "sealegs.outcome": "failed",
        "sealegs.fired": "1",
        "sealegs.delivered": "1",
    }


def test_a_baseline_is_recorded_and_read(project: pytest.Pytester) -> None:
    write(project, "careful", count=1)
    done = run(project, "--perturb", "--perturb-record", "base.json")
    done.assert_outcomes(passed=2)
    path = project.path / "base.json"
    assert json.loads(path.read_text())["cases"] == {"Oslo-0": ["Oslo"], "Rome-0": ["Rome"]}
    assert path.stat().st_mode & 0o777 == 0o600
    done = run(
        project, "--perturb", "--perturb-baseline", "base.json", "--perturb-report", "out.json"
    )
    assert records(report(project))[0]["literals"] != ""


def test_a_dry_run_disturbs_nothing(project: pytest.Pytester) -> None:
    write(project, "hasty", count=2)
    done = run(project, "--perturb", "--perturb-dry-run", "--perturb-report", "out.json")
    done.stdout.fnmatch_lines(["VACUOUS *", "*a dry run*"])
    assert {record["outcome"] for record in records(report(project))} == {"passed"}


def test_other_parameters_make_other_cases(project: pytest.Pytester) -> None:
    write(project, "careful", count=1)
    test = project.path / "test_agent.py"
    text = test.read_text().replace("@pytest", '@pytest.mark.parametrize("x", [1, 2])\n@pytest', 1)
    test.write_text(text.replace("(sealegs)", "(sealegs, x)"))
    run(project, "--perturb", "--perturb-report", "out.json")
    assert {record["case"] for record in records(report(project))} == {
        "Oslo-0[1]",
        "Oslo-0[2]",
        "Rome-0[1]",
        "Rome-0[2]",
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"storm.toml"', '"smoek"', "*did you mean 'smoke'*"),
        ("cases=", "casse=", "*perturb has no argument 'casse'; did you mean 'cases'*"),
        ("cases=CASES", "cases=CASES, reps=0", "*reps*must be a whole number*"),
        ("cases=CASES", "cases=CASES, gate=3", "*the margin must lie between 0 and 1*"),
        ("(sealegs)", "()", "*takes the fixture sealegs*"),
    ],
)
def test_a_marker_that_is_wrong_is_refused(
    project: pytest.Pytester, old: str, new: str, said: str
) -> None:
    write(project, "careful")
    test = project.path / "test_agent.py"
    test.write_text(test.read_text().replace(old, new))
    done = run(project, "--perturb")
    assert done.ret in (2, 4)
    done.stdout.fnmatch_lines([said])


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("APP_ENV", "production", "the variable APP_ENV says that this is 'production'*"),
        ("SEALEGS_OFF", "1", "*turned off. Take back SEALEGS_OFF*"),
        ("SEALEGS_PERTURBATION__ENVIRONMENT", "prod", "perturbation.environment says*'prod'*"),
        ("SEALEGS_PERTURBATION__ENVIRONMENTS", "staging", "this is 'test', and allowed are*"),
        ("SEALEGS_PERTURBATION__LIVE_HOST", "x", "*did you mean 'live_hosts'*"),
    ],
)
def test_where_nothing_may_be_disturbed_a_line_says_why(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    write(project, "careful", count=1)
    monkeypatch.setenv(variable, value)
    done = run(project, "--perturb")
    assert done.ret == 4
    assert len([line for line in done.errlines if line]) == 1
    done.stderr.fnmatch_lines([f"ERROR: --perturb: *{said}"])


def test_the_file_of_settings_says_where_agents_may_be_disturbed(
    project: pytest.Pytester,
) -> None:
    write(project, "careful", count=1)
    project.makepyprojecttoml(
        """
        [tool.sealegs.perturbation]
        environment = "production"
        """
    )
    done = run(project, "--perturb")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["ERROR: --perturb: *perturbation.environment says*'production'*"])


def test_options_that_need_the_option_say_so(project: pytest.Pytester, tmp_path: Path) -> None:
    write(project, "careful", count=1)
    done = run(project, "--perturb-report", "out.json")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["*--perturb-report does nothing without --perturb*"])
    done = run(project, "--perturb", "--perturb-replay", "a", "--perturb-record", "b")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["*--perturb-replay and --perturb-record exclude each other"])
    done = run(project, "--perturb", "--perturb-replay", "a")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["ERROR: --perturb: *a: cannot be read*"])


def test_a_run_without_marked_tests_is_vacuous(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="def test_it(): pass")
    done = run(project, "--perturb")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["VACUOUS  no test marked perturb was run"])


# ------------------------------------------------------------------ byte for byte

LOGGED = """
import json, os, sys
import agent, model, pytest
from openai import OpenAI
from sealegs_adapters import openai_client

CASES = {f"{city}-{n}": (city, n) for city in ("Oslo", "Rome", "Lima") for n in (2, 3)}
NOW = []
plain = model._reply

def noted(asked):
    with open(os.environ["LOG"], "a") as file:
        print(json.dumps([NOW[-1], json.dumps(asked)]), file=file)
    return plain(asked)

model._reply = noted

@pytest.mark.perturb("storm.toml", cases=CASES)
def test_booking(sealegs):
    NOW.append(f"{sealegs.name} {sealegs.arm}")
    city, nights = sealegs.case
    agent.BOOKED.clear()
    with model.serve() as url, OpenAI(base_url=url, api_key="none", max_retries=5) as plain:
        agent.run(openai_client.enable(plain), f"Book a room in {city} for {nights} nights.")
    assert agent.BOOKED == [sealegs.case]
"""

BACKWARDS = """
def pytest_collection_modifyitems(items):
    items.reverse()
"""


def test_a_replay_in_another_process_and_order_sends_the_very_same_requests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = Path(__file__).parents[2] / "examples" / "staging"
    for name in ("agent.py", "model.py", "storm.toml"):
        (pytester.path / name).write_text((examples / name).read_text())
    pytester.makepyfile(test_it=LOGGED)

    def log(go: Callable[..., object], name: str, *options: str) -> dict[str, list[str]]:
        monkeypatch.setenv("LOG", str(pytester.path / name))
        go("-q", "--perturb", *options)
        found: dict[str, list[str]] = {}
        for line in (pytester.path / name).read_text().splitlines():
            trial, body = json.loads(line)
            found.setdefault(trial, []).append(body)
        return found

    first = log(pytester.runpytest_inprocess, "one", "--perturb-report", "out.json")
    plan = report(pytester)["plans"]["test_it.py::test_booking"]["storm"]
    (pytester.path / "plan.json").write_text(json.dumps(plan))
    pytester.makeconftest(BACKWARDS)
    again = log(pytester.runpytest_subprocess, "two", "--perturb-replay", "plan.json")
    assert len(again) == 6
    assert list(again) == [trial for trial in reversed(first) if trial.endswith("disturbed")]
    assert again == {trial: first[trial] for trial in again}
