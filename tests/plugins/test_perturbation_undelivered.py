"""What an agent cannot have met is not called delivered; what it did not act on, not seen."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

import calling
import sealegs
from calling import Says
from clients import Driven, openai_driven
from loopback import Answer, Asked, Loopback, loopback, whole
from sealegs.perturbation.campaigns.campaign import Campaign, Result
from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import current_trial
from sealegs.perturbation.trials.entering import Entered
from sealegs.perturbation.trials.receipts import Receipt
from sites import STAGING
from web import Bench, installed

ASK = "Could you please find the cheapest flight to Oslo on 2024-05-01?"
UNTAPPED = "no request to a model passed a tap in the trial: "
QUICK: Mapping[str, Mapping[str, Any]] = {
    "rate-limit": {"burst": 1, "seconds": 0.001},
    "stream-cut": {"hows": ["end"], "most": 6, "within_call": False},
    "stream-disorder": {"whats": ["duplicate"], "most": 6},
    "tool-error": {"share": 1.0, "times": 1},
    "slow-tool": {"seconds": 5.0, "tail": 5.0},
    "broken-body": {"whats": ["truncated"]},
    "call-ids": {"whats": ["dropped"], "burst": 1},
}


def campaign(agent: Callable[[Any], Any], *names: str, cases: Any = (ASK,), **more: Any) -> Result:
    uses = tuple(
        Use(operator=name, severity=2, rate=1.0, parameters=QUICK.get(name, {})) for name in names
    )
    made = Campaign(
        agent,
        list(cases),
        Profile(name="hunt", uses=uses),
        settings=STAGING,
        catalog=installed(),
        **more,
    )
    return made.run()


def receipts(result: Result) -> Sequence[Receipt]:
    return [
        one for record in result.records if record.arm == "disturbed" for one in record.receipts
    ]


def fates(result: Result) -> list[tuple[bool, bool]]:
    """Of each injection, whether it was delivered and seen."""
    return [(one.delivered, one.seen) for one in receipts(result)]


def reason(result: Result, operator: str) -> str:
    """Why the run is vacuous, by the word of an operator."""
    judgement = result.judgement
    assert judgement.verdict is Verdict.VACUOUS, judgement.reason
    assert not any(delivered for delivered, _ in fates(result))
    before, found, why = judgement.reason.partition(f"({operator}: ")
    assert found
    assert before.startswith("never disturbed: ")
    return why.removesuffix(")")


@pytest.fixture(scope="module")
def serving() -> Iterator[Loopback]:
    with loopback() as server:
        yield server


@pytest.fixture
def server(serving: Loopback) -> Loopback:
    """A model that says one sentence, or calls the tool if it has one and has no result yet."""

    def script(asked: Asked) -> Answer:
        body = asked.json
        results = [one for one in body["messages"] if one["role"] == "tool"]
        calls = [Says("look")] if body.get("tools") and not results else []
        return calling.chat_answer(
            bool(body.get("stream")), *calls, text="It is a fine day to travel."
        )

    serving.asked, serving.script = [], script
    return serving


@pytest.fixture(scope="module")
def clients(serving: Loopback) -> Iterator[Callable[[str, bool], Driven]]:
    """Clients of both colours, enabled and not."""
    with contextlib.ExitStack() as stack:
        made: dict[tuple[str, bool], Driven] = {}
        bench = Bench(settings=STAGING)

        def get(colour: str, enabled: bool) -> Driven:
            key = (colour, enabled)
            if key not in made:
                driven = openai_driven(colour, serving, bench if enabled else None)
                made[key] = stack.enter_context(driven)
            return made[key]

        yield get


@pytest.fixture
def client(clients: Any) -> Any:
    return clients("sync", True).client


def ask(client: Any, text: str = ASK, **more: Any) -> Any:
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="m", messages=messages, **more)


def with_tool(client: Any, tool: Callable[..., Any]) -> Callable[[Any], None]:
    """An agent that runs a tool as its model wants, until the model wants no more."""

    def agent(text: str) -> None:
        messages: list[Any] = [{"role": "user", "content": text}]
        for _ in range(4):
            reply = client.chat.completions.create(
                model="m", messages=messages, tools=[calling.chat_tool("look")]
            )
            said = reply.choices[0].message
            if not said.tool_calls:
                return
            call = said.tool_calls[0]
            text = tool(**json.loads(call.function.arguments))
            told = Says(call.function.name, call.function.arguments, call.id)
            messages.append(calling.chat_message(told))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": text})

    return agent


def look(city: str) -> str:
    """Look out of the window."""
    return f"a clear sky over {city}, and hardly any wind"


# ------------------------------------------------------------------ where no tap is reached


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_client_that_is_not_enabled_delivers_nothing(
    colour: str, server: Loopback, clients: Any
) -> None:
    bare, tapped = clients(colour, False), clients(colour, True)
    for name in ("typos", "rate-limit"):
        missing = campaign(lambda text: bare.do(ask, bare.client, text), name)
        assert reason(missing, name).startswith(UNTAPPED)
    there = campaign(lambda text: tapped.do(ask, tapped.client, text), "typos")
    assert [delivered for delivered, _ in fates(there)] == [True]


def test_what_a_second_client_says_that_is_not_enabled_counts_for_nothing(
    server: Loopback, clients: Any
) -> None:
    tapped, bare = clients("sync", True).client, clients("sync", False).client

    def agent(text: str) -> None:
        ask(tapped, "Is this about travel?")
        ask(bare, text)

    result = campaign(agent, "distractor-sentence")
    (receipt,) = receipts(result)
    assert (receipt.delivered, receipt.seen) == (True, False)
    said = [one.json["messages"][0]["content"] for one in server.asked]
    assert said[1] == said[3] == ASK
    assert said[0] == "Is this about travel?" != said[2]


def test_a_cached_answer_has_met_nothing(server: Loopback, client: Any) -> None:
    cached = functools.cache(lambda text: ask(client, text).choices[0].message.content)
    assert reason(campaign(cached, "typos"), "typos").startswith(UNTAPPED)
    assert len(server.asked) == 1


def test_a_result_that_the_agent_has_cached_is_disturbed_where_the_model_is_told_of_it(
    server: Loopback, client: Any
) -> None:
    cached = functools.cache(sealegs.tool(look))
    result = campaign(with_tool(client, cached), "truncated-result")
    assert fates(result) == [(True, False)]
    clean, disturbed = (server.asked[at].json["messages"][-1]["content"] for at in (1, 3))
    assert clean == look("Oslo") != disturbed
    again = campaign(with_tool(client, cached), "tool-error")
    assert reason(again, "tool-error").startswith("no tool tap: ")


@pytest.mark.parametrize("name", ["typos", "rate-limit", "persona", "tool-order"])
def test_threads_without_the_trials_context_deliver_nothing(
    name: str, server: Loopback, client: Any
) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = campaign(lambda text: pool.submit(ask, client, text).result(), name)
    assert reason(result, name).startswith(UNTAPPED)
    assert len(server.asked) == 2


def test_threads_with_the_trials_context_deliver_all(server: Loopback, client: Any) -> None:
    def agent(text: str) -> None:
        trial = current_trial()
        assert isinstance(trial, Entered)
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(trial.wrap(ask), client, f"{text} {n}") for n in range(4)]
            for job in jobs:
                job.result()

    result = campaign(agent, "distractor-sentence")
    assert len(receipts(result)) == 4
    assert all(one.delivered for one in receipts(result))


def test_tools_in_threads_without_the_trials_context_are_met_at_the_model(
    server: Loopback, client: Any
) -> None:
    with ThreadPoolExecutor(1) as pool:
        agent = with_tool(client, lambda city: pool.submit(sealegs.tool(look), city).result())
        result = campaign(agent, "tool-error")
        assert reason(result, "tool-error").startswith("no tool tap: ")
        assert fates(campaign(agent, "truncated-result")) == [(True, False)]


def test_a_process_of_its_own_has_met_nothing(server: Loopback) -> None:
    program = (
        "import sys, urllib.request as r; "
        "r.urlopen(r.Request(sys.argv[1], b'{\"messages\": []}')).read()"
    )

    def agent(text: str) -> None:
        url = f"{server.url}/v1/chat/completions"
        subprocess.run([sys.executable, "-I", "-c", program, url], check=True)

    assert reason(campaign(agent, "typos"), "typos").startswith(UNTAPPED)
    assert len(server.asked) == 2


def test_trials_at_once_keep_their_receipts_apart(server: Loopback, client: Any) -> None:
    cases = [f"{ASK} Number {n}." for n in range(6)]
    made = Campaign(
        lambda text: ask(client, text),
        cases,
        Profile(name="hunt", uses=(Use(operator="distractor-sentence", rate=1.0),)),
        settings=STAGING,
        catalog=installed(),
    )
    with ThreadPoolExecutor(4) as pool:
        result = made.run(pool)
    assert [len(one.receipts) for one in result.records] == [0, 1] * 6
    assert all(one.delivered for one in receipts(result))
    said = [one.json["messages"][0]["content"] for one in server.asked]
    assert sorted(one for one in said if one in cases) == sorted(cases)


def test_an_agent_of_coroutines_meets_it(server: Loopback, clients: Any) -> None:
    from sealegs_adapters import openai_client

    async def agent(text: str) -> None:
        http = openai.DefaultAsyncHttpxClient(verify=False, trust_env=False)
        made = openai.AsyncOpenAI(api_key="k", base_url=f"{server.url}/v1", http_client=http)
        async with openai_client.enable(made, pipeline=Bench(settings=STAGING).pipeline) as client:
            await asyncio.gather(*(ask(client, f"{text} {n}") for n in range(3)))

    result = campaign(agent, "distractor-sentence")
    assert len(receipts(result)) == 3
    assert all(one.delivered for one in receipts(result))


# ------------------------------------------------------------------ where the way ends early


@pytest.mark.parametrize("name", ["stream-cut", "stream-disorder"])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_stream_that_is_abandoned_before_the_place_has_not_been_broken(
    colour: str, name: str, server: Loopback, clients: Any
) -> None:
    driven = clients(colour, True)

    async def some(stream: Any) -> int:
        async with stream:
            async for _ in stream:
                return 1
        return 0

    def agent(text: str) -> None:
        stream = driven.do(ask, driven.client, text, stream=True)
        if colour == "async":
            assert driven.do(some, stream) == 1
            return
        with stream:
            next(iter(stream))

    assert reason(campaign(agent, name), name)
    whole_ = campaign(
        lambda text: driven.items(driven.do(ask, driven.client, text, stream=True)), name
    )
    assert [delivered for delivered, _ in fates(whole_)] == [True]


def test_a_stream_that_is_read_in_another_thread_is_cut_all_the_same(
    server: Loopback, client: Any
) -> None:
    def agent(text: str) -> None:
        stream, found = ask(client, text, stream=True), list[Any]()
        reader = threading.Thread(target=lambda: found.extend(stream))
        reader.start()
        reader.join()
        assert len(found) > 1

    (receipt,) = receipts(campaign(agent, "stream-cut"))
    assert (receipt.delivered, receipt.seen) == (True, False)


def test_a_request_that_the_provider_refuses_has_carried_nothing(
    server: Loopback, client: Any
) -> None:
    server.script = lambda asked: whole({"error": {"message": "no"}}, 400)

    def agent(text: str) -> None:
        with contextlib.suppress(openai.BadRequestError):
            ask(client, text)

    assert reason(campaign(agent, "typos"), "typos") == "HTTP 400"


def test_what_a_fault_of_the_exchange_ended_was_not_told_to_the_model(
    server: Loopback, client: Any
) -> None:
    def agent(text: str) -> None:
        with contextlib.suppress(openai.RateLimitError):
            ask(client, text)

    result = campaign(agent, "typos", "rate-limit")
    assert len(server.asked) == 1
    assert {one.injection.operator: one.delivered for one in receipts(result)} == {
        "typos": False,
        "rate-limit": True,
    }
    assert result.judgement.verdict is Verdict.VACUOUS
    assert "user_prompt (typos: HTTP 429)" in result.judgement.reason


def test_an_empty_body_cannot_be_cut_off(server: Loopback, client: Any) -> None:
    server.script = lambda asked: Answer((b"",), 200)

    def agent(text: str) -> None:
        with contextlib.suppress(Exception):
            ask(client, text)

    result = campaign(agent, "broken-body")
    assert reason(result, "broken-body") == "the body has nothing that could be broken"


# ------------------------------------------------------------------ met, and not by the model


def test_a_retry_of_the_clients_own_meets_the_limit_that_its_agent_does_not(
    server: Loopback, client: Any
) -> None:
    patient = client.with_options(max_retries=2)
    result = campaign(lambda text: ask(patient, text), "rate-limit")
    assert fates(result) == [(True, True)]
    assert len(server.asked) == 2
    assert [one.outcome for one in result.records] == ["passed", "passed"]


@pytest.mark.parametrize("swallows", [False, True])
def test_an_error_that_does_not_reach_the_model_is_delivered_and_not_seen(
    swallows: bool, server: Loopback, client: Any
) -> None:
    tapped, tries = sealegs.tool(look), list[str]()

    def patient(city: str) -> str:
        for _ in range(3):
            try:
                return tapped(city)
            except Exception as error:
                tries.append(type(error).__name__)
                if swallows:
                    return "nothing is known"
        return "it failed"

    result = campaign(with_tool(client, patient), "tool-error")
    assert fates(result) == [(True, False)]
    assert len(tries) == 1
    (table,) = [one for one in result.judgement.coverage.cells if one.step == ""]
    assert (table.fired, table.delivered, table.seen) == (1, 1, 0)


def test_what_tries_again_within_the_tool_is_not_disturbed(server: Loopback, client: Any) -> None:
    calls: list[str] = []

    @sealegs.tool
    def patient(city: str) -> str:
        for _ in range(3):
            calls.append(city)
            with contextlib.suppress(Exception):
                return look(city)
        return "it failed"

    result = campaign(with_tool(client, patient), "tool-error")
    assert fates(result) == [(True, False)]
    assert len(calls) == 1  # the clean arm's: in the other one the tool did not run
    assert [one.outcome for one in result.records] == ["passed", "failed"]


def test_a_result_that_is_replaced_behind_the_tap_is_delivered_and_not_seen(
    server: Loopback, client: Any
) -> None:
    tapped = sealegs.tool(look)

    def summed_up(city: str) -> str:
        tapped(city)
        return "the weather is fine"

    result = campaign(with_tool(client, summed_up), "malformed-result")
    assert fates(result) == [(True, False)]
    assert server.asked[1].body == server.asked[3].body


def test_a_slow_tool_that_nobody_waits_for_has_been_slow(server: Loopback, client: Any) -> None:
    async def agent(text: str) -> None:
        async def slow(city: str) -> str:
            return look(city)

        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(sealegs.tool(slow)("Oslo"), 0.01)

    (receipt,) = receipts(campaign(agent, "slow-tool"))
    assert (receipt.delivered, receipt.evidence) == (True, "the caller stopped waiting")


def test_what_the_pipeline_mends_reaches_the_agent_mended_and_without_that_layer_broken(
    server: Loopback,
) -> None:
    found: list[str] = []

    def agent(client: Any) -> Callable[[str], None]:
        def asking(text: str) -> None:
            reply = ask(client, text, tools=[calling.chat_tool("look")])
            found.append(reply.choices[0].message.tool_calls[0].id)

        return asking

    bare = STAGING.model_copy(update={"disabled_plugins": ("tools",)})
    for settings in (STAGING, bare):
        with openai_driven("sync", server, Bench(settings=settings)) as driven:
            result = campaign(agent(driven.client), "call-ids")
        assert fates(result) == [(True, False)]
    assert [bool(one) for one in found] == [True, True, True, False]
