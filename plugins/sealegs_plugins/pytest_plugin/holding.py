"""What one item of a perturbed run is doing, from its setup to its teardown."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest import SkipTest

import pytest

from sealegs.errors import PerturbationError, SealegsError
from sealegs.perturbation.campaigns.attempting import BROKEN, outcome
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs_plugins.pytest_plugin.marking import Marked, Spec
from sealegs_plugins.pytest_plugin.staging import Staged

__all__ = ["Held", "place_of"]

_BROKEN = (*BROKEN, pytest.fail.Exception)


def place_of(node: pytest.Item) -> str:
    """Give a test's id without what it is parametrised with."""
    callspec = getattr(node, "callspec", None)
    return node.nodeid if callspec is None else node.nodeid.removesuffix(f"[{callspec.id}]")


@dataclass(slots=True)
class Held:
    """An item that is a trial.

    A trial ends at the teardown of the fixture, not of the test's function: what stands outside of
    the agent, and is held by other fixtures, says only then what was met.

    Attributes:
        place: its test.
        index: the place of its pair in the order in which they were planned.
        marked: what its marker says.
        spec: which trial.
        trial: the trial, once it has begun.
        left: whether it is skipped because enough was seen.
        called: whether the test's function has come to an end.
        raised: whether pytest knows of the error already.
        error: what the function raised.
        missing: why there is no trial.
    """

    place: str
    index: int
    marked: Marked
    spec: Spec
    trial: RunningTrial | None = None
    left: bool = False
    called: bool = False
    raised: bool = False
    error: BaseException | None = None
    missing: str = ""

    @contextmanager
    def running(self, trial: RunningTrial, node: pytest.Function) -> Generator[Staged]:
        """Run a trial while a test runs, and end it."""
        self.trial = trial
        if inspect.iscoroutinefunction(node.obj):
            # it runs in a task that may have begun before the trial
            node.obj = trial.wrap(node.obj)
        with trial:
            yield Staged(self.spec, trial)
            record = self._finished(trial)
        if record.outcome == "error" and self.called and not self.raised:
            raise self.error or PerturbationError(record.detail)

    def _finished(self, trial: RunningTrial) -> TrialRecord:
        if self.missing or not self.called:
            return trial.finish("error", self.missing or "it did not come to an end")
        return trial.finish(*outcome(trial, _known(self.error)))

    def judge(self, *, always: bool) -> Generator[None, object, object]:
        """Run the test's function; what it raises is the agent's, or nobody's.

        Args:
            always: whether the item fails with it, as an ordinary test does.
        """
        try:
            given = yield
        except (pytest.skip.Exception, SkipTest) as error:
            self.missing = f"skipped: {error}"
            raise
        except pytest.exit.Exception:
            raise
        except _BROKEN as error:
            self.called, self.error = True, error
            self.raised = always or self._is_nobodys(error)
            if self.raised:
                raise
            return True
        self.called = True
        return given

    def _is_nobodys(self, error: BaseException) -> bool:
        """Whether an error says nothing of the agent, and nothing that is to come can change it."""
        trial = self.trial
        assert trial is not None
        if outcome(trial, _known(error))[0] != "error":
            return False
        record = trial.record()
        waiting = any(one.fired and not one.delivered for one in record.receipts)
        return record.arm == "clean" or isinstance(error, SealegsError) or not waiting

    def note(self, report: pytest.TestReport) -> None:
        """Take note of a report on a step of the item."""
        if report.when == "setup" and not report.passed:
            how = "skipped" if report.skipped else "its setup failed"
            self.missing = f"{how}: {_last(report)}"

    def record(self, report: pytest.TestReport, seed: int) -> TrialRecord:
        """Give the record, at the item's teardown."""
        if self.trial is None:
            return self._none(seed)
        record = self.trial.record()
        if report.failed and record.outcome != "error":
            return replace(record, outcome="error", detail=f"its teardown failed: {_last(report)}")
        return record

    def _none(self, seed: int) -> TrialRecord:
        spec = self.spec
        assert spec.arm is not None
        return TrialRecord(
            profile=spec.part,
            seed=seed,
            case=spec.name,
            repetition=spec.repetition,
            arm=spec.arm,
            outcome="error",
            detail=self.missing or "it did not begin",
        )


def _known(error: BaseException | None) -> BaseException | None:
    """Take ``pytest.fail`` for the assertion that it is."""
    return AssertionError(str(error)) if isinstance(error, pytest.fail.Exception) else error


def _last(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        first: str = crash.message.partition("\n")[0]
        return first
    return (report.longreprtext.strip().splitlines() or ["?"])[-1]
