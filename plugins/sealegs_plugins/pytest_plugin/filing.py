"""The run's files: the report as JSON, plans to replay, one journal of all processes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from sealegs.errors import ProfileError
from sealegs.jsons import Json
from sealegs.perturbation.journal import read_journal
from sealegs.perturbation.judging import Judgement
from sealegs.perturbation.plans import write_atomically
from sealegs.perturbation.records import write_record
from sealegs.statistics.gating import Comparison
from sealegs_plugins.pytest_plugin.gathering import Gathered, Test

__all__ = ["join_journals", "write_report", "write_worst"]


def write_report(path: Path, gathered: Gathered, seed: int) -> None:
    """Write verdicts, coverage, records and plans to a file that only its owner may read."""
    tests = [_test(test, seed) for test in gathered.tests.values()]
    report = {
        "version": 1,
        "verdict": gathered.verdict,
        "seed": seed,
        "tests": tests,
        "unread": gathered.unread,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(report, indent=1).encode() + b"\n")


def _test(test: Test, seed: int) -> Json:
    verdicts = test.verdicts
    return {
        "test": test.place,
        "verdict": verdicts.verdict,
        "planned": test.planned,
        "parts": {
            profile.name: {
                **_judgement(verdicts.parts[profile.name]),
                "plan": test.plan(profile, seed).to_json(),
            }
            for profile in test.parts
        },
        "records": [write_record(record) for record in test.records.values()],
    }


def _judgement(judged: Judgement) -> dict[str, Json]:
    return {
        "verdict": judged.verdict,
        "reason": judged.reason,
        "trials": judged.trials,
        "lowered": judged.lowered,
        "comparison": judged.comparison and _comparison(judged.comparison),
        "delivered": judged.delivered and _comparison(judged.delivered),
        "coverage": judged.coverage.to_json(),
        "worst": [
            {"case": record.case, "repetition": record.repetition, "detail": record.detail}
            for record in judged.worst
        ],
    }


def _comparison(found: Comparison) -> Json:
    return asdict(found)


def write_worst(folder: Path, test: Test, seed: int) -> list[tuple[str, Path]]:
    """Write the plan of the trial that broke the agent with the least, for each part."""
    written: list[tuple[str, Path]] = []
    for profile in test.parts:
        worst = test.verdicts.parts[profile.name].worst
        if worst:
            plan = test.plan(profile, seed).only({(worst[0].case, worst[0].repetition)})
            name = re.sub(r"[^\w.-]+", "-", f"{test.place.rpartition('::')[2]}-{profile.name}")
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / f"{name}.json"
            plan.write(path)
            written.append((profile.name, path))
    return written


def join_journals(folder: Path) -> Path | None:
    """Put the journals of all processes behind one another, in one file."""
    found = sorted(folder.glob("journal-*.jsonl"))
    if not found:
        return None
    path = folder / "journal.jsonl"
    lines = [json.dumps(one, separators=(",", ":")) + "\n" for one in _events(found)]
    write_atomically(path, "".join(lines).encode())
    return path


def _events(found: Iterable[Path]) -> Iterable[Json]:
    for path in found:
        try:
            yield from read_journal(path)
        except ProfileError:  # what another program left there
            continue
