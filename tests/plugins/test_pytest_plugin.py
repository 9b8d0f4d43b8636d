"""The pytest plugin, run as users run it: real sessions, real processes, real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from staged import plans, prepared, records, report, run, said_again, write

pytest_plugins = ["pytester"]


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


@pytest.mark.parametrize("workers", ["--dist=load", "--dist=worksteal"])
def test_workers_say_what_one_process_says(project: pytest.Pytester, workers: str) -> None:
    write(project, "hasty", count=4, rate=0.5, more="reps=2")
    run(project, "--perturb", "--perturb-report", "out.json")
    alone = report(project)
    done = run(project, "--perturb", "--perturb-report", "out.json", "-n2", workers)
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
    done = run(project, "--perturb", "--perturb-report", "out.json", "-s")
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


def test_early_stopping_skips_what_is_decided(project: pytest.Pytester) -> None:
    write(project, "hasty", count=60, more='gate={"early_stop": True}')
    done = run(project, "--perturb", "--perturb-report", "out.json")
    found = report(project)["tests"][0]
    assert found["verdict"] == "FAIL"
    assert found["parts"]["storm"]["comparison"]["method"] == "sequence"
    assert len(records(report(project))) < 240
    assert done.parseoutcomes()["skipped"] > 0


def test_junit_says_what_each_trial_was(project: pytest.Pytester) -> None:
    write(project, "hasty", count=1)
    run(project, "--perturb", "--junitxml", "out.xml")
    text = (project.path / "out.xml").read_text()
    assert '<property name="sealegs.arm" value="disturbed"/>' in text.replace('" />', '"/>')


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


def test_production_is_refused(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "careful", count=1)
    monkeypatch.setenv("APP_ENV", "production")
    done = run(project, "--perturb")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["*the variable APP_ENV says that this is 'production'*"])


def test_options_that_need_the_option_say_so(project: pytest.Pytester, tmp_path: Path) -> None:
    write(project, "careful", count=1)
    done = run(project, "--perturb-report", "out.json")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["*--perturb-report does nothing without --perturb*"])


def test_a_run_without_marked_tests_is_vacuous(project: pytest.Pytester) -> None:
    project.makepyfile(test_other="def test_it(): pass")
    done = run(project, "--perturb")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["VACUOUS  no test marked perturb was run"])
