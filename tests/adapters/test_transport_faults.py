"""The official clients meet a fault as they meet the real thing: own exceptions, own retries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

import calling
from clients import Driven, anthropic_driven, openai_driven
from faulty import Faulty, told, transport, trial_of
from loopback import Answer, Loopback, loopback
from sealegs import Settings
from sealegs.errors import GuardError
from sealegs.perturbation.edits import (
    BrokenBody,
    CutStream,
    Fault,
    Pace,
    Raised,
    RaisedKind,
    Refused,
    Said,
)
from sealegs.perturbation.exchanges.breaking import broken_body
from sealegs.perturbation.exchanges.transporting import TransportLayer
from sealegs.perturbation.trials.plans import Plan
from sealegs_adapters import http
from web import CHAT, KINDS, Kind, asked, installed, web

COLOURS = ("sync", "async")
HELLO = [{"role": "user", "content": "hello"}]


class Party:
    """One of the two clients: how it is made, asked and answered, and its package."""

    def __init__(self, library: Any, drive: Callable[..., Driven], answer: Any) -> None:
        self.library, self.drive, self.answer = library, drive, answer

    def __repr__(self) -> str:
        name: str = self.library.__name__
        return name

    def ask(self, driven: Driven, **more: Any) -> Any:
        """Ask, and take all of a stream."""
        create = (
            driven.client.chat.completions.create
            if self.library is openai
            else driven.client.messages.create
        )
        if self.library is anthropic:
            more = {"max_tokens": 9, **more}
        answer = driven.do(create, model="m", messages=HELLO, **more)
        return driven.items(answer) if more.get("stream") else answer


OPENAI = Party(openai, openai_driven, calling.chat_answer)
ANTHROPIC = Party(anthropic, anthropic_driven, calling.anthropic_answer)
PARTIES = pytest.mark.parametrize("party", [OPENAI, ANTHROPIC], ids=repr)
BOTH = pytest.mark.parametrize("colour", COLOURS)
STREAMED = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ready(server: Loopback, party: Party, *, streamed: bool = False) -> None:
    server.script = lambda asked: party.answer(streamed, text="Hello.")


def http_of(error: BaseException) -> BaseException:
    assert error.__cause__ is not None
    return error.__cause__


RAISED: list[tuple[RaisedKind, str]] = [
    ("connect", "ConnectError"),
    ("dns", "ConnectError"),
    ("tls", "ConnectError"),
    ("reset", "ReadError"),
    ("protocol", "RemoteProtocolError"),
    ("connect_timeout", "ConnectTimeout"),
    ("read_timeout", "ReadTimeout"),
    ("pool_timeout", "PoolTimeout"),
]


@BOTH
@PARTIES
@pytest.mark.parametrize(("kind", "name"), RAISED)
def test_the_client_raises_its_own_error_around_that_of_its_http_package(
    kind: RaisedKind, name: str, party: Party, colour: str
) -> None:
    with loopback() as server, party.drive(colour, server, Faulty()) as driven:
        ready(server, party)
        with trial_of(Raised(kind)) as trial, pytest.raises(party.library.APIConnectionError) as e:
            party.ask(driven)
        assert party.ask(driven) is not None  # the trial is over, and so is the fault
    assert isinstance(e.value, party.library.APITimeoutError) == name.endswith("Timeout")
    cause = http_of(e.value)
    assert type(cause).__name__ == name
    assert isinstance(cause, (httpx.TransportError, httpx2.TransportError))
    assert cause.request.url.path in ("/v1/chat/completions", "/v1/messages")
    assert told(trial) == [(True, f"the client met {kind}")]
    assert len(server.asked) == 1  # that of after the trial


@BOTH
@PARTIES
@STREAMED
def test_a_reply_is_lost_though_the_provider_has_done_its_work(
    streamed: bool, party: Party, colour: str
) -> None:
    bench = Faulty()
    with loopback() as server, party.drive(colour, server, bench) as driven:
        ready(server, party, streamed=streamed)
        with trial_of(Raised("reset", sent=True)) as trial:
            with pytest.raises(party.library.APIConnectionError):
                party.ask(driven, stream=streamed)
            assert len(server.asked) == 1
        party.ask(driven, stream=streamed)
    assert told(trial) == [(True, "the client met reset")]
    assert bench.endings == ["failed", "complete"]


@BOTH
@PARTIES
def test_a_read_timeout_takes_the_time_that_the_client_allows(party: Party, colour: str) -> None:
    with loopback() as server, party.drive(colour, server, Faulty(), timeout=0.2) as driven:
        ready(server, party)
        with trial_of(Raised("read_timeout", seconds=60)) as trial:
            began = time.monotonic()
            with pytest.raises(party.library.APITimeoutError):
                party.ask(driven)
            took = time.monotonic() - began
    assert 0.2 <= took < 1
    assert told(trial) == [(True, "the client met read_timeout")]
    assert server.asked == []


@BOTH
def test_what_takes_longer_to_connect_than_the_client_waits_is_a_timeout(colour: str) -> None:
    limits = httpx2.Timeout(5, connect=0.05)
    with (
        loopback() as server,
        openai_driven(colour, server, Faulty(), timeout=limits) as driven,
        trial_of(Raised("connect", seconds=60)),
        pytest.raises(openai.APITimeoutError) as e,
    ):
        OPENAI.ask(driven)
    assert type(http_of(e.value)).__name__ == "ConnectTimeout"


@BOTH
@PARTIES
@STREAMED
def test_a_refusal_is_met_in_the_providers_words_with_status_and_headers(
    streamed: bool, party: Party, colour: str
) -> None:
    with loopback() as server, party.drive(colour, server, Faulty()) as driven:
        refused = Refused("rate_limit", 429, {"retry-after": "7"}, "slow down")
        with trial_of(refused) as trial, pytest.raises(party.library.RateLimitError) as e:
            party.ask(driven, stream=streamed)
    error = e.value
    assert (error.status_code, error.response.headers["retry-after"]) == (429, "7")
    assert "slow down" in error.message
    assert error.type == ("tokens" if party is OPENAI else "rate_limit_error")
    assert told(trial) == [(True, "the client got status 429")]
    assert server.asked == []


@PARTIES
@pytest.mark.parametrize(
    ("kind", "status", "name"),
    [
        ("server_error", 500, "InternalServerError"),
        ("unavailable", 503, "InternalServerError"),
        ("overloaded", 529, "InternalServerError"),
        ("context_length", 400, "BadRequestError"),
        ("authentication", 401, "AuthenticationError"),
        ("permission", 403, "PermissionDeniedError"),
        ("not_found", 404, "NotFoundError"),
        ("quota", 402, "APIStatusError"),
    ],
)
def test_each_refusal_is_the_clients_own_exception_for_it(
    kind: Any, status: int, name: str, party: Party
) -> None:
    with (
        loopback() as server,
        party.drive("sync", server, Faulty()) as driven,
        trial_of(Refused(kind, status)),
        pytest.raises(party.library.APIStatusError) as e,
    ):
        party.ask(driven)
    assert isinstance(e.value, getattr(party.library, name))
    assert e.value.status_code == status


def test_a_date_after_which_to_come_again_is_counted_from_when_it_is_said() -> None:
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        began = time.time()
        refused = Refused("rate_limit", 429, retry_in=30.0)
        with trial_of(refused), pytest.raises(openai.RateLimitError) as e:
            OPENAI.ask(driven)
    said = parsedate_to_datetime(e.value.response.headers["retry-after"]).timestamp()
    assert 28 <= said - began <= 31


@BOTH
@PARTIES
@STREAMED
def test_the_clients_own_retries_outlast_a_burst_that_is_shorter(
    streamed: bool, party: Party, colour: str
) -> None:
    refused = Refused("rate_limit", 429, {"retry-after-ms": "10"})
    with loopback() as server, party.drive(colour, server, Faulty(), max_retries=2) as driven:
        ready(server, party, streamed=streamed)
        with trial_of(refused, tries=2) as trial:
            party.ask(driven, stream=streamed)
        assert len(server.asked) == 1
        assert server.asked[0].header("x-stainless-retry-count") == "2"
        with trial_of(refused, tries=3) as longer, pytest.raises(party.library.RateLimitError):
            party.ask(driven, stream=streamed)
    assert told(trial) == [(True, "the client got status 429")] * 2
    assert told(longer) == [(True, "the client got status 429")] * 3
    assert len(server.asked) == 1


@BOTH
def test_a_retry_after_a_lost_reply_is_a_second_request_to_the_provider(colour: str) -> None:
    with loopback() as server, openai_driven(colour, server, Faulty(), max_retries=1) as driven:
        ready(server, OPENAI)
        with trial_of(Raised("reset", sent=True), tries=1) as trial:
            OPENAI.ask(driven)
    assert [asked.header("x-stainless-retry-count") for asked in server.asked] == ["0", "1"]
    assert told(trial) == [(True, "the client met reset")]


@BOTH
@PARTIES
@STREAMED
def test_a_slow_reply_takes_its_time_and_is_the_same(
    streamed: bool, party: Party, colour: str
) -> None:
    with loopback() as server, party.drive(colour, server, Faulty()) as driven:
        ready(server, party, streamed=streamed)
        before = party.ask(driven, stream=streamed)
        began = time.monotonic()
        with trial_of(Pace(before=0.1, first=0.1)) as trial:
            after = party.ask(driven, stream=streamed)
        took = time.monotonic() - began
    assert after == before
    assert took >= 0.2
    assert told(trial) == [(True, "the request went out 0.1 s later")]


@BOTH
def test_every_piece_of_a_slow_stream_comes_later(colour: str) -> None:
    with loopback() as server, openai_driven(colour, server, Faulty()) as driven:
        ready(server, OPENAI, streamed=True)
        with trial_of(Pace(each=0.03)) as trial:
            began = time.monotonic()
            events = OPENAI.ask(driven, stream=True)
            took = time.monotonic() - began
        with trial_of(Pace(each=0.03)) as whole:
            ready(server, OPENAI)
            OPENAI.ask(driven)
    assert took >= 0.03 * (len(events) - 1)
    assert told(trial) == [(True, "piece 1 of the stream came 0.03 s later")]
    assert told(whole) == [(False, "the reply was not streamed: let the agent ask for streams")]


@BOTH
@PARTIES
@STREAMED
@pytest.mark.parametrize("pace", [Pace(before=60), Pace(first=60), Pace(each=60)], ids=str)
def test_what_comes_later_than_the_client_waits_is_its_timeout(
    pace: Pace, streamed: bool, party: Party, colour: str
) -> None:
    if pace.each and not streamed:
        return
    with loopback() as server, party.drive(colour, server, Faulty(), timeout=0.1) as driven:
        ready(server, party, streamed=streamed)
        # in a stream Anthropic's client lets the HTTP package's own exception pass
        timeouts = (party.library.APITimeoutError, httpx2.ReadTimeout)
        with trial_of(pace) as trial, pytest.raises(timeouts):
            party.ask(driven, stream=streamed)
    assert [one for one, _ in told(trial)] == [True]
    assert len(server.asked) == (0 if pace.before else 1)


BROKEN = ("invalid_json", "html", "empty", "truncated")


@BOTH
@PARTIES
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_body_is_what_the_client_makes_of_a_real_one(
    what: Any, party: Party, colour: str
) -> None:
    """The same body from the server itself gives the same."""

    def outcome(ask: Callable[[], Any]) -> str:
        try:
            return repr(ask())
        except Exception as error:
            return repr(error)

    with loopback() as server, party.drive(colour, server, Faulty()) as driven:
        ready(server, party)
        with trial_of(BrokenBody(what)) as trial:
            met = outcome(lambda: party.ask(driven))
        assert len(server.asked) == 1
        body = party.answer(False, text="Hello.").body
        server.script = lambda asked: _really(what, body)
        real = outcome(lambda: party.ask(driven))
    assert met == real
    assert told(trial) == [(True, f"the body was none: {what}")]


def _really(what: Any, body: bytes) -> Answer:
    kind = "text/html" if what == "html" else "application/json"
    return Answer((broken_body(BrokenBody(what), body),), 200, (("content-type", kind),))


@BOTH
def test_the_first_that_ends_an_exchange_wins_and_the_others_are_not_delivered(
    colour: str,
) -> None:
    with loopback() as server, openai_driven(colour, server, Faulty()) as driven:
        faults = (BrokenBody("html"), Refused("server_error", 500), Raised("connect"))
        with trial_of(*faults) as trial, pytest.raises(openai.InternalServerError):
            OPENAI.ask(driven)
    assert told(trial) == [
        (False, "the exchange ended before"),
        (True, "the client got status 500"),
    ]


@BOTH
def test_what_the_provider_refuses_by_itself_cannot_be_broken(colour: str) -> None:
    with (
        loopback() as server,
        openai_driven(colour, server, Faulty()) as driven,
        trial_of(BrokenBody("html"), Pace(first=0.01)) as trial,
        pytest.raises(openai.InternalServerError),
    ):
        OPENAI.ask(driven)
    assert told(trial) == [(False, "the provider answered with status 500")] * 2


def test_a_wire_format_without_a_fault_lens_is_skipped() -> None:
    bench = Faulty()
    layer: Any = bench.pipeline.layers[0]
    layer._faults = {}
    with loopback() as server, openai_driven("sync", server, bench) as driven:
        ready(server, OPENAI)
        faults = (Refused("server_error", 500), Raised("connect"))
        with trial_of(*faults) as trial, pytest.raises(openai.APIConnectionError):
            OPENAI.ask(driven)
    assert told(trial) == [(True, "the client met connect")]
    reasons = trial.record().uses[0].reasons
    lacks = "of this wire format it is not known how its providers word what goes wrong"
    assert reasons[lacks] == 1


def test_a_request_to_a_live_host_is_not_sent_while_a_trial_runs() -> None:
    live = Settings(
        perturbation={"environment": "test", "live_hosts": ["api.example"]}  # type: ignore[arg-type]
    )
    bench = Faulty(layers=(TransportLayer(installed(), live),))
    with loopback() as server, openai_driven("sync", server, bench, "http://api.example") as driven:
        ready(server, OPENAI)
        with trial_of(Pace(before=0.01)) as trial, pytest.raises(GuardError):
            OPENAI.ask(driven)
        assert server.asked == []
        OPENAI.ask(driven)
    assert told(trial) == []


def test_places_are_numbered_by_turn_and_try() -> None:
    with loopback() as server, openai_driven("sync", server, Faulty()) as driven:
        ready(server, OPENAI)
        with trial_of(Pace(before=0.001)) as trial:
            for turns in (0, 0, 1):
                said = [{"role": "assistant", "content": "x"}, {"role": "user", "content": "go on"}]
                driven.client.chat.completions.create(model="m", messages=[*HELLO, *said * turns])
    sites = [one.injection.site for one in trial.record().receipts]
    places = sorted((site.place.partition("/")[2], site.occurrence, site.turn) for site in sites)
    assert places == [("0", 0, 0), ("0", 1, 0), ("1", 0, 1)]
    assert len({site.place.partition("/")[0] for site in sites}) == 1


def test_a_replay_gives_each_try_the_very_same_fault() -> None:
    refused = Refused("rate_limit", 429, {"retry-after-ms": "1"})
    with loopback() as server, openai_driven("sync", server, Faulty(), max_retries=2) as driven:
        ready(server, OPENAI)
        with trial_of(refused, tries=2) as first:
            OPENAI.ask(driven)
        plan = Plan.of(first.profile, 0, [first.record()]).trials[0]
        with trial_of(None, plan=plan) as second:
            OPENAI.ask(driven)
    assert told(second) == told(first)
    assert len(server.asked) == 2


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Raised("connect"),
        Raised("reset", sent=True),
        Refused("overloaded", 529),
        CutStream(1, "reset"),
    ],
    ids=str,
)
def test_an_exchanges_record_tells_of_what_its_client_met(fault: Fault, colour: str) -> None:
    bench = Faulty()
    with loopback() as server, openai_driven(colour, server, bench) as driven:
        ready(server, OPENAI, streamed=True)
        with trial_of(fault), pytest.raises(openai.APIError):
            OPENAI.ask(driven, stream=True)
    (exchange,) = bench.exchanges
    assert exchange.perturbation is not None
    (found,) = exchange.perturbation.injected
    assert (found.operator, found.surface, found.applied) == ("says-0", "transport", True)
    assert exchange.perturbation.operators == ("says-0",)


@BOTH
def test_a_reply_that_never_came_cannot_be_lost(colour: str) -> None:
    with loopback() as server:
        dead = server.url
    with (
        loopback() as server,
        openai_driven(colour, server, Faulty(), base_url=dead) as driven,
        trial_of(Raised("reset", sent=True)) as trial,
        pytest.raises(openai.APIConnectionError),
    ):
        OPENAI.ask(driven)
    assert told(trial) == [(False, "no reply came: ConnectError")]


@BOTH
def test_a_client_that_waits_no_longer_does_not_meet_what_would_come(colour: str) -> None:
    with (
        loopback() as server,
        openai_driven(colour, server, Faulty(), timeout=0.05) as driven,
        trial_of(Pace(before=60), BrokenBody("html"), Refused("overloaded", 529)) as trial,
        pytest.raises(openai.APITimeoutError),
    ):
        OPENAI.ask(driven)
    assert told(trial) == [
        (True, "the client waited 0.05 s"),
        (False, "the client's time limit came first"),
        (False, "the client's time limit came first"),
    ]


def test_a_plan_that_says_what_cannot_be_here_is_told_to_be_undelivered() -> None:
    bench = Faulty()
    with loopback() as server, openai_driven("sync", server, bench) as driven:
        ready(server, OPENAI)
        once = trial_of(Refused("overloaded", 529), tries=1)
        with once as first, pytest.raises(openai.InternalServerError):
            OPENAI.ask(driven)
        plan = Plan.of(first.profile, 0, [first.record()]).trials[0]
        layer: Any = bench.pipeline.layers[0]
        layer._faults = {}
        with trial_of(None, plan=plan) as unknown:
            OPENAI.ask(driven)
        other = replace(plan.injections[0], edit=Said("x"))
        with trial_of(None, plan=replace(plan, injections=(other,))) as strange:
            OPENAI.ask(driven)
    lacks = "of this wire format it is not known how its providers word what goes wrong"
    assert told(unknown) == [(False, lacks)]
    assert told(strange) == [(False, "the plan says no fault of an exchange here")]


def test_without_a_trial_the_layer_is_dormant() -> None:
    layer = transport()
    assert layer.dormant()
    with trial_of(None):
        assert not layer.dormant()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(("what", "name"), RAISED)
def test_a_plain_client_of_either_package_meets_its_own_exception(
    what: RaisedKind, name: str, kind: Kind
) -> None:
    client = http.wrap(kind.client(timeout=5), pipeline=Faulty().pipeline)
    with loopback() as server, web(kind, client) as one:
        ready(server, OPENAI)
        with trial_of(Raised(what)), pytest.raises(getattr(kind.library, name)) as e:
            one.post(server.url + CHAT, json=asked())
    assert type(e.value).__module__.partition(".")[0] == kind.library.__name__
    assert e.value.request.url == server.url + CHAT


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("how", "name"), [("reset", "ReadError"), ("close", "RemoteProtocolError")]
)
def test_a_plain_client_meets_it_while_it_reads(how: Any, name: str, kind: Kind) -> None:
    client = http.wrap(kind.client(timeout=5), pipeline=Faulty().pipeline)
    with loopback() as server, web(kind, client) as one:
        ready(server, OPENAI, streamed=True)
        with trial_of(CutStream(2, how)) as trial:
            response = one.open(server.url + CHAT, json=asked(stream=True))
            assert response.status_code == 200
            with pytest.raises(getattr(kind.library, name)) as e:
                one.take(response)
            one.shut(response)
    assert e.value.request.url == server.url + CHAT
    assert told(trial) == [(True, f"the stream ended after 2 events: {how}")]
