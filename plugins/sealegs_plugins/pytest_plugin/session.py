"""A pytest session under ``--perturb``: makes trials, gathers their records, says the verdict."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sealegs.errors import ProfileError
from sealegs.perturbation.attempting import outcome
from sealegs.perturbation.baselines import Baseline
from sealegs.perturbation.engine import RunningTrial
from sealegs.perturbation.judging import Verdict
from sealegs.perturbation.receipts import TrialRecord
from sealegs_plugins.pytest_plugin import filing
from sealegs_plugins.pytest_plugin.gathering import Gathered, told
from sealegs_plugins.pytest_plugin.marking import Marked, Spec
from sealegs_plugins.pytest_plugin.options import Options
from sealegs_plugins.pytest_plugin.running import Run, renamed
from sealegs_plugins.pytest_plugin.staging import Staged, properties
from sealegs_plugins.pytest_plugin.telling import COLOURS, summary

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class _Held:
    """What an item is doing."""

    place: str
    marked: Marked
    spec: Spec
    trial: RunningTrial | None = None


_HELD = pytest.StashKey[_Held]()


class Session:
    """Registered as a plugin of its own, so that without ``--perturb`` no hook of it is called.

    Args:
        config: pytest's.
        run: what trials share.
        folder: where plans and journals go.
    """

    def __init__(self, config: pytest.Config, run: Run, folder: Path) -> None:
        self.config, self.run, self._folder = config, run, folder
        self._worker = hasattr(config, "workerinput")
        self._gathered = Gathered()
        self._marks: dict[str, Marked] = {}
        self._lines: list[tuple[str, str]] = []

    @classmethod
    def of(cls, config: pytest.Config, options: Options) -> Session:
        """Load what a run needs.

        Raises:
            UsageError: nothing may be disturbed here, or a file cannot be read.
        """
        given: Mapping[str, Any] = getattr(config, "workerinput", {})
        folder = Path(given["sealegs_folder"]) if given else _folder(config)
        return cls(config, Run.of(options, folder / "journals"), folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist where the run's files are."""
        node.workerinput["sealegs_folder"] = str(self._folder)

    # -------------------------------------------------------------- trials

    def specs(self, place: str, marked: Marked) -> list[Spec]:
        """Give the trials of a test.

        Raises:
            UsageError: its profile cannot be read.
        """
        self._marks[place] = marked
        try:
            return self.run.specs(marked)
        except ProfileError as error:
            raise pytest.UsageError(f"{place}: {error}") from error

    @contextlib.contextmanager
    def stage(self, node: pytest.Function, spec: Spec) -> Generator[Staged]:
        """Run a trial while a test runs."""
        place = node.nodeid.partition("[")[0]
        marked, spec = self._marks[place], renamed(spec, _others(node, spec))
        node.stash[_HELD] = _Held(place, marked, spec)
        known = self._gathered.tests.get(place)
        if known is not None and known.decided:
            pytest.skip("the gate is decided already")
        trial = self.run.trial(marked, spec)
        node.stash[_HELD] = _Held(place, marked, spec, trial)
        with trial:
            yield Staged(spec, trial)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Write down how a trial ended instead of failing its item."""
        held = pyfuncitem.stash.get(_HELD, None)
        if held is None or held.trial is None:
            return (yield)
        try:
            given = yield
        except (Exception, pytest.fail.Exception) as error:
            failed = AssertionError(str(error))
            known = failed if isinstance(error, pytest.fail.Exception) else error
            said, detail = outcome(held.trial, known)
            record = held.trial.finish(said, detail)
            if record.outcome == "error" or self.run.plan is not None:
                raise
            return True
        held.trial.finish("passed")
        return given

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a trial's record on its report, with which it travels to where all are gathered."""
        report = yield
        held = item.stash.get(_HELD, None)
        early = report.when == "setup" and report.failed
        if held is not None and (early or report.when == "call"):
            record = self._record(held, report)
            parts, marked = self.run.parts(held.marked), held.marked
            planned = len(marked.cases) * marked.reps
            payload = told(held.place, record, marked.gate, parts, planned)
            vars(report)["sealegs"] = json.dumps(payload)
            item.user_properties += properties(record).items()
        return report

    def _record(self, held: _Held, report: pytest.TestReport) -> TrialRecord:
        if held.trial is not None and report.when == "call":
            skipped = "skipped" if report.skipped else ""
            return held.trial.finish("error", skipped) if skipped else held.trial.record()
        spec, profile = held.spec, held.spec.part
        assert spec.arm is not None
        detail = f"its setup failed: {report.longreprtext.strip().splitlines()[-1]}"
        seed = self.run.options.seed
        return TrialRecord(
            profile=profile,
            seed=seed,
            case=spec.name,
            repetition=spec.repetition,
            arm=spec.arm,
            outcome="error",
            detail=detail,
        )

    # -------------------------------------------------------------- the verdict

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what reports carry."""
        payload = getattr(report, "sealegs", None)
        if payload is not None and not self._worker:
            self._gathered.take(json.loads(payload))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, write the run's files, and let a verdict that is no PASS fail the run."""
        self.run.close()
        if self._worker or self.config.option.collectonly:
            return
        if self.run.options.record:
            passed = self._record_baseline(self.run.options.record)
        elif self.run.plan is not None:
            passed = self._tell_replay()
        else:
            passed = self._judge()
        journal = filing.join_journals(self.run.journals)
        if journal is not None:
            self._lines.append((f"journal: {self._near(journal)}", ""))
        if not passed and session.exitstatus in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it."""
        if self._worker or not self._lines:
            return
        terminalreporter.section("sealegs: perturbation")
        for line, colour in self._lines:
            terminalreporter.write_line(line, **({colour: True} if colour else {}))

    def _judge(self) -> bool:
        gathered, seed = self._gathered, self.run.options.seed
        if not gathered.tests:
            reason = "; ".join(gathered.unread) or "no test marked perturb was run"
            self._lines.append((f"{Verdict.VACUOUS}  {reason}", COLOURS[Verdict.VACUOUS]))
        for test in gathered.tests.values():
            replays = filing.write_worst(self._folder / "plans", test, seed)
            self._lines += summary(test, replays, self.config.invocation_params.dir)
        report = self.run.options.report
        if report is not None:
            filing.write_report(report, gathered, seed)
            self._lines.append((f"report: {self._near(report)}", ""))
        return gathered.verdict in (Verdict.PASS, *self.run.options.allowed)

    def _record_baseline(self, path: Path) -> bool:
        records = [one for test in self._gathered.tests.values() for one in test.records.values()]
        baseline = Baseline.of(records)
        baseline.write(path)
        count = sum(map(len, baseline.cases.values()))
        cases = len(baseline.cases)
        self._lines.append((f"{count} literals of {cases} cases: {self._near(path)}", "green"))
        return bool(cases)

    def _tell_replay(self) -> bool:
        records = [one for test in self._gathered.tests.values() for one in test.records.values()]
        if not records:
            self._lines.append(("the plan has no trial among the tests that were collected", "red"))
        for record in records:
            landed = sum(one.delivered for one in record.receipts)
            place = f"{record.case}, repetition {record.repetition}"
            told = f"{place}: {record.outcome}; {landed} of {len(record.receipts)} delivered"
            whole = landed == len(record.receipts)
            self._lines.append((told, "" if whole else "yellow"))
            missing = [one for one in record.receipts if not one.delivered]
            self._lines += [
                (f"  {one.injection.operator}: {one.reason}", "yellow") for one in missing
            ]
        return bool(records)

    def _near(self, path: Path) -> Path:
        root = self.config.invocation_params.dir
        return path.relative_to(root) if path.is_relative_to(root) else path


def _folder(config: pytest.Config) -> Path:
    """Make the run's folder, in pytest's cache where there is one."""
    cache = config.cache if hasattr(config, "cache") else None
    above = None if cache is None else cache.mkdir("sealegs")
    return Path(tempfile.mkdtemp(prefix="run-", dir=above))


def _others(node: pytest.Function, spec: Spec) -> str:
    """Say what else a test is parametrised with."""
    return node.callspec.id.replace(spec.id, "", 1).strip("-") if hasattr(node, "callspec") else ""
