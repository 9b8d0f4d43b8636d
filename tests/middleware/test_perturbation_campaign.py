"""Campaigns: the same result in any executor, whatever ends first, and nothing finished lost."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from campaigning import careful, hasty, mortal, patient, price, right, uneven
from sealegs import Catalog, Settings
from sealegs.errors import GuardError, ProfileError
from sealegs.perturbation.campaigns.campaign import Campaign, Result
from sealegs.perturbation.campaigns.pooling import kept_trials
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import current_trial
from sealegs.perturbation.trials.baselines import Baseline
from sealegs.perturbation.trials.plans import Plan
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.settings import PerturbationSettings
from sealegs.statistics.gating import Gate

HERE = Settings(perturbation=PerturbationSettings(environment="test"))
CATALOG = Catalog.load()
STORM = Profile(
    name="storm",
    uses=(Use(operator="tool-error", severity=1, parameters={"share": 1.0}, rate=0.5),),
)
CASES = {f"{city}-{number}": city for number in range(8) for city in ("Oslo", "Rome")}


def campaign(agent: Callable[[Any], Any], **more: Any) -> Campaign:
    known = {"cases": CASES, "profile": STORM, "settings": HERE, "catalog": CATALOG}
    return Campaign(agent, **{**known, **more})


def facts(result: Result) -> Any:
    """All of a result but for times."""
    records = [replace(record, seconds=0.0) for record in result.records]
    judged = {
        name: replace(one, worst=tuple(replace(record, seconds=0.0) for record in one.worst))
        for name, one in result.verdicts.parts.items()
    }
    plans = {name: one.to_json() for name, one in result.plans.items()}
    return records, result.verdict, judged, plans


class Backwards(Executor):
    """Runs what was submitted last first, when the first result is asked for."""

    def __init__(self) -> None:
        self._waiting: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, fn, args))
        if len(self._waiting) == 2 * len(CASES):
            for one, go, given in reversed(self._waiting):
                one.set_result(go(*given))
        return future


def test_the_result_does_not_depend_on_the_executor_or_on_what_ends_first(tmp_path: Path) -> None:
    known = campaign(uneven, reps=1, check=right)
    alone = facts(known.run())
    with ThreadPoolExecutor(4) as threads:
        assert facts(known.run(threads, journal=tmp_path)) == alone
    assert facts(known.run(Backwards())) == alone
    context = get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        assert facts(known.run(processes, journal=tmp_path)) == alone
    assert alone[1] == "INCONCLUSIVE"
    assert {record.outcome for record in alone[0]} == {"passed", "failed"}


def test_an_agent_that_stands_it_passes() -> None:
    result = campaign(careful, cases=CASES, reps=3, gate=0.4).run()
    assert (result.verdict, len(result.records)) == ("PASS", 96)
    assert [record.arm for record in result.records[:2]] == ["clean", "disturbed"]


def test_what_an_agent_gives_is_checked() -> None:
    wrong = campaign(lambda _: "7", check=right).run()
    assert {record.outcome for record in wrong.records} == {"failed"}
    false = campaign(lambda _: False).run()
    assert {record.detail for record in false.records} == {"the check says no"}


def test_an_agent_on_an_event_loop_runs_within_its_trial() -> None:
    seen = []

    async def agent(city: str) -> str:
        seen.append(current_trial() is not None)
        return await patient(city)

    alone = facts(campaign(agent).run())

    async def within() -> Any:  # as in a notebook, whose loop runs already
        return facts(campaign(agent).run())

    assert asyncio.run(within()) == alone
    assert seen == [True] * 64


@pytest.mark.parametrize("error", [OSError("no disk"), SystemExit(3), asyncio.CancelledError()])
def test_an_agent_that_breaks_undisturbed_is_an_error(error: BaseException) -> None:
    def agent(city: str) -> str:
        raise error

    result = campaign(agent).run()
    assert result.verdict == "ERROR"
    assert f"{type(error).__name__}: {error}" in result.judgement.reason


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even that")


@pytest.mark.parametrize(
    ("error", "said"),
    [(Speechless(), "Speechless"), (AssertionError("no" * 9999), "AssertionError: nono")],
)
def test_what_an_agent_raises_is_told_in_a_few_words(error: Exception, said: str) -> None:
    def agent(city: str) -> str:
        raise error

    for record in campaign(agent).run().records:
        assert (record.detail[: len(said)], len(record.detail) <= 4000) == (said, True)


def test_progress_is_told_of_each_trial() -> None:
    told: list[tuple[str, int, int]] = []
    campaign(hasty, cases=["Oslo", "Rome"]).run(
        progress=lambda record, done, all_: told.append((record.arm, done, all_))
    )
    assert told == [("clean", 1, 4), ("disturbed", 2, 4), ("clean", 3, 4), ("disturbed", 4, 4)]


# ------------------------------------------------------------------ early stops

MANY = {f"{number:03}": "Oslo" for number in range(200)}
EARLY = Gate(early_stop=True)
ALWAYS = STORM.model_copy(update={"uses": (STORM.uses[0].model_copy(update={"rate": 1.0}),)})


@pytest.mark.parametrize("reps", [1, 3])
def test_an_early_stop_looks_after_whole_cases_alone(reps: int) -> None:
    found = campaign(hasty, cases=MANY, profile=ALWAYS, gate=EARLY, reps=reps).run()
    assert (found.verdict, len(found.records) % (2 * reps)) == ("FAIL", 0)
    assert len(found.records) < 100 * reps
    ran = list(dict.fromkeys(record.case for record in found.records))
    assert ran == list(MANY)[: len(ran)]
    comparison = found.judgement.comparison
    assert comparison is not None
    assert (comparison.cases, comparison.pairs) == (len(ran), len(ran) * reps)


def test_an_early_stop_cancels_what_is_left_and_stops_where_it_would_alone() -> None:
    known = campaign(hasty, cases=MANY, profile=ALWAYS, gate=EARLY, reps=2)
    ran = 0

    def count(record: TrialRecord, done: int, all_: int) -> None:
        nonlocal ran
        ran = done

    with ThreadPoolExecutor(4) as threads:
        assert facts(known.run(threads, progress=count)) == facts(known.run())
    assert ran < 800


# ------------------------------------------------------------------ parts

TWO = STORM.model_copy(
    update={
        "uses": (
            *ALWAYS.uses,
            Use(operator="slow-tool", severity=1, parameters={"seconds": 0.0, "tail": 0.0}),
            Use(operator="typos"),
        ),
        "required": ("tool_response",),
    }
)


def test_a_profile_that_is_split_has_a_verdict_for_each_part() -> None:
    cases = {f"{number:02}": "Oslo" for number in range(70)}
    result = campaign(hasty, cases=cases, profile=TWO, split="operator").run()
    found = {name: one.verdict for name, one in result.verdicts.parts.items()}
    # the agent has no model, and so no user's words: the profile does not require them
    assert found == {
        "storm/tool-error": "FAIL",
        "storm/slow-tool": "PASS",
        "storm/typos": "VACUOUS",
    }
    assert (result.verdict, result.plan.profile.name) == ("FAIL", "storm/tool-error")
    assert result.judgement is result.verdicts.parts["storm/tool-error"]
    assert len(result.records) == 70 * 4
    fine = campaign(careful, cases=cases, profile=TWO, split="operator").run()
    assert fine.verdict == "PASS"


def test_parts_stop_early_together() -> None:
    known = campaign(hasty, cases=MANY, profile=TWO, split="operator", gate=EARLY)
    profile = TWO.model_copy(update={"uses": TWO.uses[:2]})
    result = replace(known, profile=profile).run()
    assert {one.verdict for one in result.verdicts.parts.values()} == {"FAIL", "PASS"}
    assert len(result.records) < 600


# ------------------------------------------------------------------ replays, baselines


def test_a_plan_does_the_very_same_again(tmp_path: Path) -> None:
    called: list[str] = []

    def agent(city: str) -> str:
        try:
            return price(city)
        except Exception as error:
            called.append(repr(error))
            raise

    known = campaign(agent)
    result = known.run()
    worst = result.judgement.worst[0]
    seen, called[:] = list(called), []
    result.plan.write(tmp_path / "plan.json")
    again = known.replay(Plan.read(tmp_path / "plan.json"), worst.case)
    assert (again.outcome, again.detail) == (worst.outcome, worst.detail)
    assert [one.injection for one in again.receipts] == [one.injection for one in worst.receipts]
    assert called[0] in seen
    with pytest.raises(ProfileError, match="the plan has no such trial"):
        known.replay(result.plan, "Lima")
    with pytest.raises(ProfileError, match="the campaign has no such trial"):
        replace(known, cases=["Lima"]).replay(result.plan, worst.case)


def test_literals_of_clean_trials_are_recorded_and_protected() -> None:
    baseline = campaign(careful, cases={"a": "Oslo"}).record()
    assert baseline == Baseline({"a": ("Oslo",)})
    for literals in (baseline, {"a": Literals(["Oslo"])}):
        result = campaign(careful, cases={"a": "Oslo"}, literals=literals).run()
        assert {record.literals for record in result.records} != {""}
        assert result.plan.literals != ""


def test_what_operators_need_may_differ_by_case() -> None:
    profile = Profile(name="slots", uses=(Use(operator="missing-slot"),))

    def supplies(case: str) -> Mapping[str, Any]:
        return {"slots": {"city": case}}

    known = campaign(careful, cases=["Oslo", "Rome"], profile=profile, supplies=supplies, reps=2)
    assert [dict(work.supplies) for work in known._works() if work.arm == "disturbed"] == [
        {"slots": {"city": "Oslo"}},
        {"slots": {"city": "Oslo"}},
        {"slots": {"city": "Rome"}},
        {"slots": {"city": "Rome"}},
    ]


# ------------------------------------------------------------------ what goes wrong


def test_an_interrupt_is_raised_and_what_had_ended_is_kept(tmp_path: Path) -> None:
    left = 5

    def agent(city: str) -> str:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return careful(city)

    known = campaign(agent)
    with pytest.raises(KeyboardInterrupt):
        known.run(journal=tmp_path)
    kept = kept_trials(tmp_path)
    assert [(one.case, one.arm) for one in kept] == [
        ("Oslo-0", "clean"),
        ("Oslo-0", "disturbed"),
        ("Rome-0", "clean"),
        ("Rome-0", "disturbed"),
        ("Oslo-1", "clean"),
    ]
    result = known.judged(kept)
    assert (result.verdict, result.judgement.reason) == ("ERROR", "only 2 of 16 pairs were run")
    left = 5
    with ThreadPoolExecutor(1) as threads, pytest.raises(KeyboardInterrupt):
        known.run(threads, journal=tmp_path / "threads")
    assert len(kept_trials(tmp_path / "threads")) == 5


def test_a_process_that_dies_is_an_error_and_what_had_ended_is_kept(tmp_path: Path) -> None:
    known = campaign(mortal, cases={"a": "Oslo", "b": "Oslo", "c": "Rome"})
    with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as processes:
        result = known.run(processes, journal=tmp_path)
    assert [record.outcome for record in result.records] == ["passed"] * 4 + ["error"] * 2
    assert (result.verdict, len(kept_trials(tmp_path))) == ("ERROR", 4)
    assert "BrokenProcessPool" in result.judgement.reason


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"settings": Settings()}, GuardError, "nothing says what this machine is"),
        ({"settings": HERE.model_copy(update={"enabled": False})}, GuardError, "turned off"),
        ({"cases": ["a", "a"]}, ProfileError, "two cases have this name"),
        ({"cases": {1: "Oslo", "1": "Oslo"}}, ProfileError, "two cases have this name"),
        ({"cases": "Oslo"}, ProfileError, "are a text"),
        ({"cases": []}, ProfileError, "there are none"),
        ({"profile": "smoek"}, ProfileError, "did you mean 'smoke'"),
        ({"reps": 0}, ProfileError, "reps: must be at least 1"),
        ({"gate": 3}, ValueError, "the margin must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    more: dict[str, Any], error: type[Exception], said: str
) -> None:
    ran: list[str] = []
    with pytest.raises(error, match=said):
        campaign(ran.append, **more).run()
    assert ran == []


def test_a_trial_takes_no_more_to_another_process_than_it_needs() -> None:
    many = Profile(name="storm", uses=tuple(Use(operator=name) for name in CATALOG.perturbations))
    one = campaign(careful, profile=STORM)._works()
    sizes = [len(pickle.dumps(work)) for work in one][:2]
    assert sizes[0] < sizes[1] < 4_000
    clean, disturbed = [
        len(pickle.dumps(work)) for work in list(campaign(careful, profile=many)._works())[:2]
    ]
    assert clean == sizes[0]
    assert disturbed > clean
