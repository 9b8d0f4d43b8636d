"""Runs one trial of an agent, and says how it ended."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealegs.errors import BudgetError, SealegsError
from sealegs.jsons import Json
from sealegs.perturbation.literals import NOTHING, Literals
from sealegs.perturbation.operators import Operator
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.trial import Arm
from sealegs.perturbation.trials.engine import RunningTrial, begin
from sealegs.perturbation.trials.journal import Journal
from sealegs.perturbation.trials.plans import PlannedTrial
from sealegs.perturbation.trials.receipts import Outcome, TrialRecord
from sealegs.settings import Settings

__all__ = ["BROKEN", "Attempt", "attempt", "outcome"]

_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One trial to be run. It can be pickled, if its agent and case can.

    Attributes:
        profile: which operators.
        operators: those of the profile, by name.
        settings: say whether anything may be disturbed here.
        seed: of the run.
        name: the case's name.
        case: the case, as the agent takes it.
        repetition: which one of the case, from 0.
        arm: ``clean`` or ``disturbed``.
        plan: decides in the place of draws.
        literals: what text operators must keep.
        supplies: what the test gives, by need.
        listens: whether a clean trial keeps what its tools are called with.
    """

    profile: Profile
    operators: Mapping[str, Operator]
    settings: Settings
    seed: int
    name: str
    case: Any
    repetition: int
    arm: Arm
    plan: PlannedTrial | None = None
    literals: Literals = NOTHING
    supplies: Mapping[str, Json] = field(default_factory=dict[str, Json])
    listens: bool = False

    def begin(self, journal: Journal | None = None) -> RunningTrial:
        """Make the trial; see `sealegs.perturbation.trials.engine.begin`."""
        return begin(
            self.profile,
            catalog=self.operators,
            settings=self.settings,
            seed=self.seed,
            case=self.name,
            repetition=self.repetition,
            arm=self.arm,
            plan=self.plan,
            literals=self.literals,
            supplies=self.supplies,
            journal=journal,
            listens=self.listens,
        )


def attempt(
    work: Attempt,
    agent: Callable[[Any], Any],
    check: Callable[[Any, Any], bool] | None = None,
    journal: Path | None = None,
) -> TrialRecord:
    """Run an agent in a trial.

    Args:
        work: the trial.
        agent: takes the case; a coroutine function runs on an event loop of its own.
        check: takes the case and what the agent gave, and says whether that is right. By default
            it is, unless the agent gave ``False`` or raised.
        journal: the folder of the run's journals; each process has a file of its own.

    Raises:
        GuardError: nothing may be disturbed here.
        ProfileError: the profile does not fit.
    """
    if journal is None:
        return _attempted(work.begin(), work.case, agent, check)
    with Journal(journal / f"journal-{os.getpid()}.jsonl") as opened:
        return _attempted(work.begin(opened), work.case, agent, check)


def _attempted(
    trial: RunningTrial,
    case: Any,
    agent: Callable[[Any], Any],
    check: Callable[[Any, Any], bool] | None,
) -> TrialRecord:
    error: BaseException | None = None
    right = False
    with trial:
        try:
            given = agent(case)
            if inspect.isawaitable(given):
                given = _awaited(given)
            right = given is not False if check is None else bool(check(case, given))
        except BROKEN as failure:
            error = failure
        said, detail = outcome(trial, error)
        if said == "passed" and not right:
            said, detail = "failed", "the check says no"
        return trial.finish(said, detail)


def _awaited(given: Awaitable[Any]) -> Any:
    """Wait for what an agent gives; where a loop runs already, as in notebooks, on another one."""

    async def wait() -> Any:
        return await given

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(wait())
    context = contextvars.copy_context()
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(context.run, asyncio.run, wait()).result()


BROKEN = (Exception, SystemExit, asyncio.CancelledError)
"""How an agent may break; what else is raised is for whoever runs it."""


def outcome(trial: RunningTrial, error: BaseException | None) -> tuple[Outcome, str]:
    """Say how a trial ended.

    An assertion that fails, and a budget that is used up, are the agent's failures. So is any other
    error in a disturbed trial once something was delivered: that is how fragile agents break. What
    breaks a clean trial, or one that was not disturbed yet, says nothing of the agent.
    """
    if error is None:
        return "passed", ""
    detail = _told(error)
    if isinstance(error, AssertionError | BudgetError):
        return "failed", detail
    ours = isinstance(error, SealegsError)
    known = trial.record()
    broke = not ours and known.arm == "disturbed" and known.delivered
    return ("failed" if broke else "error"), detail


def _told(error: BaseException) -> str:
    """Say an error in words, though not in volumes."""
    kind = type(error).__name__
    try:
        text = f"{kind}: {error}"
    except Exception:  # what an agent raises may not even be able to say what it is
        return kind
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
