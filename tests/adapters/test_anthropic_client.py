from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from loopback import Loopback, events, loopback, whole
from loopback import anthropic as said
from loopback import anthropic_events as said_in_pieces
from sealegs_adapters import anthropic_client
from web import HELLO, Bench

colours = pytest.mark.parametrize("colour", ["sync", "async"])
THINKING = {"type": "thinking", "thinking": "think of it", "signature": "c2ln"}
TURN: dict[str, Any] = {
    "text": "Let me look.",
    "thinking": THINKING["thinking"],
    "signature": THINKING["signature"],
    "call": "weather",
}
TOOL: Any = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


class Agent:
    """An anthropic client of either colour, used the same way."""

    def __init__(self, colour: str, server: Loopback, bench: Bench | None, **more: Any) -> None:
        self.asynchronous = colour == "async"
        self.runner = asyncio.Runner()
        kind = anthropic.AsyncAnthropic if self.asynchronous else anthropic.Anthropic
        given: dict[str, Any] = {"api_key": "sk-secret", "base_url": server.url, "max_retries": 0}
        self.client: Any = kind(**{**given, **more})
        if bench is not None:
            anthropic_client.enable(self.client, pipeline=bench.pipeline)

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *how: Any) -> None:
        self.do(self.client.close)
        self.runner.close()

    def do(self, function: Any, *arguments: Any, **named: Any) -> Any:
        if not self.asynchronous:
            return function(*arguments, **named)

        async def main() -> Any:
            return await function(*arguments, **named)

        return self.runner.run(main())

    def say(self, messages: Any, how: str = "create", client: Any = None) -> list[Any]:
        """Ask, and give the reply's content blocks."""
        given = {"model": "claude-model", "max_tokens": 99, "tools": [TOOL]}
        given["messages"] = messages
        given["thinking"] = {"type": "enabled", "budget_tokens": 50}
        use = _async_content if self.asynchronous else _content
        blocks = self.do(use, (client or self.client).messages, how, given)
        return [block.model_dump(exclude_none=True) for block in blocks]


def _content(messages: Any, how: str, given: Any) -> Any:
    match how:
        case "create":
            return messages.create(**given).content
        case "raw":
            return messages.with_raw_response.create(**given).parse().content
        case "helper":
            with messages.stream(**given) as stream:
                return stream.get_final_message().content
    blocks: dict[int, Any] = {}
    for event in messages.create(**given, stream=True):
        _grow(blocks, event)
    return [blocks[index] for index in sorted(blocks)]


async def _async_content(messages: Any, how: str, given: Any) -> Any:
    match how:
        case "create":
            return (await messages.create(**given)).content
        case "raw":
            raw = await messages.with_raw_response.create(**given)
            return (await raw.parse()).content
        case "helper":
            async with messages.stream(**given) as stream:
                return (await stream.get_final_message()).content
    blocks: dict[int, Any] = {}
    async for event in await messages.create(**given, stream=True):
        _grow(blocks, event)
    return [blocks[index] for index in sorted(blocks)]


def _grow(blocks: dict[int, Any], event: Any) -> None:
    """Put together what an agent that reads raw events keeps: texts and calls."""
    if event.type == "content_block_start":
        blocks[event.index] = event.content_block
    elif event.type == "content_block_delta" and event.delta.type == "text_delta":
        blocks[event.index].text += event.delta.text
    elif event.type == "content_block_delta" and event.delta.type == "input_json_delta":
        import json

        blocks[event.index].input = json.loads(event.delta.partial_json)


def _without_thinking(blocks: list[Any]) -> dict[str, Any]:
    kept = [block for block in blocks if block["type"] != "thinking"]
    return {"role": "assistant", "content": kept}


def _result(turn: dict[str, Any]) -> dict[str, Any]:
    used = turn["content"][-1]["id"]
    block = {"type": "tool_result", "tool_use_id": used, "content": "15 C"}
    return {"role": "user", "content": [block]}


@colours
@pytest.mark.parametrize("how", ["create", "raw", "helper", "events"])
def test_thinking_that_the_agent_dropped_goes_back_with_its_signature(
    colour: str, how: str, server: Loopback, bench: Bench
) -> None:
    streamed = how in ("helper", "events")
    server.say(
        events(said_in_pieces(**TURN)) if streamed else whole(said(**TURN)),
        whole(said("15 C.")),
    )
    with Agent(colour, server, bench) as agent:
        turn = _without_thinking(agent.say(HELLO, how))
        agent.say([*HELLO, turn, _result(turn)])
    assert [block["type"] for block in turn["content"]] == ["text", "tool_use"]
    sent = server.asked[1].json["messages"]
    assert sent[1] == {**turn, "content": [THINKING, *turn["content"]]}
    assert (sent[0], sent[2]) == (HELLO[0], _result(turn))
    assert [one.adapter for one in bench.exchanges] == ["anthropic_client"] * 2


