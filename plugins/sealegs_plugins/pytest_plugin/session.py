"""A pytest session under ``--perturb``: makes trials, and gathers their records."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from sealegs.errors import ProfileError
from sealegs.perturbation.campaigns.stopping import EarlyStop
from sealegs.perturbation.trials.journal import Journal, read_journal
from sealegs.perturbation.trials.records import write_record
from sealegs_plugins.pytest_plugin.closing import Closing
from sealegs_plugins.pytest_plugin.filing import Folder
from sealegs_plugins.pytest_plugin.gathering import Gathered, Test, bare
from sealegs_plugins.pytest_plugin.holding import Held, place_of
from sealegs_plugins.pytest_plugin.marking import Marked, Spec, refusal
from sealegs_plugins.pytest_plugin.options import Options
from sealegs_plugins.pytest_plugin.running import Run
from sealegs_plugins.pytest_plugin.staging import Staged, properties

__all__ = ["Session"]

_HELD = pytest.StashKey[Held]()

_MISPLACED = (
    "perturb stands on a function, a method or a class of plain tests, and neither on a parameter "
    "nor on a unittest.TestCase, which takes no fixtures"
)


class Session:
    """Registered as a plugin of its own, so that without ``--perturb`` no hook of it is called.

    Args:
        config: pytest's.
        run: what trials share.
        folder: where the run's files go.
    """

    def __init__(self, config: pytest.Config, run: Run, folder: Folder) -> None:
        self.config, self.run, self._folder = config, run, folder
        self._worker = hasattr(config, "workerinput")
        self._gathered = Gathered()
        self._marks: dict[str, Marked] = {}
        self._order: dict[str, dict[tuple[str, int], int]] = {}
        self._others: dict[str, set[str]] = {}
        self._untold: set[str] = set()
        self._crashed: list[tuple[str, str]] = []
        self._kept: Journal | None = None
        self._closing = Closing(config, run, folder)

    @classmethod
    def of(cls, config: pytest.Config, options: Options) -> Session:
        """Load what a run needs.

        Raises:
            UsageError: nothing may be disturbed here, or a file cannot be read.
        """
        given: Mapping[str, Any] = getattr(config, "workerinput", {})
        folder = Folder.of(config, given.get("sealegs_folder", ""))
        return cls(config, Run.of(options, folder), folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist where the run's files are."""
        node.workerinput["sealegs_folder"] = str(self._folder.path)

    # -------------------------------------------------------------- which trials

    def specs(self, place: str, marked: Marked) -> list[Spec]:
        """Give the trials of a test.

        Raises:
            CollectError: its profile cannot be read.
        """
        self._marks[place] = marked
        try:
            return self.run.specs(marked)
        except ProfileError as error:
            raise refusal(place, str(error)) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """See what is there, before others take of it or change its order.

        Raises:
            UsageError: a marker is on what cannot be a trial.
        """
        for item in items:
            if item.get_closest_marker("perturb") is not None:
                self._meet(item)
        if self.run.plan is None:
            return
        kept = [item for item in items if _HELD in item.stash and self._replays(item)]
        chosen = frozenset(kept)
        left = [item for item in items if item not in chosen]
        if left:
            items[:] = kept
            self.config.hook.pytest_deselected(items=left)

    def _meet(self, item: pytest.Item) -> None:
        callspec = getattr(item, "callspec", None)
        spec = callspec.params.get("sealegs") if callspec is not None else None
        place = place_of(item)
        if not isinstance(spec, Spec) or place not in self._marks or callspec is None:
            raise pytest.UsageError(f"{item.nodeid}: {_MISPLACED}")
        others = {name: at for name, at in callspec.indices.items() if name != "sealegs"}
        spec = spec.among(callspec.id, "-".join(f"{name}{at}" for name, at in others.items()))
        order = self._order.setdefault(place, {})
        index = order.setdefault((spec.name, spec.repetition), len(order))
        self._others.setdefault(place, set()).add(spec.others)
        item.stash[_HELD] = Held(place, index, self._marks[place], spec)

    def _replays(self, item: pytest.Item) -> bool:
        return self.run.replays(item.stash[_HELD].spec)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is left to run."""
        selected: dict[str, int] = {}
        for item in session.items:
            held = item.stash.get(_HELD, None)
            if held is not None:
                selected[held.place] = selected.get(held.place, 0) + 1
        for place, count in selected.items():
            self._gathered.tests[place] = self._test(place, count)
        self._untold = set(selected)

    def _test(self, place: str, selected: int) -> Test:
        marked, parts = self._marks[place], self.run.parts(self._marks[place])
        planned = len(self._others[place]) * len(marked.cases) * marked.reps
        alone = not self._worker and not self.run.partial
        stop = EarlyStop(self._order[place], marked.gate, list(parts)) if alone else None
        bares = tuple(bare(profile) for profile in parts.values())
        return Test(place, marked.gate, bares, planned, selected, stop)

    # -------------------------------------------------------------- trials

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip what is not needed any more, before fixtures are set up for it."""
        held = item.stash.get(_HELD, None)
        stop = self._gathered.tests[held.place].stop if held is not None else None
        if held is not None and stop is not None and stop.decided:
            held.left = True
            pytest.skip("the gate is decided already")

    def stage(self, node: pytest.Function) -> AbstractContextManager[Staged]:
        """Give what runs a trial while a test runs."""
        held = node.stash[_HELD]
        return held.running(self.run.trial(held.marked, held.spec), node)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Take note of how a trial ended instead of failing its item."""
        held = pyfuncitem.stash.get(_HELD, None)
        if held is None or held.trial is None:
            return (yield)
        return (yield from held.judge(always=self.run.plan is not None))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put a trial's record on its report, with which it travels to where all are gathered."""
        report = yield
        held = item.stash.get(_HELD, None)
        if held is None or held.left:
            return report
        held.note(report)
        if report.when == "teardown":
            record = held.record(report, self.run.seed)
            told = {"test": held.place, "index": held.index, "record": write_record(record)}
            if held.place in self._untold:
                self._untold.discard(held.place)
                told["heads"] = {held.place: self._gathered.tests[held.place].head()}
            if self._worker:
                self._keep(told)
            vars(report)["sealegs"] = json.dumps(told)
            report.user_properties.extend(properties(record).items())
            item.stash[_HELD] = Held(held.place, held.index, held.marked, held.spec)
        return report

    def _keep(self, told: Any) -> None:
        """Write a trial down where this process's end cannot take it away."""
        if self._kept is None:
            self._kept = Journal.own(self._folder.made / "trials", "trials")
        self._kept.write("trial", told)

    # -------------------------------------------------------------- where all is gathered

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what reports carry; of an item whose process died, that it did."""
        if self._worker:
            return
        payload = getattr(report, "sealegs", None)
        if payload is not None:
            self._gathered.take(json.loads(payload))
        elif str(report.when) == "???":
            self._crashed.append((report.nodeid, report.longreprtext.strip().splitlines()[-1]))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear which tests a worker had; one may have had no trial of them at all."""
        given: Mapping[str, Any] = getattr(node, "workeroutput", {})
        self._gathered.meet(json.loads(given.get("sealegs", "{}")))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Judge, write the run's files, and let a verdict that is no PASS fail the run."""
        self.run.close()
        if self._worker:
            heads = {place: test.head() for place, test in self._gathered.tests.items()}
            self.config.workeroutput["sealegs"] = json.dumps(heads)  # type: ignore[attr-defined]
            return
        if self.config.option.collectonly:
            return
        if not all(test.whole for test in self._gathered.tests.values()) or self._crashed:
            self._look_for_more(self._folder.path / "trials")
        self._gathered.settle(self._crashed, self.run.seed)
        passed = self._closing.close(self._gathered)
        if not passed and session.exitstatus in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _look_for_more(self, folder: Path) -> None:
        """Take what workers wrote down and could not send any more."""
        for path in sorted(folder.glob("trials-*.jsonl")):
            for told in read_journal(path):
                self._gathered.take(told, again=False)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it."""
        if not self._worker:
            self._closing.tell(terminalreporter)
