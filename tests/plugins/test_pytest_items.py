"""How items of a perturbed run behave: skips, failures, fixtures, classes, coroutines, crashes."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from subprocess import PIPE, Popen

import pytest

from staged import prepared, records, report, run, said_again, write

pytest_plugins = ["pytester"]

HEAD = """
import os
import pytest
from agents import careful, hasty
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    made = prepared(pytester, monkeypatch)
    write(made, "careful", count=1)
    (made.path / "test_agent.py").unlink()
    return made


def trials(project: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    project.makepyfile(test_it=HEAD + text)
    return run(project, "--perturb", "--perturb-report", "out.json", *options)


def outcomes(project: pytest.Pytester, name: str = "test_it") -> dict[str, int]:
    return Counter(one["outcome"] for one in records(report(project), f"test_it.py::{name}"))


def test_a_coroutine_runs_within_its_trial_on_every_backend(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
from sealegs.perturbation.trial import current_trial

@pytest.fixture(scope="module")
async def older(anyio_backend):  # its task began before any trial
    yield

@pytest.mark.anyio
@pytest.mark.perturb("storm.toml", cases=["Oslo", "Rome"], reps=2)
async def test_it(older, sealegs):
    assert current_trial() is sealegs.trial
    assert hasty(sealegs.case)

@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request):
    return request.param
""",
    )
    done.assert_outcomes(passed=16)
    assert outcomes(project) == {"passed": 8, "failed": 8}
    found = report(project)["tests"][0]
    assert (found["planned"], found["verdict"]) == (8, "INCONCLUSIVE")
    cases = {one["case"] for one in records(report(project), "test_it.py::test_it")}
    assert cases == {f"{city}[{on}]" for city in ("Oslo", "Rome") for on in ("asyncio", "trio")}


def test_an_agents_own_threads_are_wrapped(project: pytest.Pytester) -> None:
    trials(
        project,
        """
from concurrent.futures import ThreadPoolExecutor

@pytest.mark.perturb("storm.toml", cases=["Oslo", "Rome"])
def test_it(sealegs):
    with ThreadPoolExecutor(1) as threads:
        plain = threads.submit(hasty, sealegs.case).result()  # no trial is known there
        assert plain and not sealegs.injections
        assert threads.submit(sealegs.wrap(hasty), sealegs.case).result() == plain
""",
    )
    assert outcomes(project) == {"passed": 2, "failed": 2}


def test_a_class_a_parameter_and_a_name_that_is_not_ascii(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
@pytest.mark.perturb("storm.toml", cases={"Ås [1]": "Oslo", "r0-clean": "Rome"})
class TestBooking:
    @pytest.mark.parametrize("x", ["a b", "é"])
    def test_it(self, sealegs, x):
        assert hasty(sealegs.case)
""",
    )
    done.assert_outcomes(passed=8)
    assert outcomes(project, "TestBooking::test_it") == {"passed": 4, "failed": 4}
    again = run(project, *said_again(done))
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*failed; 1 of 1 delivered"])


def test_what_raises_in_a_trial_is_the_agents_failure_once_it_was_disturbed(
    project: pytest.Pytester,
) -> None:
    done = trials(
        project,
        """
@pytest.mark.perturb("storm.toml", cases=["fail", "exit", "assert", "oserror"])
def test_it(sealegs):
    try:
        hasty("Oslo")
    except Exception:
        if sealegs.case == "fail":
            pytest.fail("the agent gave up")
        if sealegs.case == "exit":
            raise SystemExit(3)
        assert sealegs.case == "oserror"
        raise OSError("no disk")
""",
    )
    done.assert_outcomes(passed=8)
    assert outcomes(project) == {"passed": 4, "failed": 4}


@pytest.mark.parametrize(
    ("body", "said", "counts"),
    [
        ("    pytest.skip('no key')", "*the first is Oslo*: skipped: no key", {"skipped": 2}),
        (
            "    hasty('Nowhere')",
            "*the first is Oslo*: KeyError: 'Nowhere'",
            {"failed": 1, "passed": 1},
        ),
        ("    assert False", "*storm: never disturbed: tool_response*", {"passed": 2}),
    ],
)
def test_a_trial_that_says_nothing_of_the_agent_is_no_pass(
    project: pytest.Pytester, body: str, said: str, counts: dict[str, int]
) -> None:
    text = '@pytest.mark.perturb("storm.toml", cases=["Oslo"])\ndef test_it(sealegs):\n'
    done = trials(project, f"\n{text}{body}\n")
    done.assert_outcomes(**counts)
    assert done.ret == 1
    done.stdout.fnmatch_lines([said])


