"""Operators on transport: what they say at each severity, and what becomes of it at a client."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import openai
import pytest

import calling
from calling import Says
from clients import openai_driven
from faulty import Faulty, told, trial_with
from loopback import Loopback, loopback
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import (
    BrokenCalls,
    CutStream,
    EditedStream,
    Fault,
    Pace,
    Raised,
    Refused,
)
from sealegs.perturbation.kinds import read_edit, write_edit
from sealegs.perturbation.operators import About, FaultOperator, Severity, Site
from sealegs_plugins.perturbations.transport import OPERATORS
from sealegs_plugins.perturbations.transport.bursty_outage import BurstyOutage
from sealegs_plugins.perturbations.transport.call_ids import CallIds
from sealegs_plugins.perturbations.transport.latency import Latency
from sealegs_plugins.perturbations.transport.rate_limit import RateLimit
from sealegs_plugins.perturbations.transport.server_error import ServerError
from sealegs_plugins.perturbations.trying import about

SEVERITIES: tuple[Severity, ...] = (1, 2, 3)
EACH = pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
AT = pytest.mark.parametrize("severity", SEVERITIES)
HELLO = [{"role": "user", "content": "hello"}]
OSLO, ROME = (Says("weather", f'{{"city": "{city}"}}', f"call_{city}") for city in ("Oslo", "Rome"))


def say(operator: Any, severity: Severity = 1, **more: Any) -> Fault | None:
    assert isinstance(operator, FaultOperator)
    found: Fault | None = operator.fault(about(operator, severity, **more))
    return found


def at(operator: Any, severity: Severity, site: Site, seed: int = 0) -> Fault | None:
    """Ask as a trial asks: a draw for the place, and one that all places share."""
    key = (seed, "case", 0, "transport", operator.name)
    known = about(operator, severity)
    asked = About(
        known.parameters,
        Draw.of(*key, site.key).sub("parameters"),
        site,
        known.literals,
        {},
        Draw.of(*key).sub("run"),
    )
    found: Fault | None = operator.fault(asked)
    return found


def test_there_are_thirteen_with_names_codes_and_labels_of_their_own() -> None:
    assert [one.sheet.code for one in OPERATORS] == [f"A{number}" for number in range(1, 14)]
    assert [one.sheet.name for one in OPERATORS] == [one.name for one in OPERATORS]
    assert {one.sheet.surface for one in OPERATORS} == {"transport"}
    assert [one.name for one in OPERATORS if one.sheet.label != "recoverable"] == [
        "latency",
        "request-refused",
    ]


@EACH
def test_the_severities_have_the_same_parameters_or_more(operator: Any) -> None:
    names = [set(one) for one in operator.sheet.parameters]
    assert names[0] <= names[1] <= names[2]


@EACH
@AT
def test_what_is_said_is_said_again_and_can_be_kept_in_a_plan(
    operator: Any, severity: Severity
) -> None:
    said = [say(operator, severity, seed=seed) for seed in range(50)]
    assert said == [say(operator, severity, seed=seed) for seed in range(50)]
    for fault in said:
        if fault is not None:
            assert read_edit(write_edit(fault), "test", "edit") == fault


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("latency", {Pace}),
        ("connection-error", {Raised}),
        ("read-timeout", {Raised}),
        ("rate-limit", {Refused}),
        ("server-error", {Refused}),
        ("request-refused", {Refused}),
        ("stream-cut", {CutStream}),
        ("stream-disorder", {CutStream, EditedStream, BrokenCalls}),
    ],
)
def test_each_draws_all_that_its_severest_has_to_offer(name: str, kinds: set[type]) -> None:
    operator: Any = next(one for one in OPERATORS if one.name == name)
    said = [say(operator, 3, seed=seed) for seed in range(200)]
    assert {type(one) for one in said} == kinds
    for key in ("kinds", "statuses", "hows"):
        offered = operator.sheet.parameters[2].get(key)
        if offered:
            drawn = Counter(_drawn(one) for one in said)
            assert set(drawn) == set(offered)


def _drawn(fault: Any) -> Any:
    if isinstance(fault, CutStream):
        return fault.how
    return fault.status if fault.kind in _FIVE else fault.kind


_FIVE = {"server_error", "bad_gateway", "unavailable", "gateway_timeout", "overloaded"}


@EACH
@pytest.mark.parametrize("burst", [1, 2, 5])
def test_a_burst_strikes_the_first_tries_of_a_place_and_no_other(operator: Any, burst: int) -> None:
    if operator.name == "bursty-outage":
        return
    said = [say(operator, 2, occurrence=n, parameters={"burst": burst}) for n in range(8)]
    assert [one is not None for one in said] == [n < burst for n in range(8)]
    always = [say(operator, 2, occurrence=n, parameters={"burst": 0}) for n in range(8)]
    assert None not in always


def test_a_share_of_places_is_struck_at_each_of_their_tries() -> None:
    limit = replace(RateLimit())
    struck: dict[int, list[bool]] = {}
    for number in range(400):
        for occurrence in range(3):
            site = Site("transport", f"model:{number}/0", occurrence=occurrence)
            key = (0, "case", 0, "transport", limit.name)
            known = about(limit, 2, parameters={"share": 0.3})
            asked = replace(
                known, site=site, draw=Draw.of(*key, site.key), run=Draw.of(*key).sub("run")
            )
            struck.setdefault(number, []).append(limit.fault(asked) is not None)
    assert all(len(set(tries)) == 1 for tries in struck.values())
    assert 80 < sum(tries[0] for tries in struck.values()) < 160


def test_the_time_to_come_again_is_said_in_seconds_or_as_a_date() -> None:
    first = say(RateLimit(), 1)
    last = say(RateLimit(), 3)
    assert first == Refused(
        "rate_limit", 429, {"retry-after": "1", "retry-after-ms": "1000"}, retry_in=None
    )
    assert last == Refused("rate_limit", 429, retry_in=20.0)
    short = say(RateLimit(), 1, parameters={"seconds": 0.02})
    assert isinstance(short, Refused)
    assert short.headers == {"retry-after": "1", "retry-after-ms": "20"}


def test_latency_is_lognormal_up_to_its_ninety_ninth_percentile() -> None:
    said = [say(Latency(), 2, seed=seed) for seed in range(2000)]
    seconds = sorted(one.first for one in said if isinstance(one, Pace))
    assert len(seconds) == 2000
    assert math.isclose(seconds[1000], 1.0, rel_tol=0.1)
    assert seconds[-1] <= 5.0
    assert seconds[int(2000 * 0.985)] > 4.0


def test_a_severer_latency_is_never_shorter() -> None:
    for seed in range(100):
        paces = [say(Latency(), severity, seed=seed) for severity in SEVERITIES]
        firsts = [one.first for one in paces if isinstance(one, Pace)]
        assert firsts == sorted(firsts)


# ------------------------------------------------------------------ outages


def down(
    severity: Severity, turn: int, occurrence: int = 0, seed: int = 0, place: str = "a"
) -> bool:
    site = Site("transport", f"model:{place}/{turn}", occurrence=occurrence, turn=turn)
    return at(BurstyOutage(), severity, site, seed) is not None


def test_an_outage_is_the_same_in_whatever_order_it_is_asked_for() -> None:
    places = [(turn, occurrence) for turn in range(12) for occurrence in range(3)]
    forwards = {place: down(2, *place) for place in places}
    backwards = {place: down(2, *place) for place in reversed(places)}
    assert forwards == backwards


def test_an_outage_strikes_all_agents_of_a_trial_at_once() -> None:
    for turn in range(20):
        assert down(3, turn, place="a") == down(3, turn, place="b")


def test_outages_last_as_long_as_their_chain_says() -> None:
    for severity, goes, comes in [(1, 0.05, 0.5), (2, 0.1, 1 / 3), (3, 0.2, 0.2)]:
        lengths: list[int] = []
        share = 0
        for seed in range(30):
            states = [down(severity, turn, seed=seed) for turn in range(60)]  # type: ignore[arg-type]
            share += sum(states)
            runs = "".join("x" if state else " " for state in states).split()
            lengths += [len(run) for run in runs]
        assert math.isclose(sum(lengths) / len(lengths), 1 / comes, rel_tol=0.3)
        assert math.isclose(share / 1800, goes / (goes + comes), rel_tol=0.3)


def test_a_milder_outage_is_a_part_of_a_severer_one() -> None:
    for seed in range(30):
        for turn in range(20):
            states = [down(severity, turn, seed=seed) for severity in SEVERITIES]
            assert states == sorted(states)


def test_an_outage_ends_within_the_tries_of_a_turn() -> None:
    found = [
        [down(2, turn, occurrence, seed) for occurrence in range(40)]
        for seed in range(40)
        for turn in range(3)
        if down(2, turn, 0, seed)
    ]
    assert found
    assert all(False in tries for tries in found)


# ------------------------------------------------------------------ at a client


def serve(server: Loopback, *, streamed: bool, calls: bool) -> None:
    said = (OSLO, ROME) if calls else ()
    server.script = lambda asked: calling.chat_answer(streamed, *said, text="Let me look.")


CONVERSATION: list[Any] = [
    *HELLO,
    calling.chat_message(OSLO, ROME),
    {"role": "tool", "tool_call_id": OSLO.id, "content": "rain"},
    {"role": "tool", "tool_call_id": ROME.id, "content": "sun"},
]
QUICK = {
    "latency": {"median": 0.01, "p99": 0.02, "each": 0.001},
    "read-timeout": {"seconds": 0.02},
    "connection-error": {"seconds": 0.0},
    "stream-cut": {"seconds": 0.02, "most": 2},
    "stream-disorder": {"seconds": 0.02, "most": 2},
    "bursty-outage": {"goes": 1.0, "comes": 0.0},
}
BEFORE = {"latency": "reply", "read-timeout": "sent", "connection-error": "sent"}


@EACH
@AT
def test_each_is_delivered_to_a_real_client_and_the_servers_log_agrees(
    operator: Any, severity: Severity
) -> None:
    """A conversation with two parallel results, answered by a stream with two calls."""
    parameters = QUICK.get(operator.name, {})
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        serve(server, streamed=True, calls=True)
        create = driven.client.chat.completions.create
        clean = list(create(model="m", messages=CONVERSATION, stream=True))
        with trial_with(operator, severity=severity, parameters=parameters, rate=1.0) as trial:
            met: Any = ""
            found: list[Any] = []
            try:
                for one in create(model="m", messages=CONVERSATION, stream=True):
                    found.append(one)  # noqa: PERF402 - what came before an error counts
            except Exception as error:
                met = error
    ((delivered, evidence),) = told(trial)
    fault: Any = trial.record().receipts[0].injection.edit
    if isinstance(fault, BrokenCalls) and not delivered:  # this stream counts no tokens
        assert (operator.name, severity) == ("wrong-model", 2)
        return
    assert delivered, evidence
    requests = [one.json["messages"] for one in server.asked[1:]]
    reached = not isinstance(fault, Refused) and not (isinstance(fault, Raised) and not fault.sent)
    assert len(requests) == int(reached)
    if isinstance(fault, Raised | Refused):
        assert isinstance(met, openai.APIError)
    elif isinstance(fault, Pace):
        assert found == clean
    else:
        other = bool(met) or found != clean or (reached and requests[0] != CONVERSATION)
        assert other == (fault != EditedStream("no_done"))


@EACH
def test_each_that_needs_something_is_not_delivered_where_it_is_not_there(operator: Any) -> None:
    """A whole reply without a call, to a conversation without a result."""
    needs = operator.sheet.needs
    if not needs and operator.name != "broken-calls":
        return
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        serve(server, streamed=False, calls=False)
        parameters = {"whats": ["no_done"]} if operator.name == "stream-disorder" else {}
        with trial_with(operator, severity=2, parameters=parameters, rate=1.0) as trial:
            driven.client.chat.completions.create(model="m", messages=HELLO)
    (receipt,) = trial.record().receipts
    assert (receipt.fired, receipt.delivered) == (True, False)
    assert receipt.reason


@pytest.mark.parametrize(("retries", "passes"), [(2, False), (3, True)])
def test_a_burst_of_three_is_outlasted_by_three_retries(retries: int, passes: bool) -> None:
    quick = {"seconds": 0.001}
    with (
        loopback() as server,
        openai_driven("sync", server, Faulty(), max_retries=retries) as driven,
    ):
        serve(server, streamed=False, calls=False)
        with trial_with(RateLimit(), severity=2, parameters=quick) as trial:
            try:
                driven.client.chat.completions.create(model="m", messages=HELLO)
            except openai.RateLimitError:
                assert not passes
    assert len(server.asked) == int(passes)
    assert [delivered for delivered, _ in told(trial)] == [True] * 3


def test_two_operators_share_an_exchange_where_neither_ends_it() -> None:
    quick = {"median": 0.001, "p99": 0.002, "each": 0.0}
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        serve(server, streamed=False, calls=True)
        latency = replace(Latency(), sheet=_sheet(Latency(), quick))
        ids = replace(CallIds(), sheet=_sheet(CallIds(), {"whats": ["dropped"]}))
        three = trial_with(latency, ids, ServerError(), severity=1)
        with three as ended, pytest.raises(openai.InternalServerError):
            driven.client.chat.completions.create(model="m", messages=HELLO)
        with trial_with(latency, ids, severity=1) as both:
            done = driven.client.chat.completions.create(model="m", messages=HELLO)
    assert [delivered for delivered, _ in told(ended)] == [False, False, True]
    assert [delivered for delivered, _ in told(both)] == [True, True]
    assert [call.id for call in done.choices[0].message.tool_calls] == ["", ROME.id]


def _sheet(operator: Any, parameters: Any) -> Any:
    known = operator.sheet.parameters
    return replace(operator.sheet, parameters=tuple({**one, **parameters} for one in known))
