"""The end of a perturbed run: its verdict, its files, and what is said."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.trials.baselines import Baseline
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs_plugins.pytest_plugin.filing import Folder, write_report
from sealegs_plugins.pytest_plugin.gathering import Gathered, Test
from sealegs_plugins.pytest_plugin.running import Run
from sealegs_plugins.pytest_plugin.telling import COLOURS, Line, replayed, summary

__all__ = ["Closing"]


class Closing:
    """Says what a run was worth.

    Args:
        config: pytest's.
        run: what trials shared.
        folder: where the run's files go.
    """

    def __init__(self, config: pytest.Config, run: Run, folder: Folder) -> None:
        self._config, self._run, self._folder = config, run, folder
        self._lines: list[Line] = []
        self._verdicts: list[Verdict] = []

    def close(self, gathered: Gathered) -> bool:
        """Judge the run and write its files; gives whether it passes."""
        records = [one for test in gathered.tests.values() for one in test.records]
        if self._run.options.record:
            passed = self._record(records, self._run.options.record)
        elif self._run.plan is not None:
            self._lines += replayed(records)
            passed = bool(records) and all(_landed(one) for one in records)
        else:
            passed = self._judge(gathered, records)
        journal = self._folder.join_journals()
        if journal is not None:
            self._lines.append((f"journal: {self._near(journal)}", ""))
        self._folder.prune()
        return passed

    def tell(self, reporter: pytest.TerminalReporter) -> None:
        """Write it to the terminal."""
        if self._lines:
            reporter.section(f"sealegs: perturbation, seed {self._run.seed}")
        for line, colour in self._lines:
            reporter.write_line(line, **({colour: True} if colour else {}))
        for verdict in self._verdicts:  # else the last line would say that all is well
            reporter.stats.setdefault(f"verdict {verdict}", []).append(verdict)

    def _judge(self, gathered: Gathered, records: Sequence[TrialRecord]) -> bool:
        for test in gathered.tests.values():
            test.left_out = f"the others were deselected; all: {self._command(test)}"
        if not gathered.tests:
            reason = "no test marked perturb was run"
            self._lines.append((f"{Verdict.VACUOUS}  {reason}", COLOURS[Verdict.VACUOUS]))
        for one in gathered.unread:
            self._lines.append((f"{Verdict.ERROR}  {one}", COLOURS[Verdict.ERROR]))
        commands: dict[str, dict[str, str]] = {}
        for test in gathered.tests.values():
            plans = self._folder.write_worst(test, self._run.seed)
            commands[test.place] = {
                part: self._command(test, "--perturb-replay", str(self._near(path)))
                for part, path in plans.items()
            }
            self._lines += summary(test, commands[test.place])
        found = [test.verdicts.verdict for test in gathered.tests.values()] or [gathered.verdict]
        self._verdicts = [verdict for verdict in found if verdict is not Verdict.PASS]
        self._lines += self._unknown(records)
        self._tell_junit(gathered)
        allowed = gathered.verdict in (Verdict.PASS, *self._run.options.allowed)
        return self._report(gathered, commands) and allowed

    def _report(self, gathered: Gathered, commands: dict[str, dict[str, str]]) -> bool:
        path = self._run.options.report
        if path is None:
            if gathered.tests:
                self._lines.append(("all of it, with every plan: --perturb-report FILE", ""))
            return True
        try:
            write_report(path, gathered, self._run.seed, commands)
        except OSError as error:
            self._lines.append((f"the report cannot be written: {error}", "red"))
            return False
        self._lines.append((f"report: {self._near(path)}", ""))
        return True

    def _tell_junit(self, gathered: Gathered) -> None:
        """Put the verdicts on the suite, where pytest writes JUnit's XML."""
        for plugin in self._config.pluginmanager.get_plugins():
            add = getattr(plugin, "add_global_property", None)
            if callable(add):
                add("sealegs.verdict", str(gathered.verdict))
                for test in gathered.tests.values():
                    add(f"sealegs.verdict:{test.place}", str(test.verdicts.verdict))

    def _unknown(self, records: Sequence[TrialRecord]) -> Sequence[Line]:
        """Say which cases a baseline does not know."""
        if not self._run.options.baseline:
            return ()
        known = self._run.baseline.cases
        names = list(dict.fromkeys(one.case for one in records if one.case not in known))
        if not names:
            return ()
        told = f"the baseline knows nothing of {_some(names)}; their literals are not protected"
        return ((told, "yellow"),)

    def _record(self, records: Sequence[TrialRecord], path: Path) -> bool:
        baseline = Baseline.of(records)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            baseline.write(path)
        except OSError as error:
            self._lines.append((f"the baseline cannot be written: {error}", "red"))
            return False
        count = sum(map(len, baseline.cases.values()))
        told = f"{count} literals of {len(baseline.cases)} cases: {self._near(path)}"
        self._lines.append((told, "green"))
        left = [one.case for one in records if one.case not in baseline.cases]
        if left:
            told = (
                f"left out, for their clean trial did not pass: {_some(list(dict.fromkeys(left)))}"
            )
            self._lines.append((told, "yellow"))
        return bool(baseline.cases)

    def _command(self, test: Test, *more: str) -> str:
        """Give the command that runs a test from where pytest was started."""
        file, _, name = test.place.partition("::")
        here = self._config.invocation_params.dir
        near = os.path.relpath(self._config.rootpath / file, here)
        return shlex.join(["pytest", f"{near}::{name}", "--perturb", *more])

    def _near(self, path: Path) -> Path:
        here = self._config.invocation_params.dir
        return path.relative_to(here) if path.is_relative_to(here) else path


def _landed(record: TrialRecord) -> bool:
    return record.outcome == "passed" and all(one.delivered for one in record.receipts)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