def test_a_run_can_be_ended_from_within_a_trial(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
@pytest.mark.perturb("storm.toml", cases=["Oslo", "Rome"])
def test_it(sealegs):
    if sealegs.case == "Rome":
        pytest.exit("the budget of the day is spent", returncode=9)
    careful(sealegs.case)
""",
    )
    assert (done.ret, outcomes(project)) == (9, {"passed": 2})
    part = report(project)["tests"][0]["parts"]["storm"]
    assert (part["verdict"], part["reason"]) == ("ERROR", "only 1 of 2 pairs were run")


def test_a_mark_that_skips_is_told(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
@pytest.mark.skipif(True, reason="no key here")
@pytest.mark.perturb("storm.toml", cases=["Oslo"])
def test_it(sealegs):
    pass
""",
    )
    done.assert_outcomes(skipped=2)
    assert done.ret == 1
    done.stdout.fnmatch_lines(["ERROR  test_it.py::test_it", "*skipped: no key here"])


FIXTURES = """
@pytest.fixture
def server({needs}):
    {before}
    yield
    {after}

@pytest.mark.perturb("storm.toml", cases=["Oslo", "Rome"])
def test_it(server, sealegs):
    careful(sealegs.case)
"""
FAILS = "raise RuntimeError('no server')"


@pytest.mark.parametrize("needs", ["", "sealegs"])
def test_a_fixture_that_fails_makes_the_trial_none(project: pytest.Pytester, needs: str) -> None:
    done = trials(project, FIXTURES.format(needs=needs, before=FAILS, after=""))
    done.assert_outcomes(errors=4)
    assert outcomes(project) == {"error": 4}
    done.stdout.fnmatch_lines(["*4 of 4 trials are none*its setup failed: RuntimeError: no server"])


def test_a_fixture_that_fails_at_its_end_makes_the_trial_none(project: pytest.Pytester) -> None:
    done = trials(project, FIXTURES.format(needs="", before="", after=FAILS))
    done.assert_outcomes(passed=4, errors=4)
    assert outcomes(project) == {"error": 4}
    done.stdout.fnmatch_lines(["*its teardown failed: RuntimeError: no server"])


def test_the_first_error_ends_a_run_that_is_to_end_with_it(project: pytest.Pytester) -> None:
    done = trials(project, FIXTURES.format(needs="", before=FAILS, after=""), "-x")
    done.assert_outcomes(errors=1)
    assert outcomes(project) == {"error": 1}
    done.stdout.fnmatch_lines(["*1 of 1 trials are none; *no server"])


def test_a_world_that_a_fixture_holds_is_met(project: pytest.Pytester) -> None:
    (project.path / "storm.toml").write_text('[[uses]]\noperator = "truncated-file"\n')
    done = trials(
        project,
        """
from sealegs.perturbation.worlds.disturbing import disturbed_world

@pytest.fixture
def workspace(sealegs, tmp_path):
    root = tmp_path / "work"
    root.mkdir()
    for name in ("notes.txt", "prices.txt"):
        (root / name).write_text("Oslo 120")
    with disturbed_world(root=root, journal=tmp_path / "undo"):
        yield root

@pytest.mark.perturb("storm.toml", cases=[f"case {n}" for n in range(4)])
def test_it(sealegs, workspace):
    for name in ("notes.txt", "prices.txt"):
        assert (workspace / name).read_text() == "Oslo 120"
""",
    )
    found = report(project)["tests"][0]["parts"]["storm"]
    assert outcomes(project) == {"passed": 4, "failed": 4}, done.stdout.str()
    assert (found["verdict"], found["coverage"]["delivered"]) == ("INCONCLUSIVE", 4)


def test_a_part_of_the_cases_is_no_verdict_and_says_how_to_run_all(
    project: pytest.Pytester,
) -> None:
    write(project, "careful", count=60, more='gate={"early_stop": True}')
    for options in (("-k", "Oslo-1"), ("test_agent.py::test_price[Oslo-1-r0-clean]",)):
        done = run(project, "--perturb", *options)
        assert done.ret == 1
        done.stdout.fnmatch_lines(
            [
                "ERROR  test_agent.py::test_price",
                "*of 120 pairs were run: the others were deselected; "
                "all: pytest test_agent.py::test_price --perturb",
            ]
        )


def test_what_was_an_error_runs_again_with_lf(project: pytest.Pytester) -> None:
    text = FIXTURES.format(needs="sealegs", before="assert sealegs.case == 'Oslo'", after="")
    trials(project, text, "-p", "cacheprovider").assert_outcomes(passed=2, errors=2)
    done = run(project, "--perturb", "--lf")
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(["*2 of 2 trials are none*"])


