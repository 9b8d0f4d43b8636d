"""The run's files: the report as JSON, plans to replay, one journal of all processes."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from sealegs.errors import ProfileError
from sealegs.jsons import Json, dump
from sealegs.perturbation.campaigns.judging import Judgement
from sealegs.perturbation.trials.journal import read_journal
from sealegs.perturbation.trials.plans import write_atomically
from sealegs.perturbation.trials.records import write_record
from sealegs.statistics.gating import Comparison
from sealegs_plugins.pytest_plugin.gathering import Gathered, Test

__all__ = ["Folder", "write_report"]

_KEPT = 10


@dataclass(slots=True)
class Folder:
    """Where a run's files go: in pytest's cache where there is one. Made when it is needed.

    Attributes:
        path: the folder.
        above: the folder of all runs, where it is in the cache.
    """

    path: Path
    above: Path | None = None

    @classmethod
    def of(cls, config: pytest.Config, given: str) -> Folder:
        """Choose one, or take that of the process that started this one."""
        if given:
            return cls(Path(given))
        name = f"run-{secrets.token_hex(6)}"
        try:
            above = config.cache.mkdir("sealegs") if hasattr(config, "cache") else None
        except OSError:  # a checkout that cannot be written to
            above = None
        if above is None:
            return cls(Path(tempfile.gettempdir()) / f"sealegs-{name}")
        return cls(above / name, above)

    @property
    def made(self) -> Path:
        """The folder, which is there."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.path

    @property
    def journals(self) -> Path:
        """Where each process's journal is."""
        return self.path / "journals"

    def write_worst(self, test: Test, seed: int) -> dict[str, Path]:
        """Write the plan of the trial that broke the agent with the least, for each part."""
        written: dict[str, Path] = {}
        for profile in test.parts:
            worst = test.verdicts.parts[profile.name].worst
            if worst:
                plan = test.plan(profile, seed).only({(worst[0].case, worst[0].repetition)})
                name = f"{test.place.rpartition('::')[2]}-{profile.name}"
                path = self._free(self.made / "plans", re.sub(r"[^\w.-]+", "-", name))
                plan.write(path)
                written[profile.name] = path
        return written

    def _free(self, folder: Path, name: str) -> Path:
        folder.mkdir(exist_ok=True, mode=0o700)
        taken = len(list(folder.glob(f"{name}*.json")))
        return folder / (f"{name}-{taken}.json" if taken else f"{name}.json")

    def join_journals(self) -> Path | None:
        """Put the journals of all processes behind one another, in one file."""
        found = sorted(self.journals.glob("journal-*.jsonl"))
        if not found:
            return None
        path = self.journals / "journal.jsonl"
        lines = [json.dumps(one, separators=(",", ":")) + "\n" for one in _events(found)]
        write_atomically(path, "".join(lines).encode())
        for one in found:
            one.unlink()
        return path

    def prune(self) -> None:
        """Remove the oldest runs' files, but for the newest few."""
        if self.above is not None:
            runs = sorted(self.above.glob("run-*"), key=lambda run: run.stat().st_mtime)
            for run in runs[:-_KEPT]:
                shutil.rmtree(run, ignore_errors=True)


def _events(found: Iterable[Path]) -> Iterable[Json]:
    for path in found:
        try:
            yield from read_journal(path)
        except ProfileError:  # what another program left there
            continue


def write_report(
    path: Path, gathered: Gathered, seed: int, commands: Mapping[str, Mapping[str, str]]
) -> None:
    """Write verdicts, coverage, records and plans to a file that only its owner may read.

    ``docs/staging.md`` says what its keys mean.
    """
    report: Json = {
        "version": 1,
        "verdict": gathered.verdict,
        "seed": seed,
        "unread": gathered.unread,
        "tests": [_test(test, commands.get(test.place, {})) for test in gathered.tests.values()],
        "plans": {
            test.place: {profile.name: test.plan(profile, seed).to_json() for profile in test.parts}
            for test in gathered.tests.values()
        },
        "records": {
            test.place: [write_record(record) for record in test.records]
            for test in gathered.tests.values()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, msgspec.json.format(dump(report), indent=1) + b"\n")


def _test(test: Test, commands: Mapping[str, str]) -> Json:
    verdicts, parts = test.verdicts, test.verdicts.parts
    return {
        "test": test.place,
        "verdict": verdicts.verdict,
        "planned": test.planned,
        "gate": test.head()["gate"],
        "parts": {
            name: {**_judgement(judged), "again": commands.get(name, "")}
            for name, judged in parts.items()
        },
    }


def _judgement(judged: Judgement) -> dict[str, Json]:
    return {
        "verdict": judged.verdict,
        "reason": judged.reason,
        "comparison": judged.comparison and _comparison(judged.comparison),
        "delivered": judged.delivered and _comparison(judged.delivered),
        "trials": judged.trials,
        "lowered": judged.lowered,
        "worst": [
            {"case": record.case, "repetition": record.repetition, "detail": record.detail}
            for record in judged.worst
        ],
        "coverage": judged.coverage.to_json(),
    }


def _comparison(found: Comparison) -> Json:
    floor, table = found.floor, found.table
    return {
        "difference": found.difference,
        "interval": [found.interval.low, found.interval.high],
        "method": found.method,
        "alpha": found.gate.alpha,
        "pairs": found.pairs,
        "cases": found.cases,
        "needed": found.needed,
        "both": table.both,
        "broke": table.only_first,
        "mended": table.only_second,
        "neither": table.neither,
        "mcnemar": found.mcnemar,
        "clean_passes": list(found.clean_passes),
        "disturbed_passes": list(found.disturbed_passes),
        "floor": floor
        and {
            "discordance": floor.discordance,
            "difference": [floor.difference.low, floor.difference.high],
        },
    }