@colours
def test_without_sealegs_it_does_not(colour: str, server: Loopback) -> None:
    server.say(whole(said(**TURN)), whole(said("15 C.")))
    with Agent(colour, server, None) as agent:
        turn = _without_thinking(agent.say(HELLO))
        agent.say([*HELLO, turn, _result(turn)])
    assert server.asked[1].json["messages"][1] == turn


@colours
def test_thinking_that_the_agent_keeps_goes_out_byte_for_byte(
    colour: str, server: Loopback, bench: Bench
) -> None:
    bodies = []
    for one in (None, bench):
        server.say(whole(said(**TURN)), whole(said("15 C.")))
        with Agent(colour, server, one) as agent:
            turn = {"role": "assistant", "content": agent.say(HELLO)}
            agent.say([*HELLO, turn, _result(turn)])
        bodies.append(server.asked[-1].body)
    assert bodies[0] == bodies[1]
    assert [one.retention and one.retention.outcomes for one in bench.exchanges] == [
        (),
        ("present",),
    ]


@colours
def test_copies_with_other_options_are_tapped_too(
    colour: str, server: Loopback, bench: Bench
) -> None:
    server.say(whole(said(**TURN)), whole(said("15 C.")))
    with Agent(colour, server, bench) as agent:
        turn = _without_thinking(agent.say(HELLO))
        tuned = agent.client.with_options(timeout=7)
        agent.say([*HELLO, turn, _result(turn)], client=tuned)
    assert server.asked[1].json["messages"][1]["content"][0] == THINKING


@colours
def test_the_clients_retries_are_its_own_and_each_is_an_exchange(
    colour: str, server: Loopback, bench: Bench
) -> None:
    refused = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    server.say(whole(refused, 429, retry_after="0.01"), whole(said("Hello.")))
    with Agent(colour, server, bench, max_retries=1) as agent:
        assert agent.say(HELLO) == [{"type": "text", "text": "Hello."}]
    counts = [seen.header("x-stainless-retry-count") for seen in server.asked]
    assert counts == ["0", "1"]
    assert [(one.status, one.attempts) for one in bench.exchanges] == [(429, 1), (200, 1)]


@colours
def test_errors_are_the_clients_own(colour: str, server: Loopback, bench: Bench) -> None:
    refused = {"type": "error", "error": {"type": "authentication_error", "message": "who?"}}
    server.say(whole(refused, 401), events(said_in_pieces(**TURN)).cut_after(4))
    with Agent(colour, server, bench) as agent:
        with pytest.raises(anthropic.AuthenticationError, match=r"who\?"):
            agent.say(HELLO)
        with pytest.raises((anthropic.APIConnectionError, httpx2.RemoteProtocolError)):
            agent.say(HELLO, "helper")
    with loopback() as gone:
        pass
    with Agent(colour, gone, bench) as agent, pytest.raises(anthropic.APIConnectionError):
        agent.say(HELLO)
    assert [(one.status, one.ending) for one in bench.exchanges] == [
        (401, "complete"),
        (200, "failed"),
        (0, "failed"),
    ]


def test_the_tool_runner_works_as_before(server: Loopback, bench: Bench) -> None:
    @anthropic.beta_tool
    def weather(city: str) -> str:
        """Tell the weather."""
        return f"15 C in {city}"

    bodies = []
    for one in (None, bench):
        server.say(whole(said(**TURN)), whole(said("15 C.")))
        with Agent("sync", server, one) as agent:
            runner = agent.client.beta.messages.tool_runner(
                model="claude-model", max_tokens=99, tools=[weather], messages=HELLO
            )
            assert runner.until_done().content[0].text == "15 C."
        bodies.append([seen.body for seen in server.asked[-2:]])
    assert bodies[0] == bodies[1]  # it sends what is new; what was said is the server's to keep
    assert b"15 C in Oslo" in bodies[1][1]
    assert len(bench.exchanges) == 2


@colours
def test_it_can_be_enabled_twice_and_disabled_again(
    colour: str, server: Loopback, bench: Bench
) -> None:
    with Agent(colour, server, None) as agent:
        client, original = agent.client, agent.client._client
        assert anthropic_client.disable(client) is client
        assert anthropic_client.enable(client, pipeline=bench.pipeline) is client
        tapped = client._client
        anthropic_client.enable(client, pipeline=Bench().pipeline)
        assert client._client is tapped
        server.say(whole(said("Hello.")), whole(said("Hello.")))
        agent.say(HELLO)
        assert anthropic_client.disable(client) is client
        assert client._client is original
        agent.say(HELLO)
        del tapped
        gc.collect()
    assert len(bench.exchanges) == 1


@pytest.mark.parametrize("wrong", [None, object(), "client", anthropic.Anthropic], ids=repr)
def test_what_is_no_client_is_refused_with_what_to_do(wrong: Any, bench: Bench) -> None:
    with pytest.raises(TypeError, match="expected an anthropic client, got") as caught:
        anthropic_client.enable(wrong, pipeline=bench.pipeline)
    assert "Anthropic" in str(caught.value)