def test_collecting_disturbs_nothing_and_leaves_nothing(project: pytest.Pytester) -> None:
    write(project, "careful", count=1)
    done = run(project, "--perturb", "--collect-only")
    done.stdout.fnmatch_lines(
        ["test_agent.py::test_price?Oslo-0-r0-clean?", "*Oslo-0-r0-disturbed?"]
    )
    assert "sealegs: perturbation" not in done.stdout.str()
    assert done.ret == 0
    assert list(project.path.glob(".pytest_cache/d/sealegs/*")) == []


def test_the_files_of_the_last_runs_alone_are_kept(project: pytest.Pytester) -> None:
    write(project, "careful", count=1)
    for _ in range(12):
        run(project, "--perturb")
    assert len(list(project.path.glob(".pytest_cache/d/sealegs/run-*"))) == 10


@pytest.mark.parametrize("options", [("-p", "no:cacheprovider"), ("--import-mode=importlib",)])
def test_pytests_own_options_stand(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(project.mkdir("own")))
    write(project, "hasty", count=2)
    done = run(project, "--perturb", *options)
    done.assert_outcomes(passed=8)
    run(project, *said_again(done)).assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '\nimport unittest\n@pytest.mark.perturb("storm.toml")\n'
            "class TestOld(unittest.TestCase):\n    def test_it(self): pass\n",
            "*perturb stands on a function*nor on a unittest.TestCase*",
        ),
        (
            "\n@pytest.mark.xfail\n@pytest.mark.perturb('smoke')\ndef test_it(sealegs): pass\n",
            "*xfail says nothing of a trial*--perturb-allow FAIL*",
        ),
        ("\n@pytest.mark.perturb(3)\ndef test_it(sealegs): pass\n", "*must be a profile*"),
        ("\n@pytest.mark.perturb('a', 3)\ndef test_it(sealegs): pass\n", "*takes one argument*"),
        (
            "\n@pytest.mark.perturb('smoke', cases=[])\ndef test_it(sealegs): pass\n",
            "*cases: there are none*",
        ),
        (
            "\n@pytest.mark.perturb('smoke', cases=['a', 'a'])\ndef test_it(sealegs): pass\n",
            "*cases: a: two cases have this name*",
        ),
        (
            "\n@pytest.mark.perturb('smoke', gate={'margn': 1})\ndef test_it(sealegs): pass\n",
            "*a gate is a margin, or has margin, alpha*",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    project: pytest.Pytester, text: str, said: str
) -> None:
    done = trials(project, text)
    assert done.ret in (2, 4)
    told = done.stdout.str() + done.stderr.str()
    pytest.LineMatcher(told.splitlines()).fnmatch_lines([said])
    assert "Traceback" not in told


def test_a_file_that_cannot_be_written_is_told_and_fails_the_run(
    project: pytest.Pytester,
) -> None:
    write(project, "careful", count=24)
    (project.path / "file").write_text("")
    (project.path / ".pytest_cache").write_text("")
    quiet = "-Wignore::pytest.PytestCacheWarning"
    done = run(project, quiet, "--perturb", "--perturb-report", "file/out.json")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["PASS *", "the report cannot be written: *"])
    done = run(project, quiet, "--perturb", "--perturb-record", "file/base.json")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["the baseline cannot be written: *"])


def test_two_tests_have_a_verdict_each_and_the_worst_counts(project: pytest.Pytester) -> None:
    marker = '@pytest.mark.perturb("storm.toml", cases=[f"Oslo {n}" for n in range(50)])'
    done = trials(
        project,
        f"""
{marker}
def test_one(sealegs):
    careful("Oslo")

{marker}
def test_two(sealegs):
    hasty("Oslo")
""",
    )
    assert done.ret == 1
    done.stdout.fnmatch_lines(["PASS  test_it.py::test_one", "FAIL  test_it.py::test_two"])
    assert report(project)["verdict"] == "FAIL"


