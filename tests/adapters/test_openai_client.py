from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import httpx2
import openai
import pytest

from loopback import (
    Answer,
    Asked,
    Loopback,
    Part,
    chat,
    chat_events,
    events,
    loopback,
    responses,
    responses_events,
    sse,
    whole,
)
from sealegs_adapters import openai_client
from web import HELLO, Bench

COLOURS = ("sync", "async")
CUT = (httpx.RemoteProtocolError, httpx2.RemoteProtocolError)
"""openai is built on the one up to 2.x, on the other from 3.0 on."""
colours = pytest.mark.parametrize("colour", COLOURS)
streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
TOOL: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


class Agent:
    """An openai client of either colour, tapped or not, used the same way."""

    def __init__(self, colour: str, server: Loopback, bench: Bench | None, **more: Any) -> None:
        self.asynchronous = colour == "async"
        self.runner = asyncio.Runner()
        kind = openai.AsyncOpenAI if self.asynchronous else openai.OpenAI
        given = {"api_key": "sk-secret", "base_url": server.url + "/v1", "max_retries": 0}
        self.client: Any = kind(**{**given, **more})
        if bench is not None:
            openai_client.enable(self.client, pipeline=bench.pipeline)

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

    def chunks(self, stream: Any) -> list[Any]:
        if not self.asynchronous:
            return list(stream)

        async def main() -> list[Any]:
            return [chunk async for chunk in stream]

        return self.runner.run(main())

    def say(self, messages: Any, streamed: bool = False, **more: Any) -> Any:
        """Ask chat completions, and give the message as one that forgets reasoning keeps it."""
        create = self.client.chat.completions.create
        answer = self.do(create, model="m", messages=messages, stream=streamed, **more)
        if streamed:
            return _joined(self.chunks(answer))
        return answer.choices[0].message


def _joined(chunks: list[Any]) -> dict[str, Any]:
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    message: dict[str, Any] = {"role": "assistant"}
    message["content"] = "".join(delta.content or "" for delta in deltas) or None
    calls = [call for delta in deltas for call in delta.tool_calls or ()]
    if calls:
        given = "".join(call.function.arguments for call in calls)
        function = {"name": calls[0].function.name, "arguments": given}
        message["tool_calls"] = [{"id": calls[0].id, "type": "function", "function": function}]
    return message


def _kept(message: Any) -> dict[str, Any]:
    """A message as frameworks keep it: what the client's types know, and no more."""
    whole = message if isinstance(message, dict) else message.model_dump(exclude_none=True)
    return {key: whole[key] for key in ("role", "content", "tool_calls") if whole.get(key)}


def _reasoning(seen: Asked) -> list[Any]:
    turns = [turn for turn in seen.json["messages"] if turn["role"] == "assistant"]
    return [turn.get("reasoning_content") for turn in turns]


def _result(message: dict[str, Any]) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "15 C"}


# ------------------------------------------------------------------ reasoning goes back


@colours
@streamings
def test_reasoning_content_goes_back_with_its_tool_call(
    colour: str, streamed: bool, server: Loopback, bench: Bench
) -> None:
    first, thought = ("Let me look.", "think of it"), {"call": "weather"}
    server.say(
        events(chat_events(first[0], reasoning=first[1], **thought))
        if streamed
        else whole(chat(first[0], reasoning=first[1], **thought)),
        whole(chat("15 C.")),
    )
    with Agent(colour, server, bench) as agent:
        message = _kept(agent.say(HELLO, streamed, tools=[TOOL]))
        agent.say([*HELLO, message, _result(message)], tools=[TOOL])
    sent = server.asked[1].json["messages"]
    assert sent == [*HELLO, {**message, "reasoning_content": "think of it"}, _result(message)]
    assert [one.adapter for one in bench.exchanges] == ["openai_client"] * 2
    assert [one.retention and one.retention.outcomes for one in bench.exchanges] == [
        (),
        ("restored",),
    ]


@colours
def test_without_sealegs_it_does_not(colour: str, server: Loopback) -> None:
    server.say(whole(chat("Hello.", reasoning="think of it")), whole(chat("Good.")))
    with Agent(colour, server, None) as agent:
        message = _kept(agent.say(HELLO))
        agent.say([*HELLO, message, *HELLO])
    assert _reasoning(server.asked[1]) == [None]


