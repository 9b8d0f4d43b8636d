"""A trial: what it decides, what it remembers, what it costs, where it runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

import disturbing
from calling import chat_said, chat_tool
from disturbing import Retooling, renaming, trial
from flows import WIRES, Port, answered, drive, head
from sealegs.errors import BudgetError, PerturbationError, ProfileError
from sealegs.exchange import Ledger
from sealegs.flow import Call
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Raised, Said, Spliced
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import (
    About,
    FaultOperator,
    Label,
    ResultOperator,
    Sheet,
    Site,
    TextOperator,
    ToolsOperator,
)
from sealegs.perturbation.profiles import Budget, Scope, Use
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.perturbation.trial import Injection, Trial, Watchable, current_trial
from sealegs.perturbation.trials.deciding import lowered
from sealegs.perturbation.trials.plans import Plan
from sealegs.perturbation.trials.selecting import tools_in_scope
from sealegs.perturbation.world import Change
from sealegs.schema.definition import ToolDefinition
from sites import (
    OPERATORS,
    Noise,
    Resets,
    call,
    first,
    injections,
    offer,
    places,
    run,
    say,
    send,
    sheet,
    start,
    using,
)
from web import asked, compact, installed

TEXT = Site("user_prompt", "text:1")


# ------------------------------------------------------------------ which operators


def test_operators_are_found_by_kind_and_surface_in_the_profiles_order() -> None:
    trial = start(using("prompt-noise", "resets", "noise", "renames"))
    assert [one.use.operator for one in trial.of(TextOperator)] == ["prompt-noise", "noise"]
    assert [one.index for one in trial.of(TextOperator, "user_prompt")] == [2]
    assert [one.index for one in trial.of(FaultOperator)] == [1]
    assert [one.index for one in trial.of(ToolsOperator)] == [3]
    assert trial.of(ResultOperator) == ()
    assert trial.of(TextOperator) is trial.of(TextOperator)


def test_in_the_clean_arm_nothing_fires_and_all_else_is_counted() -> None:
    with start(arm="clean") as trial:
        for reach in places():
            assert reach(trial) == []
        trial.asked("", [])
        trial.spent(12)
        trial.tapped("search")
        assert trial.occurrence("model", "x") == 0
    record = trial.record()
    assert (record.requests, record.tokens, record.receipts, record.uses) == (1, 12, (), ())
    assert trial.is_tapped("search")


def test_a_profile_can_lower_and_raise_what_an_operator_says_of_itself() -> None:
    use = Use(
        operator="empties", severity=3, rate=1.0, label="must_abstain", parameters={"share": 1}
    )
    active = first(start(using(use)), ResultOperator)
    assert (active.severity, active.label) == (3, "must_abstain")
    (fired,) = call(start(using(use)), "search", 1)
    assert (fired.severity, fired.label) == (3, "must_abstain")


def test_an_unknown_operator_is_named_with_the_nearest() -> None:
    with pytest.raises(
        ProfileError, match=r"mine: uses\.0\.operator.*'nois'; did you mean 'noise'"
    ):
        start(using("nois"))


# ------------------------------------------------------------------ deciding once


def asked_for(trial: Trial, site: Site = TEXT, **more: Any) -> tuple[Injection | None, list[About]]:
    heard: list[About] = []

    def realise(about: About) -> tuple[Spliced, ...]:
        heard.append(about)
        return (Spliced(0, 1, "x"),)

    return trial.consider(trial.of(TextOperator)[0], site, realise, **more), heard


def test_an_operator_is_asked_once_of_a_place() -> None:
    trial = start(using("noise"))
    found, heard = asked_for(trial, before="b", after=lambda _: "a")
    again, silent = asked_for(trial, before="b")
    assert again is found
    assert found is not None
    assert found == Injection(
        found.id,
        "noise",
        "user_prompt",
        "invariant",
        2,
        TEXT,
        (Spliced(0, 1, "x"),),
        "b",
        "a",
    )
    assert (len(heard), silent) == (1, [])


def test_what_is_there_now_is_another_question() -> None:
    trial = start(using("noise"))
    one, _ = asked_for(trial, before="b")
    two, heard = asked_for(trial, before="c")
    assert one is not None
    assert two is not None
    assert one.id != two.id
    assert len(heard) == 1


@dataclass(frozen=True)
class Late(Noise):
    """Disturbs from a turn on, so that it is asked anew at each."""

    @property
    def sheet(self) -> Sheet:
        return replace(super().sheet, by_turn=True)

    def text(self, text: str, about: About) -> str | None:
        return f"{text}!{about.draw.below(1000)}" if about.site.turn > 1 else None


def test_an_operator_that_goes_by_turns_is_asked_anew_at_each() -> None:
    operators = {"noise": Late()}
    with start(using("noise"), catalog=operators) as trial:
        made = [say(trial, "hello", turn=turn) for turn in (0, 1, 2, 2, 3)]
    counts = [len(one) for one in made]
    assert counts == [0, 0, 1, 1, 1]
    assert made[2] == made[3]
    assert made[2][0].id != made[4][0].id
    assert made[2][0].edit == made[4][0].edit
    record = trial.record()
    plan = Plan.of(using("noise"), 0, [record]).trial("case-1", 0)
    with start(using("noise"), catalog=operators, plan=plan) as again:
        assert [say(again, "hello", turn=turn) for turn in (0, 1, 2, 2, 3)] == made
    assert again.record().receipts == record.receipts


def test_no_is_remembered_too() -> None:
    trial = start(using(Use(operator="noise", rate=0.0)))
    assert [asked_for(trial, before="b") for _ in range(3)] == [(None, [])] * 3
    assert trial.record().uses[0].eligible == {"0": 1}


def test_an_edit_of_nothing_is_none() -> None:
    trial = start(using("noise"))
    active = first(trial, TextOperator)
    assert trial.consider(active, Site("user_prompt", "text:1"), lambda _: None) is None
    assert trial.consider(active, Site("user_prompt", "text:2"), lambda _: ()) is None
    (use,) = trial.record().uses
    said = "the operator found nothing to disturb; of what it finds it takes a share of 0.5"
    assert use.reasons == {said: 2}
    assert trial.record().receipts == ()


def test_an_operator_is_told_what_it_needs() -> None:
    use = Use(
        operator="noise",
        severity=1,
        parameters={"share": 0.4},
        supplies={"variants": ["profile"], "slots": ["kept"]},
    )
    given = {"variants": ["test"], "noise": {"policy": "own"}, "resets": {"slots": "not its"}}
    literals = Literals(["AMS"])
    trial = start(using(use), supplies=given, literals=literals)
    _, (about,) = asked_for(trial)
    assert about.parameters == {"share": 0.4}
    assert about.supplies == {"variants": ["test"], "slots": ["kept"], "policy": "own"}
    assert (about.site, about.literals) == (TEXT, literals)


@dataclass(frozen=True)
class Optional(Noise):
    """Has a parameter that no severity sets."""

    @property
    def sheet(self) -> Sheet:
        return replace(super().sheet, further={"kind": "swap", "share": 0.0})


def test_parameters_that_no_severity_sets_have_what_the_sheet_says() -> None:
    operators = {"noise": Optional()}
    _, (about,) = asked_for(start(using("noise"), catalog=operators))
    assert about.parameters == {"kind": "swap", "share": 0.5}


def test_draws_of_a_place_are_its_own_and_a_trials_are_shared() -> None:
    trial = start(using("noise"))
    _, (one,) = asked_for(trial)
    _, (two,) = asked_for(trial, Site("user_prompt", "text:2"))
    assert one.run is not None
    assert two.run is not None
    assert one.draw.unit() != two.draw.unit()
    assert one.run.unit() == two.run.unit()
    _, (other,) = asked_for(start(using("noise"), repetition=1))
    assert other.run is not None
    assert other.run.unit() != one.run.unit()


def test_threads_that_ask_at_once_get_one_answer() -> None:
    trial = start(using("noise"))
    going, count = threading.Barrier(8), [0]
    active = first(trial, TextOperator)

    def realise(about: About) -> tuple[Spliced, ...]:
        count[0] += 1
        threading.Event().wait(0.02)
        return (Spliced(0, 1, "x"),)

    def ask(_: int) -> Injection | None:
        going.wait()
        return trial.consider(active, TEXT, realise, before="b")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert count == [1]
    assert found[0] is not None
    assert all(one is found[0] for one in found)


def test_occurrences_are_counted_by_place_and_agent() -> None:
    trial = start()
    counted = [
        trial.occurrence("tool", "a"),
        trial.occurrence("tool", "a"),
        trial.occurrence("tool", "a", "agent"),
        trial.occurrence("model", "a"),
        trial.occurrence("tool", "a"),
    ]
    assert counted == [0, 1, 0, 0, 2]


# ------------------------------------------------------------------ scopes


def fires(scope: Scope, site: Site, **more: Any) -> bool:
    trial = start(using(Use(operator="noise", scope=scope)), **more)
    if not trial.of(TextOperator):
        return False
    return asked_for(trial, site)[0] is not None


@pytest.mark.parametrize(
    ("scope", "site", "inside"),
    [
        (Scope(), TEXT, True),
        (Scope(agents=("re*",)), Site("user_prompt", "t", "researcher"), True),
        (Scope(agents=("re*",)), Site("user_prompt", "t", "writer"), False),
        (Scope(agents=("re*",)), TEXT, False),
        (Scope(turns=(0, 2)), Site("user_prompt", "t", turn=2), True),
        (Scope(turns=(0, 2)), Site("user_prompt", "t", turn=1), False),
        (Scope(first=2), Site("user_prompt", "t", occurrence=1), True),
        (Scope(first=2), Site("user_prompt", "t", occurrence=2), False),
        (Scope(tools=("search*",)), Site("tool_response", "t", tool="search_all"), True),
        (Scope(tools=("search*",)), Site("tool_response", "t", tool="Search"), False),
        (Scope(tools=("search*",)), Site("tool_info", "toolset"), True),
    ],
)
def test_a_scope_limits_where_an_operator_fires(scope: Scope, site: Site, inside: bool) -> None:
    assert fires(scope, site) is inside


def test_of_a_toolset_an_operator_may_disturb_what_its_scope_names() -> None:
    trial = start(using(Use(operator="renames", scope=Scope(tools=("s*", "b*")))))
    names = ["search", "book", "cancel"]
    assert tools_in_scope(first(trial, ToolsOperator), names) == ["search", "book"]


def test_in_a_request_an_operator_is_shown_the_tools_of_its_scope_alone() -> None:
    shown: list[list[str]] = []

    def edit(tools: Sequence[ToolDefinition]) -> None:
        shown.append([tool.name for tool in tools])

    wire, where = WIRES["openai-chat"], head()
    tools = [chat_tool(name) for name in ("search", "book", "cancel")]
    document = wire.read(compact(asked([{"role": "user", "content": "Hi."}], tools=tools)), where)
    call = Call(where, wire, document, document, None, Ledger())
    first_new = renaming({"book": "b_2"})
    scopes = {"one": Scope(tools=("b*", "c*")), "two": Scope(tools=("z*",))}
    with trial(first_new, Retooling("one", edit=edit), Retooling("two", edit=edit), scopes=scopes):
        layer = PerturbationLayer(installed(), disturbing.STAGING)
        drive(layer.model(call), Port([answered(compact(chat_said(text="Fine.")))]), "sync")
    assert shown == [["b_2", "cancel"]]


def test_a_place_outside_of_its_scope_is_not_eligible() -> None:
    trial = start(using(Use(operator="noise", scope=Scope(turns=(5,)))))
    asked_for(trial)
    assert trial.record().uses[0].eligible == {}


def test_a_case_outside_of_its_scope_leaves_an_operator_out() -> None:
    scope = Scope(cases=("flight-*",))
    assert fires(scope, TEXT, case="flight-1")
    assert not fires(scope, TEXT, case="hotel-1")
    trial = start(using(Use(operator="noise", scope=scope)), case="hotel-1")
    (use,) = trial.record().uses
    assert (use.planned, use.reasons) == (0, {"the case is not in its scope": 1})


def test_a_share_of_the_cases_is_the_same_for_all_their_repetitions_and_grows() -> None:
    def chosen(share: float, repetition: int = 0) -> set[str]:
        scope = Scope(share=share)
        cases = [f"case-{n}" for n in range(400)]
        return {case for case in cases if fires(scope, TEXT, case=case, repetition=repetition)}

    third = chosen(0.3)
    assert third == chosen(0.3, repetition=7)
    assert third < chosen(0.6)
    assert 90 < len(third) < 150


# ------------------------------------------------------------------ literals


@pytest.mark.parametrize(
    ("label", "lower"),
    [
        ("invariant", "directional"),
        ("recoverable", "must_abstain"),
        ("must_abstain", "must_abstain"),
        ("directional", "directional"),
        ("adversarial", "adversarial"),
    ],
)
def test_a_lost_literal_lowers_the_label_and_the_receipt_names_its_digest(
    label: Label, lower: Label
) -> None:
    text = "fly from AMS to LIS"
    operators = {"noise": Noise(label=label)}
    trial = start(using("noise"), catalog=operators, literals=Literals(["AMS", "LIS", "OPO"]))
    active = first(trial, TextOperator)
    edit = (Spliced(4, 8, "out of"), Spliced(9, 12, "AMZ"))
    found = trial.consider(active, TEXT, lambda _: edit, text=text)
    assert found is not None
    (receipt,) = trial.record().receipts
    assert (found.label, receipt.lost) == (lower, (digest("AMS"),))


def test_where_every_literal_stays_the_label_stays() -> None:
    trial = start(using("noise"), literals=Literals(["AMS"]))
    edit = (Spliced(0, 3, "get"),)
    found = trial.consider(first(trial, TextOperator), TEXT, lambda _: edit, text="fly AMS")
    assert found is not None
    assert (found.label, trial.record().receipts[0].lost) == ("invariant", ())


@pytest.mark.parametrize(
    ("label", "value", "lower", "lost"),
    [
        ("invariant", {"to": "LIS"}, "directional", ["AMS"]),
        ("recoverable", {"to": "LIS"}, "recoverable", ["AMS"]),
        ("invariant", "from AMS", "invariant", []),
        ("invariant", ["AMS", 1], "invariant", []),
    ],
)
def test_of_a_result_only_what_should_be_invariant_is_lowered(
    label: Label, value: Any, lower: Label, lost: list[str]
) -> None:
    made = lowered(label, Literals(["AMS"]), '{"from":"AMS"}', Said(value))
    assert made == (lower, [digest(one) for one in lost])


def test_a_fault_loses_no_literal() -> None:
    assert lowered("invariant", Literals(["AMS"]), "AMS", Raised("reset")) == ("invariant", [])
    change = (Change("delete", "AMS.txt"),)
    assert lowered("invariant", Literals(["AMS"]), "AMS", change) == ("invariant", [])


# ------------------------------------------------------------------ dry runs, budgets, failures


def test_a_dry_run_decides_everything_and_gives_nothing() -> None:
    real = run(places())
    dry_profile = real_profile(dry_run=True)
    trial = start(dry_profile)
    with trial:
        assert trial.dry
        assert [reach(trial) for reach in places()] == [[]] * len(places())
        assert [reach(trial) for reach in places()] == [[]] * len(places())
    dry = trial.record()
    assert injections(dry) == injections(real)
    assert dry.dry
    assert {one.reason for one in dry.receipts} == {"dry run"}
    assert not dry.delivered


def real_profile(**more: Any) -> Any:
    return using(*OPERATORS, **more)


def test_a_budget_of_injections_ends_them_and_says_so() -> None:
    trial = start(using(Use(operator="resets", rate=1.0), budget=Budget(injections=2)))
    assert [len(send(trial, n)) for n in range(5)] == [1, 1, 0, 0, 0]
    assert [len(send(trial, n)) for n in range(5)] == [1, 1, 0, 0, 0]
    (use,) = trial.record().uses
    assert use.reasons == {"budget.injections of the profile is used up": 3}


def test_an_edit_of_nothing_costs_no_injection() -> None:
    trial = start(using("noise", budget=Budget(injections=1)))
    active = first(trial, TextOperator)
    assert trial.consider(active, TEXT, lambda _: None) is None
    assert asked_for(trial, Site("user_prompt", "text:2"))[0] is not None


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_requests_beyond_the_budget_are_refused() -> None:
    trial = start(using("noise", budget=Budget(requests=2)))
    trial.asked("", [])
    trial.asked("", [])
    for _ in range(2):
        with pytest.raises(BudgetError, match="used up its 2 requests"):
            trial.asked("", [])
    assert trial.finish("passed").outcome == "failed"
    assert trial.record().exceeded == "requests"


def test_tokens_beyond_the_budget_refuse_the_next_request() -> None:
    trial = start(using("noise", budget=Budget(tokens=100)))
    trial.asked("", [])
    trial.spent(99)
    trial.asked("", [])
    trial.spent(1)
    with pytest.raises(BudgetError, match="100 tokens"):
        trial.asked("", [])


def test_seconds_beyond_the_budget_refuse_the_next_request() -> None:
    clock = Clock()
    with start(using("noise", budget=Budget(seconds=10)), clock=clock) as trial:
        clock.now += 10
        trial.asked("", [])
        clock.now += 0.5
        with pytest.raises(BudgetError, match="10 seconds"):
            trial.asked("", [])
    assert trial.record().seconds == 10.5


def test_no_budget_is_no_limit() -> None:
    none = Budget(requests=None, seconds=None)
    trial = start(using("noise", budget=none))
    for _ in range(1000):
        trial.asked("", [])
    assert trial.record().requests == 1000


def test_an_operator_that_fails_makes_the_trial_none() -> None:
    trial = start(using("noise"))

    def broken(about: About) -> tuple[Spliced, ...]:
        raise ZeroDivisionError("by nothing")

    for _ in range(2):
        with pytest.raises(PerturbationError) as caught:
            trial.consider(first(trial, TextOperator), TEXT, broken)
    message = str(caught.value)
    assert "noise cannot disturb user_prompt||text:1|0: ZeroDivisionError: by nothing" in message
    assert "take it out of 'mine'" in message
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    ended = trial.finish("passed", "all well")
    assert (ended.outcome, ended.detail, ended.failure) == ("error", message, message)


def test_what_an_operator_says_of_its_failure_stands_alone() -> None:
    trial = start(using("noise"))

    def refuses(about: About) -> tuple[Spliced, ...]:
        raise PerturbationError("no variant keeps the number 3")

    with pytest.raises(
        PerturbationError, match=r"text:1\|0: no variant keeps the number 3\. Mend it"
    ):
        trial.consider(first(trial, TextOperator), TEXT, refuses)


def test_what_nobody_supplies_is_named_with_the_way_out() -> None:
    trial = start(using("noise"))
    with pytest.raises(PerturbationError) as caught:
        trial.consider(first(trial, TextOperator), TEXT, lambda about: about.supplies["variants"])
    assert str(caught.value) == (
        "noise cannot disturb user_prompt||text:1|0: it needs 'variants', which neither the "
        "profile nor the test gives. Give it in the test, or as supplies of its use in 'mine'; a "
        "trial without it proves nothing"
    )


def test_an_interrupt_within_an_operator_leaves_nobody_waiting() -> None:
    trial = start(using("noise"))

    def interrupted(about: About) -> tuple[Spliced, ...]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial.consider(first(trial, TextOperator), TEXT, interrupted)
    with pytest.raises(PerturbationError, match="interrupted"):
        asked_for(trial)


# ------------------------------------------------------------------ where it runs


def test_a_trial_runs_in_its_block_alone() -> None:
    assert current_trial() is None
    with start() as trial:
        assert current_trial() is trial
    assert current_trial() is None
    with pytest.raises(KeyError), start() as failed:
        raise KeyError
    assert current_trial() is None
    assert (failed.record().outcome, failed.record().detail) == ("error", "KeyError")


def test_tasks_run_in_trials_of_their_own() -> None:
    async def agent(case: str) -> str:
        async with start(case=case) as trial:
            await asyncio.sleep(0)
            assert current_trial() is trial
            return trial.record().case

    async def together() -> Sequence[str]:
        return await asyncio.gather(*(agent(f"case-{n}") for n in range(20)))

    assert asyncio.run(together()) == [f"case-{n}" for n in range(20)]


def test_what_is_wrapped_runs_in_the_trial_in_any_thread() -> None:
    with start() as trial, ThreadPoolExecutor(1) as pool:
        assert pool.submit(current_trial).result() is None
        assert pool.submit(trial.wrap(current_trial)).result() is trial


def test_a_wrapped_coroutine_function_runs_in_the_trial() -> None:
    trial = start()

    async def agent() -> Trial | None:
        await asyncio.sleep(0)
        return current_trial()

    async def outside() -> tuple[Trial | None, Trial | None]:
        return await trial.wrap(agent)(), current_trial()

    assert asyncio.run(outside()) == (trial, None)


def test_the_first_word_on_its_outcome_counts() -> None:
    with start() as trial:
        offer(trial)
        said = trial.finish("failed", "wrong seat")
    say(trial, "later")
    assert (said.outcome, said.detail) == ("failed", "wrong seat")
    assert trial.finish("passed") == said
    assert trial.record() == said


def test_whoever_watches_is_told_of_requests_before_they_count() -> None:
    trial = start(using(Use(operator="resets", rate=1.0)))
    assert isinstance(trial, Watchable)
    (injection,) = send(trial, 0)
    heard: list[tuple[str, Sequence[str]]] = []

    def watcher(agent: str, texts: Sequence[str]) -> None:
        heard.append((agent, texts))
        trial.delivered(injection, "read")

    stop = trial.watch(watcher)
    trial.asked("", ["text"])
    stop()
    trial.asked("", ["more"])
    assert heard == [("", ["text"])]
    assert trial.record().receipts[0].seen


def test_a_fault_is_decided_on_like_all_else() -> None:
    operators: Mapping[str, Any] = {"resets": Resets(rate=1.0)}
    (found,) = send(start(using("resets"), catalog=operators), 3)
    assert (found.before, found.after, found.site.place) == ("", "", "model:abc/3")
    assert isinstance(found.edit, Raised)
    assert sheet("x", "transport").parameters[0] == {"share": 0.2}
