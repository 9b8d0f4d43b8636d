"""Runs trials, here or in a pool, and keeps each one as it ends."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sealegs.perturbation.campaigns.attempting import Attempt, attempt
from sealegs.perturbation.trials.journal import Journal, read_journal
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.perturbation.trials.records import read_record, write_record

__all__ = ["kept_trials", "run_all"]


def run_all(
    works: Sequence[Attempt],
    agent: Callable[[Any], Any],
    check: Callable[[Any, Any], bool] | None,
    executor: Executor | None = None,
    journal: Path | None = None,
) -> Generator[tuple[int, TrialRecord]]:
    """Give each trial's place and record as it ends; closing it cancels what did not begin.

    A trial whose process died, or which somebody cancelled, has a record that says so.

    Args:
        works: the trials.
        agent: takes a case.
        check: see `sealegs.perturbation.campaigns.attempting.attempt`.
        executor: runs them; by default they run here, one after the other.
        journal: a folder for the journal, and for the records, which are there as soon as a trial
            ends, whatever happens after it.
    """
    if journal is None:
        yield from _run(works, partial(attempt, agent=agent, check=check), executor, _forgotten)
        return
    journal.mkdir(parents=True, exist_ok=True, mode=0o700)
    go = partial(attempt, agent=agent, check=check, journal=journal)
    with Journal.own(journal, "trials") as kept:
        yield from _run(works, go, executor, lambda one: kept.write("trial", _told(one)))


def kept_trials(journal: Path | str) -> tuple[TrialRecord, ...]:
    """Read the records that trials left in a folder, also of a run that was interrupted.

    Raises:
        ProfileError: one of them cannot be read.
    """
    return tuple(
        read_record(event["record"], str(path))
        for path in sorted(Path(journal).glob("trials-*.jsonl"))
        for event in read_journal(path)
    )


def _run(
    works: Sequence[Attempt],
    go: Callable[[Attempt], TrialRecord],
    executor: Executor | None,
    keep: Callable[[TrialRecord], None],
) -> Generator[tuple[int, TrialRecord]]:
    if executor is None:
        for at, work in enumerate(works):
            record = go(work)
            keep(record)
            yield at, record
        return
    places: dict[Future[TrialRecord], int] = {}
    keeping = _Keeping(keep)
    try:
        for at, work in enumerate(works):
            future = executor.submit(go, work)
            places[future] = at
            future.add_done_callback(keeping)
        for future in as_completed(places):
            keeping(future)  # whoever waits may be told before the callback is
            at = places[future]
            yield at, _record(future, works[at])
    finally:
        for future in places:
            future.cancel()


class _Keeping:
    """Keeps each record once, by whoever comes first, and before anybody goes on."""

    def __init__(self, keep: Callable[[TrialRecord], None]) -> None:
        self._keep, self._lock = keep, Lock()
        self._kept: set[Future[TrialRecord]] = set()

    def __call__(self, future: Future[TrialRecord]) -> None:
        if future.cancelled() or future.exception() is not None:
            return
        with self._lock:
            if future not in self._kept:
                self._kept.add(future)
                self._keep(future.result())


def _record(future: Future[TrialRecord], work: Attempt) -> TrialRecord:
    try:
        return future.result()
    except (BrokenExecutor, CancelledError) as error:
        return TrialRecord(
            profile=work.profile.name,
            seed=work.seed,
            case=work.name,
            repetition=work.repetition,
            arm=work.arm,
            outcome="error",
            detail=f"{type(error).__name__}: {error}".removesuffix(": "),
        )


def _told(record: TrialRecord) -> dict[str, Any]:
    return {"record": write_record(record)}


def _forgotten(record: TrialRecord) -> None:
    """Keep nothing."""