@colours
@streamings
def test_a_sealed_item_that_the_client_dropped_goes_back(
    colour: str, streamed: bool, server: Loopback, bench: Bench
) -> None:
    server.say(
        events(responses_events("Let me look.", sealed="gAAA", call="weather"))
        if streamed
        else whole(responses("Let me look.", sealed="gAAA", call="weather")),
        whole(responses("15 C.")),
    )
    more = {"store": False, "include": ["reasoning.encrypted_content"]}
    with Agent(colour, server, bench) as agent:
        create = agent.client.responses.create
        answer = agent.do(create, model="m", input=HELLO, stream=streamed, **more)
        if streamed:
            answer = agent.chunks(answer)[-1].response
        items = [item.model_dump(exclude_none=True) for item in answer.output]
        kept = [item for item in items if item["type"] != "reasoning"]
        result = {"type": "function_call_output", "call_id": kept[-1]["call_id"], "output": "15"}
        agent.do(create, model="m", input=[*HELLO, *kept, result], **more)
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
    sent = server.asked[1].json["input"]
    assert [item["type"] for item in items] == ["reasoning", "message", "function_call"]
    assert sent == [*HELLO, thought, *kept, result]


@colours
def test_calls_with_ids_that_are_not_unique_get_ids_of_ours_and_go_back_with_their_own(
    colour: str, server: Loopback, bench: Bench
) -> None:
    native = "functions.weather:0"
    server.say(
        whole(chat(None, reasoning="think of it", call="weather", call_id=native)),
        whole(chat("15 C.")),
    )
    with Agent(colour, server, bench) as agent:
        message = _kept(agent.say(HELLO, tools=[TOOL]))
        agent.say([*HELLO, message, _result(message)], tools=[TOOL])
    assert message["tool_calls"][0]["id"] != native
    sent = server.asked[1].json["messages"]
    assert (sent[1]["tool_calls"][0]["id"], sent[2]["tool_call_id"]) == (native, native)
    assert _reasoning(server.asked[1]) == ["think of it"]


# ------------------------------------------------------------------ every way of asking


@colours
def test_raw_responses_are_what_they_were(colour: str, server: Loopback, bench: Bench) -> None:
    answer = whole(chat("Hello.", reasoning="think"), x_request_id="req_7").encoded("gzip")
    server.say(answer, whole(chat("Good.")))
    with Agent(colour, server, bench) as agent:
        create = agent.client.chat.completions.with_raw_response.create
        raw = agent.do(create, model="m", messages=HELLO)
        message = raw.parse().choices[0].message
        agent.say([*HELLO, _kept(message), *HELLO])
    assert (raw.status_code, raw.headers["x-request-id"], raw.request_id) == (200, "req_7", "req_7")
    assert json.loads(raw.text) == chat("Hello.", reasoning="think")
    assert raw.elapsed.total_seconds() > 0
    assert _reasoning(server.asked[1]) == ["think"]


def test_streaming_responses_are_what_they_were(server: Loopback, bench: Bench) -> None:
    stream = chat_events("Hello there.", reasoning="think of it")
    server.say(events(stream), whole(chat("Good.")))
    with Agent("sync", server, bench) as agent:
        create = agent.client.chat.completions.with_streaming_response.create
        with create(model="m", messages=HELLO, stream=True) as raw:
            lines = list(raw.iter_lines())
        agent.say([*HELLO, {"role": "assistant", "content": "Hello there."}, *HELLO])
    assert lines == b"".join(stream).decode().splitlines()
    assert _reasoning(server.asked[1]) == ["think of it"]


def test_the_stream_helper_works_as_before(server: Loopback, bench: Bench) -> None:
    server.say(events(chat_events("Hello there.", reasoning="think of it")), whole(chat("Good.")))
    with Agent("sync", server, bench) as agent:
        with agent.client.chat.completions.stream(model="m", messages=HELLO) as stream:
            kinds = {event.type for event in stream}
            message = stream.get_final_completion().choices[0].message
        agent.say([*HELLO, _kept(message), *HELLO])
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert message.content == "Hello there."
    assert _reasoning(server.asked[1]) == ["think of it"]


def test_the_stream_helper_of_responses_works_as_before(server: Loopback, bench: Bench) -> None:
    server.say(events(responses_events("Hello there.", sealed="gAAA")), whole(responses("Good.")))
    more: Any = {"store": False, "include": ["reasoning.encrypted_content"]}
    with Agent("sync", server, bench) as agent:
        with agent.client.responses.stream(model="m", input=HELLO, **more) as stream:
            text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
            items = [
                item.model_dump(exclude_none=True) for item in stream.get_final_response().output
            ]
        for item in items:
            item.pop("parsed", None)
        agent.client.responses.create(model="m", input=[*HELLO, items[-1], *HELLO], **more)
    assert text == "Hello there."
    assert [item.get("type") for item in server.asked[1].json["input"]] == [
        None,
        "reasoning",
        "message",
        None,
    ]