def test_a_profile_made_in_code_may_hold_what_is_no_json(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
from sealegs.perturbation.profiles import Profile, Use

def variants(text): return [text.upper()]

STORM = Profile(
    name="made",
    uses=(
        Use(operator="tool-error", severity=1, parameters={"share": 1.0}),
        Use(operator="user-paraphrase", supplies={"variants": variants}),
    ),
    required=("tool_response",),
)

@pytest.mark.perturb(STORM, cases=["Oslo"], supplies={"variants": variants})
def test_it(sealegs):
    careful(sealegs.case)
""",
    )
    done.assert_outcomes(passed=2)
    assert outcomes(project) == {"passed": 2}
    assert "variants" not in (project.path / "out.json").read_text()


def test_an_item_that_runs_again_takes_the_place_of_its_first_trial(
    project: pytest.Pytester,
) -> None:
    project.makeconftest(
        """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):  # as plugins do that run what failed again
    for last in (False, True):
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
    )
    done = trials(
        project,
        """
count = 0

@pytest.mark.perturb("storm.toml", cases=["Oslo"])
def test_it(sealegs):
    global count
    count += 1
    careful(sealegs.case)
    assert count % 2 == 0
""",
    )
    done.assert_outcomes(passed=4)
    assert outcomes(project) == {"passed": 2}


def test_a_plan_runs_its_trials_alone_and_fails_where_they_cannot_be_had(
    project: pytest.Pytester,
) -> None:
    write(project, "hasty", count=3, more='split="operator"')
    project.makepyfile(test_other="def test_other(): pass")
    done = run(project, "--perturb", "--perturb-report", "out.json")
    whole = report(project)["plans"]["test_agent.py::test_price"]["storm/tool-error"]
    (project.path / "plan.json").write_text(json.dumps(whole))
    done = run(project, "--perturb", "--perturb-replay", "plan.json")
    done.assert_outcomes(failed=6, deselected=1)
    assert done.stdout.str().count("failed; 1 of 1 delivered") == 6
    agents = project.path / "agents.py"
    agents.write_text(agents.read_text() + "\ndef hasty(city): return '80'\n")
    done = run(project, "--perturb", "--perturb-replay", "plan.json")
    done.assert_outcomes(passed=6, deselected=1)
    done.stdout.fnmatch_lines(["*passed; 0 of 1 delivered", "*tool-error: not reached"])
    assert done.ret == 1


def test_the_command_works_from_where_pytest_was_started(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.mkdir("staging tests")
    project.makeini("[pytest]")
    write(project, "hasty", count=3)
    for name in ("storm.toml", "test_agent.py"):
        (project.path / name).rename(folder / name)
    project.mkdir("elsewhere")
    monkeypatch.chdir(project.path / "elsewhere")
    done = run(project, "--perturb", "../staging tests")
    command = said_again(done)
    assert command[0] == "../staging tests/test_agent.py::test_price"
    run(project, *command).assert_outcomes(failed=1)


# ------------------------------------------------------------------ processes


def test_a_worker_that_dies_loses_its_trial_alone(project: pytest.Pytester) -> None:
    done = trials(
        project,
        """
@pytest.mark.perturb("storm.toml", cases=[f"Oslo {n}" for n in range(4)])
def test_it(sealegs):
    careful("Oslo")
    if sealegs.case == "Oslo 2" and sealegs.arm == "disturbed":
        os._exit(3)
""",
        "-n1",
    )
    assert done.ret == 1
    assert outcomes(project) == {"passed": 7, "error": 1}
    done.stdout.fnmatch_lines(["ERROR *", "*1 of 8 trials are none; the first is Oslo 2-*died*gw*"])


def test_control_c_loses_nothing_that_workers_have_finished(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_it=HEAD
        + """
import time

@pytest.mark.perturb("storm.toml", cases=[f"Oslo {n}" for n in range(100)])
def test_it(sealegs):
    careful("Oslo")
    time.sleep(0.05)
"""
    )
    options = ["--perturb", "--perturb-report", "out.json", "-n1", "-q"]
    command = [sys.executable, "-m", "pytest", *options]
    with Popen(command, cwd=project.path, stdout=PIPE, env=project_environment(project)) as child:
        deadline = time.monotonic() + 60
        while len(finished(project)) < 10 and time.monotonic() < deadline:
            time.sleep(0.05)
        known = finished(project)
        child.send_signal(signal.SIGINT)
        told = child.communicate(timeout=60)[0].decode()
    assert child.returncode == 2, told
    names = {(one["case"], one["arm"]) for one in records(report(project), "test_it.py::test_it")}
    assert known <= names
    assert report(project)["verdict"] == "ERROR"


def project_environment(project: pytest.Pytester) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(project.path)}


def finished(project: pytest.Pytester) -> set[tuple[str, str]]:
    """The trials that workers have written down."""
    files = project.path.glob(".pytest_cache/d/sealegs/run-*/trials/*.jsonl")
    lines = [line for file in files for line in file.read_text().split("\n")[:-1]]
    told = [json.loads(line)["record"] for line in lines]
    return {(one["case"], one["arm"]) for one in told}