@colours
def test_copies_with_other_options_are_tapped_too(
    colour: str, server: Loopback, bench: Bench
) -> None:
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with Agent(colour, server, bench) as agent:
        message = _kept(agent.say(HELLO))
        tuned = agent.client.with_options(timeout=7, default_headers={"x-mine": "1"})
        create = tuned.chat.completions.create
        agent.do(create, model="m", messages=[*HELLO, message, *HELLO])
    assert server.asked[1].header("x-mine") == "1"
    assert _reasoning(server.asked[1]) == ["think"]


@colours
def test_the_clients_retries_are_its_own_and_each_is_an_exchange(
    colour: str, server: Loopback, bench: Bench
) -> None:
    slow_down = whole({"error": {"message": "slow down"}}, 429, retry_after="0.01")
    server.say(slow_down, slow_down, whole(chat("Hello.")))
    with Agent(colour, server, bench, max_retries=2) as agent:
        message = agent.say(HELLO)
    assert message.content == "Hello."
    counts = [seen.header("x-stainless-retry-count") for seen in server.asked]
    assert counts == ["0", "1", "2"]
    assert [(one.status, one.attempts) for one in bench.exchanges] == [(429, 1), (429, 1), (200, 1)]


@colours
def test_a_session_header_reaches_the_tap_and_goes_no_further(
    colour: str, server: Loopback, bench: Bench
) -> None:
    import sealegs

    server.say(whole(chat("Hello.")))
    with Agent(colour, server, bench) as agent:
        agent.say(HELLO, extra_headers=dict(sealegs.session("thread-7").headers))
    assert [one.session for one in bench.exchanges] == ["thread-7"]
    assert [name for name, _ in server.asked[0].headers if "sealegs" in name.lower()] == []


# ------------------------------------------------------------------ errors


@colours
def test_errors_are_the_clients_own(colour: str, server: Loopback, bench: Bench) -> None:
    late = threading.Event()
    server.say(
        whole({"error": {"message": "what?", "code": "bad"}}, 400),
        whole({"error": {"message": "who?"}}, 401),
        Answer((b"{}", late), chunked=True),
    )
    with Agent(colour, server, bench, timeout=0.2) as agent:
        with pytest.raises(openai.BadRequestError, match=r"what\?") as caught:
            agent.say(HELLO)
        with pytest.raises(openai.AuthenticationError, match=r"who\?"):
            agent.say(HELLO)
        with pytest.raises(openai.APITimeoutError):
            agent.say(HELLO)
        late.set()
    assert (caught.value.status_code, caught.value.code) == (400, "bad")
    with loopback() as gone:
        pass
    with Agent(colour, gone, bench) as agent, pytest.raises(openai.APIConnectionError) as refused:
        agent.say(HELLO)
    assert isinstance(refused.value.__cause__, (httpx.ConnectError, httpx2.ConnectError))
    assert [one.status for one in bench.exchanges] == [400, 401, 0, 0]


@colours
def test_a_stream_that_breaks_off_or_reports_an_error_is_the_clients_own_error(
    colour: str, server: Loopback, bench: Bench
) -> None:
    stream = chat_events("Hello there.", reasoning="think of it")
    failed = [*stream[:3], sse({"error": {"message": "overloaded"}})]
    server.say(events(stream).cut_after(3), events(failed), whole(chat("Good.")))
    with Agent(colour, server, bench) as agent:
        with pytest.raises((openai.APIConnectionError, *CUT)):
            agent.say(HELLO, streamed=True)
        with pytest.raises(openai.APIError, match="overloaded"):
            agent.say(HELLO, streamed=True)
        assert bench.endings == ["failed", "failed"]
        agent.say([*HELLO, {"role": "assistant", "content": "Hello there."}, *HELLO])
    assert _reasoning(server.asked[2]) == [None]


# ------------------------------------------------------------------ abandoned streams


STREAM = chat_events("Hello there.", reasoning="think of it")


@colours
@pytest.mark.parametrize("how", ["close", "with", "drop"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stream_that_is_left_early_ends_its_exchange(
    colour: str, how: str, server: Loopback, bench: Bench
) -> None:
    def use(client: Any) -> None:
        stream = client.chat.completions.create(model="m", messages=HELLO, stream=True)
        match how:
            case "close":
                next(iter(stream))
                stream.close()
            case "with":
                with stream:
                    next(iter(stream))
            case _:
                for _ in stream:
                    break

    async def async_use(client: Any) -> None:
        stream = await client.chat.completions.create(model="m", messages=HELLO, stream=True)
        match how:
            case "close":
                await anext(aiter(stream))
                await stream.close()
            case "with":
                async with stream:
                    await anext(aiter(stream))
            case _:
                async for _ in stream:
                    break
                del stream
                gc.collect()
                await asyncio.sleep(0.01)

    server.say(events(STREAM))
    with Agent(colour, server, bench) as agent:
        agent.do(async_use if agent.asynchronous else use, agent.client)
        gc.collect()
        assert bench.endings == ["closed"]


@colours
def test_a_client_that_stops_at_the_finish_reason_has_its_turn_kept(
    colour: str, server: Loopback, bench: Bench
) -> None:
    def use(client: Any) -> None:
        for chunk in client.chat.completions.create(model="m", messages=HELLO, stream=True):
            if chunk.choices[0].finish_reason:
                client.chat.completions.create(model="m", messages=later)
                break

    async def async_use(client: Any) -> None:
        async with await client.chat.completions.create(
            model="m", messages=HELLO, stream=True
        ) as stream:
            async for chunk in stream:
                if chunk.choices[0].finish_reason:
                    await client.chat.completions.create(model="m", messages=later)
                    break

    later: Any = [*HELLO, {"role": "assistant", "content": "Hello there."}, *HELLO]
    server.say(events(STREAM), whole(chat("Good.")))
    with Agent(colour, server, bench) as agent:
        agent.do(async_use if agent.asynchronous else use, agent.client)
        gc.collect()
    assert _reasoning(server.asked[1]) == ["think of it"]
    assert sorted(bench.endings) == ["complete", "complete"]


# ------------------------------------------------------------------ on and off


@colours
def test_it_can_be_enabled_twice_and_disabled_again(
    colour: str, server: Loopback, bench: Bench
) -> None:
    with Agent(colour, server, None) as agent:
        client, original = agent.client, agent.client._client
        assert openai_client.disable(client) is client
        assert client._client is original
        assert openai_client.enable(client, pipeline=bench.pipeline) is client
        tapped = client._client
        assert openai_client.enable(client, pipeline=Bench().pipeline) is client
        assert client._client is tapped
        server.say(whole(chat("Hello.")), whole(chat("Hello.")), whole(chat("Hello.")))
        agent.say(HELLO)
        assert openai_client.disable(client) is client
        assert client._client is original
        agent.say(HELLO)
        assert len(bench.exchanges) == 1
        openai_client.enable(client, pipeline=bench.pipeline)
        agent.say(HELLO)
        assert len(bench.exchanges) == 2


@colours
def test_other_clients_of_the_same_http_client_are_untouched(
    colour: str, server: Loopback, bench: Bench
) -> None:
    stream = chat_events("Hello there.")
    gate = threading.Event()
    parts: tuple[Part, ...] = (*stream[:2], gate, *stream[2:])
    held = Answer(parts, 200, (("content-type", "text/event-stream"),), chunked=True)
    with Agent(colour, server, None) as agent:
        shared = agent.client._client
        other = agent.client.with_options(timeout=7)
        openai_client.enable(other, pipeline=bench.pipeline)
        assert agent.client._client is shared
        server.say(whole(chat("Hello.")), held, whole(chat("Hello.")))
        agent.do(other.chat.completions.create, model="m", messages=HELLO)
        open_stream = agent.do(
            agent.client.chat.completions.create, model="m", messages=HELLO, stream=True
        )
        del other  # the connections are not its own: dropping it closes none
        gc.collect()
        gate.set()
        assert _joined(agent.chunks(open_stream))["content"] == "Hello there."
        agent.say(HELLO)
    assert len(bench.exchanges) == 1


@colours
def test_a_client_that_brings_its_own_http_client_is_tapped(
    colour: str, server: Loopback, bench: Bench
) -> None:
    kind = openai.DefaultAsyncHttpxClient if colour == "async" else openai.DefaultHttpxClient
    own = kind(headers={"x-mine": "1"})
    server.say(whole(chat("Hello.")))
    with Agent(colour, server, bench, http_client=own) as agent:
        agent.say(HELLO)
    assert server.asked[0].header("x-mine") == "1"
    assert len(bench.exchanges) == 1


@pytest.mark.parametrize("wrong", [None, object(), "client", openai.OpenAI], ids=repr)
def test_what_is_no_client_is_refused_with_what_to_do(wrong: Any, bench: Bench) -> None:
    with pytest.raises(TypeError, match="expected an openai client, got") as caught:
        openai_client.enable(wrong, pipeline=bench.pipeline)
    assert "OpenAI" in str(caught.value)
