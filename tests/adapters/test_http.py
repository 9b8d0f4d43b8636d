from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import httpx2
import pytest

import sealegs
from flows import Step, noted
from loopback import (
    Answer,
    Asked,
    Loopback,
    Part,
    chat,
    chat_events,
    events,
    gemini,
    loopback,
    whole,
)
from sealegs import Settings
from sealegs.flow import Call, Flow, Reply, send
from sealegs.stores.memory import MemoryStore
from sealegs_adapters import http
from web import CHAT, KINDS, Bench, Kind, asked, compact, follow_up, web

kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
STREAM = chat_events("Hello there.", reasoning="think of it")
NEW = {"role": "user", "content": "hello"}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


def edits(call: Call) -> Flow[Reply]:
    return send(noted(call, "edited"))


# ------------------------------------------------------------------ what reaches the server


@kinds
def test_a_request_that_needs_no_edit_reaches_the_server_byte_for_byte(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    body = b' {"model": "m",\t"big": 123456789012345678901234567890, "y": "\\ud800",\n' + (
        b'"messages": [ {"role": "user" , "content": "\xc3\xa5"} ], "x": 1.0 } '
    )
    server.say(whole(chat("Hello.")), whole(chat("Hello.")))
    with web(kind) as bare:
        bare.post(server.url + CHAT, content=body, headers={"Content-Type": "application/json"})
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, content=body, headers={"Content-Type": "application/json"})
    plain, tapped = server.asked
    assert tapped == plain
    assert (tapped.body, len(bench.exchanges)) == (body, 1)


@kinds
def test_an_edited_request_has_the_headers_of_the_original_and_the_right_length(
    kind: Kind, server: Loopback
) -> None:
    bench = Bench(layers=[Step(edits)])
    server.say(whole(chat("Hello.")), whole(chat("Hello.")))
    headers = {"Authorization": "Bearer k", "X-Mine": "1", "Cookie": "a=b"}
    with web(kind) as bare:
        bare.post(server.url + CHAT, json=asked(), headers=headers)
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked(), headers=headers)
    plain, tapped = server.asked
    assert tapped.json == {**asked(), "notes": ["edited"]}
    assert tapped.header("content-length") == str(len(tapped.body))
    assert _but_length(tapped) == _but_length(plain)


def _but_length(asked: Asked) -> list[tuple[str, str]]:
    return sorted(pair for pair in asked.headers if pair[0].lower() != "content-length")


@kinds
def test_a_request_whose_body_comes_in_pieces_may_be_edited_too(
    kind: Kind, server: Loopback
) -> None:
    bench = Bench(layers=[Step(edits)])
    server.say(whole(chat("Hello.")))
    body = compact(asked())

    def pieces() -> Iterator[bytes]:
        yield from (body[:9], body[9:])

    async def async_pieces() -> Any:
        for piece in pieces():
            yield piece

    content = async_pieces() if kind.asynchronous else pieces()
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, content=content)
    (seen,) = server.asked
    assert seen.json["notes"] == ["edited"]
    assert seen.header("transfer-encoding") is None
    assert seen.header("content-length") == str(len(seen.body))


@kinds
@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/files", "/"])
def test_requests_that_are_none_to_a_model_pass_untouched(
    kind: Kind, path: str, server: Loopback, bench: Bench
) -> None:
    server.say(*([whole({"data": []}, x_mine="1").encoded("gzip")] * 2))
    seen = []
    for client in (kind.client(), http.wrap(kind.client(), pipeline=bench.pipeline)):
        with web(kind, client) as one:
            answer = one.post(server.url + path, json=asked())
            seen.append((answer.status_code, answer.json(), _headers_of(answer)))
    assert server.asked[0] == server.asked[1]
    assert seen[0] == seen[1]
    assert bench.exchanges == []


def _headers_of(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "date"}


@kinds
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"messages"', b'{"messages": 7}', b'{"model": "m", "model": "n"}', b"\xff"],
)
def test_what_no_wire_format_can_read_passes_untouched(
    kind: Kind, body: bytes, server: Loopback, bench: Bench
) -> None:
    server.say(*([whole({"error": "what?"}, 400)] * 2))
    for client in (kind.client(), http.wrap(kind.client(), pipeline=bench.pipeline)):
        with web(kind, client) as one:
            assert one.post(server.url + CHAT, content=body).status_code == 400
    assert server.asked[0] == server.asked[1]
    assert bench.exchanges == []


@kinds
def test_an_upload_that_is_none_to_a_model_is_not_read_before_it_is_sent(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    class Looks(kind.transport_type):  # type: ignore[name-defined,misc]
        def handle_request(self, request: Any) -> Any:
            read.append(hasattr(request, "_content"))
            return super().handle_request(request)

        async def handle_async_request(self, request: Any) -> Any:
            read.append(hasattr(request, "_content"))
            return await super().handle_async_request(request)

    read: list[bool] = []
    server.say(whole({}))
    client = http.wrap(kind.client(transport=Looks(verify=False)), pipeline=bench.pipeline)
    with web(kind, client) as one:
        one.post(server.url + "/v1/files", files={"file": b"x" * 1000})
    assert read == [False]


@kinds
@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings"])
@pytest.mark.parametrize("layers", [None, [Step(edits)]])
def test_our_own_headers_never_reach_the_server(
    kind: Kind, path: str, layers: Any, server: Loopback
) -> None:
    bench = Bench(layers=layers)
    server.say(whole(chat("Hello.")))
    headers = {**sealegs.session("thread-7").headers, "x-sealegs-claims": "none", "X-Mine": "1"}
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + path, json=asked(), headers=headers)
    names = [name.lower() for name, _ in server.asked[0].headers]
    assert "x-mine" in names
    assert [name for name in names if name.startswith("x-sealegs")] == []


@kinds
def test_requests_signed_over_their_body_pass_untouched(kind: Kind, server: Loopback) -> None:
    bench = Bench(layers=[Step(edits)])
    server.say(whole(chat("Hello.")))
    signed = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/bedrock/aws4_request"
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked(), headers={"Authorization": signed})
    assert server.asked[0].json == asked()
    assert bench.exchanges == []


# ------------------------------------------------------------------ what the client gets


@kinds
@pytest.mark.parametrize("coding", ["gzip", "br"])
@pytest.mark.parametrize("stamped", [False, True])
def test_a_compressed_reply_arrives_decompressed(
    kind: Kind, coding: str, stamped: bool, server: Loopback, bench: Bench
) -> None:
    value = chat(None, call="weather", call_id="weather:0" if stamped else "")
    server.say(whole(value, x_request_id="7").encoded(coding))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        answer = one.post(server.url + CHAT, json=asked())
    given = answer.json()
    (call,) = given["choices"][0]["message"]["tool_calls"]
    assert (call["id"] != "weather:0") == stamped or not stamped
    call["id"] = value["choices"][0]["message"]["tool_calls"][0]["id"]
    assert given == value
    assert answer.headers["x-request-id"] == "7"
    assert "content-encoding" not in answer.headers  # what it spoke of is gone
    assert int(answer.headers["content-length"]) == len(answer.content)


@kinds
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_compressed_stream_arrives_decompressed(
    kind: Kind, coding: str, server: Loopback, bench: Bench
) -> None:
    server.say(events(STREAM).encoded(coding).in_pieces(11))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        assert b"".join(one.take(response)) == b"".join(STREAM)
    assert bench.endings == ["complete"]
    assert bench.exchanges[0].retention is not None
    assert bench.exchanges[0].retention.captured == 1


@kinds
def test_a_response_is_what_the_bare_clients_is(kind: Kind, server: Loopback) -> None:
    facts = []
    for bench in (None, Bench()):
        server.say(whole(chat("Hello."), x_mine="1"), events(STREAM))
        client = kind.client()
        if bench:
            http.wrap(client, pipeline=bench.pipeline)
        with web(kind, client) as one:
            first = one.post(server.url + CHAT, json=asked())
            second = one.open(server.url + CHAT, json=asked(stream=True))
            lines = one.take(second, how="lines")
            facts.append(
                (
                    (first.status_code, first.reason_phrase, first.http_version, first.json()),
                    (first.text, first.is_closed, first.elapsed.total_seconds() > 0),
                    (_headers_of(first), _headers_of(second), first.encoding),
                    (first.request.method, str(first.request.url), first.request.content),
                    (first.num_bytes_downloaded, second.num_bytes_downloaded),
                    sorted(first.extensions),
                    (lines, second.is_closed, second.elapsed.total_seconds() > 0),
                )
            )
    assert facts[0] == facts[1]


@kinds
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_stream_arrives_byte_for_byte_however_it_is_cut(
    kind: Kind, size: int, server: Loopback, bench: Bench
) -> None:
    server.say(events(STREAM).in_pieces(size))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        assert b"".join(one.take(response)) == b"".join(STREAM)
    assert bench.endings == ["complete"]


@kinds
def test_an_event_leaves_before_the_next_one_has_come(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    gates = [threading.Event() for _ in STREAM]
    parts: list[Part] = [part for pair in zip(STREAM, gates, strict=True) for part in pair]
    server.say(Answer(tuple(parts), 200, (("content-type", "text/event-stream"),), chunked=True))

    def read() -> list[bytes]:
        found: list[bytes] = []
        for piece in response.iter_bytes():
            gates[len(found)].set()
            found.append(piece)
        return found

    async def async_read() -> list[bytes]:
        found: list[bytes] = []
        async for piece in response.aiter_bytes():
            gates[len(found)].set()
            found.append(piece)
        return found

    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        found = one.do(async_read()) if kind.asynchronous else read()
    assert found == STREAM


@kinds
def test_a_client_that_stops_at_the_finish_reason_has_its_turn_kept_by_then(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    server.say(events(STREAM), whole(chat("Good.")))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        if kind.asynchronous:
            one.do(_until_the_finish(response, one, server))
        else:
            for piece in response.iter_bytes():
                if b'"stop"' in piece:
                    one.post(server.url + CHAT, json=asked(follow_up("Hello there.")))
                    break
            response.close()
    assert _reasoning(server.asked[1]) == ["think of it"]
    assert bench.endings == ["complete", "complete"]


async def _until_the_finish(response: Any, one: Any, server: Loopback) -> None:
    async for piece in response.aiter_bytes():
        if b'"stop"' in piece:
            await one.client.post(server.url + CHAT, json=asked(follow_up("Hello there.")))
            break
    await response.aclose()


def _reasoning(seen: Asked) -> list[Any]:
    turns = [turn for turn in seen.json["messages"] if turn["role"] == "assistant"]
    return [turn.get("reasoning_content") for turn in turns]


@kinds
def test_a_stream_cut_by_the_server_is_the_clients_own_error_and_never_a_whole_turn(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    for count in (0, 1, len(STREAM) - 4):
        server.say(events(STREAM).cut_after(count))
        with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
            response = one.open(server.url + CHAT, json=asked(stream=True))
            with pytest.raises(kind.library.RemoteProtocolError) as caught:
                one.take(response)
            one.shut(response)
        assert str(caught.value.request.url) == server.url + CHAT
    assert bench.endings == ["failed"] * 3


@kinds
def test_no_connection_is_the_clients_own_error(kind: Kind, bench: Bench) -> None:
    with loopback() as gone:
        url = gone.url
    with (
        web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one,
        pytest.raises(kind.library.ConnectError) as caught,
    ):
        one.post(url + CHAT, json=asked())
    assert str(caught.value.request.url) == url + CHAT
    assert [(one.status, one.ending, one.attempts) for one in bench.exchanges] == [(0, "failed", 1)]


@kinds
def test_a_timeout_is_the_clients_own_error(kind: Kind, server: Loopback, bench: Bench) -> None:
    late = threading.Event()
    server.say(Answer((b"{}", late, b" "), chunked=True))
    client = http.wrap(kind.client(timeout=0.2), pipeline=bench.pipeline)
    with web(kind, client) as one, pytest.raises(kind.library.ReadTimeout):
        one.post(server.url + CHAT, json=asked())
    late.set()
    assert bench.endings == ["failed"]


@kinds
def test_a_refusal_is_passed_on_whole(kind: Kind, server: Loopback, bench: Bench) -> None:
    server.say(whole({"error": {"message": "bad request"}}, 400))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        answer = one.post(server.url + CHAT, json=asked(stream=True))
    assert (answer.status_code, answer.json()) == (400, {"error": {"message": "bad request"}})
    assert [(one.status, one.streamed) for one in bench.exchanges] == [(400, False)]


@kinds
def test_the_clients_event_hooks_run_as_before(kind: Kind, server: Loopback, bench: Bench) -> None:
    log: list[str] = []

    def asks(request: Any) -> None:
        request.headers["x-hooked"] = "1"
        log.append("request")

    def hears(response: Any) -> None:
        log.append(f"response {response.status_code}")

    async def async_asks(request: Any) -> None:
        asks(request)

    async def async_hears(response: Any) -> None:
        hears(response)

    pair = (async_asks, async_hears) if kind.asynchronous else (asks, hears)
    client = kind.client(event_hooks={"request": [pair[0]], "response": [pair[1]]})
    server.say(whole(chat("Hello.")))
    with web(kind, http.wrap(client, pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked())
    assert (log, server.asked[0].header("x-hooked")) == (["request", "response 200"], "1")


@kinds
def test_redirects_and_authentication_go_on_above_the_tap(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    server.say(
        Answer((), 307, (("location", f"{server.url}/other/chat/completions"),)),
        whole(chat("Hello.")),
    )
    client = kind.client(follow_redirects=True, auth=("me", "secret"))
    with web(kind, http.wrap(client, pipeline=bench.pipeline)) as one:
        answer = one.post(server.url + CHAT, json=asked())
    assert [response.status_code for response in (*answer.history, answer)] == [307, 200]
    assert [seen.header("authorization") for seen in server.asked] == ["Basic bWU6c2VjcmV0"] * 2


# ------------------------------------------------------------------ abandoned streams


@kinds
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_stream_that_is_closed_early_ends_its_exchange(
    kind: Kind, count: int, server: Loopback, bench: Bench
) -> None:
    server.say(events(STREAM), whole(chat("Good.")))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        if count:
            one.take(response, count)
        one.shut(response)
        one.shut(response)
        assert bench.endings == ["closed"]
        one.post(server.url + CHAT, json=asked(follow_up("Hello there.")))
    assert _reasoning(server.asked[1]) == [None]


@kinds
def test_a_stream_that_is_left_by_break_ends_its_exchange(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    server.say(events(STREAM))

    def use(client: Any) -> None:
        with client.stream("POST", server.url + CHAT, json=asked(stream=True)) as response:
            for _ in response.iter_lines():
                break

    async def async_use(client: Any) -> None:
        async with client.stream("POST", server.url + CHAT, json=asked(stream=True)) as response:
            async for _ in response.aiter_lines():
                break

    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.do((async_use if kind.asynchronous else use)(one.client))
        assert bench.endings == ["closed"]


@kinds
@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stream_that_is_dropped_ends_its_exchange(
    kind: Kind, count: int, server: Loopback, bench: Bench
) -> None:
    def use() -> None:
        response = one.open(server.url + CHAT, json=asked(stream=True))
        iterator = response.iter_bytes()
        for _ in range(count):
            next(iterator)
        response.itself = response  # only the collector can free it

    async def async_use() -> None:
        request = one.client.build_request("POST", server.url + CHAT, json=asked(stream=True))
        response = await one.client.send(request, stream=True)
        iterator = response.aiter_bytes()
        for _ in range(count):
            await anext(iterator)
        response.itself = response
        del response, iterator
        gc.collect()
        await asyncio.sleep(0.01)

    server.say(events(STREAM))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.do((async_use if kind.asynchronous else use)())
        gc.collect()
        assert bench.endings == ["closed"]


def test_a_stream_dropped_while_the_store_is_at_work_does_not_stop_it(server: Loopback) -> None:
    def collects() -> float:
        if armed:
            armed.clear()
            gc.collect()
        return 0.0

    armed: list[int] = []
    bench = Bench(store=MemoryStore(clock=collects))
    server.say(events(STREAM), whole(chat("Hello.")))

    def use() -> None:
        with http.client(
            library=httpx, pipeline=bench.pipeline, trust_env=False, verify=False
        ) as client:
            request = client.build_request("POST", server.url + CHAT, json=asked(stream=True))
            response = client.send(request, stream=True)
            response.iterator = response.iter_bytes()
            next(response.iterator)
            response.itself = response
            dropped.append(weakref.ref(response))
            del response
            armed.append(1)
            client.post(server.url + CHAT, json=asked())

    dropped: list[Any] = []
    gc.disable()
    try:
        worker = threading.Thread(target=use, daemon=True)
        worker.start()
        worker.join(20)
    finally:
        gc.enable()
    assert not worker.is_alive()
    assert [response() for response in dropped] == [None]
    assert sorted(bench.endings) == ["closed", "complete"]


@pytest.mark.parametrize("library", [httpx2, httpx], ids=lambda library: library.__name__)
def test_a_stream_whose_reader_is_cancelled_ends_its_exchange(
    library: Any, server: Loopback, bench: Bench
) -> None:
    hold = threading.Event()
    parts: tuple[Part, ...] = (*STREAM[:2], hold)
    server.say(Answer(parts, 200, (("content-type", "text/event-stream"),), chunked=True))

    async def main() -> None:
        client = http.async_client(
            library=library, pipeline=bench.pipeline, trust_env=False, verify=False
        )
        reached = asyncio.Event()

        async def read() -> None:
            async with client.stream("POST", server.url + CHAT, json=asked(stream=True)) as reply:
                async for _ in reply.aiter_bytes():
                    reached.set()

        async with client:
            task = asyncio.create_task(read())
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert task.cancelled()

    asyncio.run(main())
    hold.set()
    assert bench.endings == ["failed"]


@pytest.mark.parametrize("library", [httpx2, httpx], ids=lambda library: library.__name__)
def test_a_call_that_is_cancelled_while_it_is_sent_ends_its_exchange(
    library: Any, bench: Bench
) -> None:
    came, hold = threading.Event(), threading.Event()

    def slow(seen: Asked) -> Answer:
        came.set()
        hold.wait(20)
        return whole(chat("Hello."))

    async def main(url: str) -> None:
        async with http.async_client(
            library=library, pipeline=bench.pipeline, trust_env=False, verify=False
        ) as client:
            task = asyncio.create_task(client.post(url + CHAT, json=asked()))
            await asyncio.to_thread(came.wait, 20)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with loopback(script=slow) as server:
        asyncio.run(main(server.url))
        hold.set()
    assert [(one.ending, one.status) for one in bench.exchanges] == [("failed", 0)]


@pytest.mark.filterwarnings("ignore:Async generator 'httpcore")  # with a bare client as well
def test_a_client_on_trio_is_tapped_too(server: Loopback, bench: Bench) -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")
    server.say(events(STREAM), whole(chat("Good.")), events(STREAM))

    async def main() -> None:
        async with http.async_client(
            pipeline=bench.pipeline, trust_env=False, verify=False
        ) as client:
            url = server.url + CHAT
            async with client.stream("POST", url, json=asked(stream=True)) as response:
                assert b"".join([part async for part in response.aiter_bytes()]) == b"".join(STREAM)
            await client.post(url, json=asked(follow_up("Hello there.")))
            async with (
                client.stream("POST", url, json=asked(stream=True)) as response,
                contextlib.aclosing(response.aiter_bytes()) as pieces,
            ):
                await anext(pieces)

    trio.run(main)
    assert _reasoning(server.asked[1]) == ["think of it"]
    assert bench.endings == ["complete", "complete", "closed"]


# ------------------------------------------------------------------ putting it on and taking it off


@kinds
def test_a_mounted_transport_is_tapped(kind: Kind, server: Loopback, bench: Bench) -> None:
    mounts = {"http://127.0.0.1": kind.transport_type(verify=False), "http://127.0.0.2": None}
    server.say(whole(chat("Hello.")))
    with web(kind, http.wrap(kind.client(mounts=mounts), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked())
    assert bench.endings == ["complete"]


@kinds
def test_a_client_behind_a_proxy_is_tapped(kind: Kind, server: Loopback, bench: Bench) -> None:
    server.say(whole(chat("Hello.")))
    client = http.wrap(kind.client(proxy=server.url), pipeline=bench.pipeline)
    with web(kind, client) as one:
        one.post("http://models.test" + CHAT, json=asked())
    assert server.asked[0].path == "http://models.test" + CHAT
    assert bench.endings == ["complete"]


@kinds
def test_a_client_tapped_twice_is_tapped_once_and_can_be_freed_again(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    client = kind.client(mounts={"http://localhost": kind.transport_type(verify=False)})
    before = (client._transport, dict(client._mounts))
    assert http.wrap(client, pipeline=bench.pipeline) is client
    assert http.wrap(client, pipeline=Bench().pipeline) is client
    server.say(whole(chat("Hello.")), whole(chat("Hello.")))
    with web(kind, client) as one:
        one.post(server.url + CHAT, json=asked())
        assert len(bench.exchanges) == 1
        assert http.unwrap(client) is client
        assert (client._transport, dict(client._mounts)) == before
        assert http.unwrap(client) is client
        one.post(server.url + CHAT, json=asked())
    assert len(bench.exchanges) == 1


@kinds
def test_a_tapped_copy_leaves_the_client_as_it_was(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    client = kind.client()
    copy = http.tapped(client, pipeline=bench.pipeline)
    server.say(whole(chat("Hello.")), whole(chat("Hello.")))
    with web(kind, client) as one:
        one.post(server.url + CHAT, json=asked())
        assert bench.exchanges == []
        one.do(copy.post(server.url + CHAT, json=asked()))
    assert bench.endings == ["complete"]


@kinds
def test_a_transport_is_wrapped_for_its_own_package_and_colour(kind: Kind, bench: Bench) -> None:
    inner = kind.transport_type(verify=False)
    tap = http.transport(inner, pipeline=bench.pipeline)
    base = "AsyncBaseTransport" if kind.asynchronous else "BaseTransport"
    assert isinstance(tap, getattr(kind.library, base))
    with web(kind, kind.client(transport=tap)) as one:
        assert one.client._transport is tap


@kinds
def test_a_transport_that_is_opened_and_closed_by_its_client_still_is(
    kind: Kind, bench: Bench
) -> None:
    log: list[str] = []

    class Watched(kind.transport_type):  # type: ignore[name-defined,misc]
        def __enter__(self) -> Any:
            log.append("opened")
            return super().__enter__()

        def __exit__(self, *what: Any) -> None:
            log.append("closed")
            super().__exit__(*what)

        async def __aenter__(self) -> Any:
            log.append("opened")
            return await super().__aenter__()

        async def __aexit__(self, *what: Any) -> None:
            log.append("closed")
            await super().__aexit__(*what)

    async def use() -> None:
        async with client:
            log.append("used")

    client = http.wrap(kind.client(transport=Watched(verify=False)), pipeline=bench.pipeline)
    if kind.asynchronous:
        asyncio.run(use())
    else:
        with client:
            log.append("used")
    assert log == ["opened", "used", "closed"]


@pytest.mark.parametrize("wrong", [None, object(), "client", json], ids=repr)
def test_what_is_no_client_is_refused_in_words(wrong: Any, bench: Bench) -> None:
    for use in (http.wrap, http.tapped, http.transport):
        with pytest.raises(TypeError, match="expected a client or transport of httpx or httpx2"):
            use(wrong, pipeline=bench.pipeline)


# ------------------------------------------------------------------ switches


@kinds
def test_everything_can_be_turned_off(
    kind: Kind, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALEGS_OFF", "1")
    bench = Bench(layers=[Step(edits)], settings=Settings.load())
    server.say(whole(chat("Hello.")))
    headers = sealegs.session("thread-7").headers
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked(), headers=headers)
    assert (server.asked[0].json, bench.exchanges) == (asked(), [])
    assert server.asked[0].header("x-sealegs-session") is None


@kinds
def test_with_the_reasoning_plugin_blocked_nothing_is_restored(
    kind: Kind, server: Loopback
) -> None:
    bench = Bench(settings=Settings(disabled_plugins=("reasoning",)))
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked())
        one.post(server.url + CHAT, json=asked(follow_up()))
    assert _reasoning(server.asked[1]) == [None]
    assert [one.retention for one in bench.exchanges] == [None, None]


@kinds
def test_a_layer_that_another_tap_has_run_is_not_run_again(kind: Kind, server: Loopback) -> None:
    bench = Bench(layers=[Step(edits, name="first"), Step(edits, name="second")])
    server.say(whole(chat("Hello.")))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        headers = {"x-sealegs-claims": "first"}
        one.post(server.url + CHAT, json=asked(), headers=headers)
    assert server.asked[0].json["notes"] == ["edited"]


# ------------------------------------------------------------------ reasoning, end to end


@kinds
@pytest.mark.parametrize("streamed", [False, True])
def test_reasoning_goes_back_in_the_next_request(
    kind: Kind, streamed: bool, server: Loopback, bench: Bench
) -> None:
    first = events(STREAM) if streamed else whole(chat("Hello there.", reasoning="think of it"))
    server.say(first, whole(chat("Good.")))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + CHAT, json=asked(stream=streamed))
        one.post(server.url + CHAT, json=asked(follow_up("Hello there.")))
    assert _reasoning(server.asked[1]) == ["think of it"]
    assert bench.exchanges[1].retention is not None
    assert bench.exchanges[1].retention.outcomes == ("restored",)


@kinds
def test_geminis_signature_goes_back_to_its_call(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    path = "/v1beta/models/gemini-3-pro:generateContent"
    server.say(whole(gemini("", signature="c2ln", call="weather")), whole(gemini("Fine.")))
    user = {"role": "user", "parts": [{"text": "Weather?"}]}
    call = {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}
    answer = {"functionResponse": {"name": "weather", "response": {"result": "15"}}}
    turns = [user, {"role": "model", "parts": [call]}, {"role": "user", "parts": [answer]}]
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        one.post(server.url + path, json={"contents": [user]})
        one.post(server.url + path, json={"contents": turns})
    assert server.asked[1].json["contents"][1]["parts"] == [{**call, "thoughtSignature": "c2ln"}]


@kinds
def test_a_session_header_names_the_session_where_context_does_not_reach(
    kind: Kind, server: Loopback, bench: Bench
) -> None:
    server.say(*([whole(chat("Hello."))] * 3))
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:

        def call(headers: Any) -> None:
            one.post(server.url + CHAT, json=asked(), headers=headers)

        with sealegs.session("thread-7", agent="main") as session, ThreadPoolExecutor(1) as pool:
            pool.submit(call, session.headers).result()
            pool.submit(call, {}).result()
            pool.submit(session.wrap(call), {}).result()
    names = ["thread-7", "", "thread-7"]
    assert [one.session for one in bench.exchanges] == [name and f"main:{name}" for name in names]


@pytest.mark.parametrize("library", [httpx2, httpx], ids=lambda library: library.__name__)
def test_a_sync_and_an_async_client_with_one_pipeline_share_a_store(
    library: Any, server: Loopback, bench: Bench
) -> None:
    server.say(whole(chat("Hello.", reasoning="think")), whole(chat("Good.")))
    with http.client(
        library=library, pipeline=bench.pipeline, trust_env=False, verify=False
    ) as client:
        client.post(server.url + CHAT, json=asked())

    async def later() -> None:
        async with http.async_client(
            library=library, pipeline=bench.pipeline, trust_env=False, verify=False
        ) as client:
            await client.post(server.url + CHAT, json=asked(follow_up()))

    asyncio.run(later())
    assert _reasoning(server.asked[1]) == ["think"]


def _thinker(seen: Asked) -> Answer:
    """Answers each conversation alike, but with reasoning of its own."""
    name = seen.header("x-conversation")
    reasoning = f"thoughts of {name}, {len(seen.json['messages'])}"
    if seen.json.get("stream"):
        return events(chat_events("Hello.", reasoning=reasoning))
    return whole(chat("Hello.", reasoning=reasoning))


@pytest.mark.parametrize("library", [httpx2, httpx], ids=lambda library: library.__name__)
def test_fifty_threads_with_equal_texts_on_one_client_never_get_each_others_reasoning(
    library: Any, bench: Bench
) -> None:
    with loopback(script=_thinker) as server:
        url = server.url + CHAT
        start = threading.Barrier(50)

        def converse(number: int) -> None:
            headers = {"x-conversation": str(number)}
            messages: list[Any] = []
            start.wait(20)
            with sealegs.session(f"thread-{number}"):
                for turn in range(4):
                    messages = [*messages, NEW]
                    client.post(url, json=asked(messages, stream=turn % 2 == 0), headers=headers)
                    messages.append({"role": "assistant", "content": "Hello."})

        limits = library.Limits(max_connections=100)
        with (
            http.client(
                library=library,
                pipeline=bench.pipeline,
                trust_env=False,
                verify=False,
                timeout=60,
                limits=limits,
            ) as client,
            ThreadPoolExecutor(50) as pool,
        ):
            list(pool.map(converse, range(50)))
        seen = list(server.asked)
    wanted = {
        (str(number), 2 * turn + 1): [f"thoughts of {number}, {2 * k + 1}" for k in range(turn)]
        for number in range(50)
        for turn in range(4)
    }
    found = {(one.header("x-conversation"), len(one.json["messages"])): one for one in seen}
    assert {key: _reasoning(one) for key, one in found.items()} == wanted
    assert bench.endings == ["complete"] * 200


@kinds
def test_an_observer_that_fails_costs_neither_the_call_nor_the_other_observers(
    kind: Kind, server: Loopback
) -> None:
    class Observer:
        def __init__(self, name: str, error: str = "") -> None:
            self.name, self.error = name, error

        @sealegs.hookimpl
        def exchange_finished(self, exchange: sealegs.Exchange) -> None:
            told.append((self.name, exchange.ending))
            if self.error:
                raise ValueError(self.error)

    told: list[tuple[str, str]] = []
    names = ("first", "second", "third")
    plugins = [Observer(name, "its own" if name == "second" else "") for name in names]
    pipeline = sealegs.Pipeline.load(*plugins, settings=Settings())
    server.say(whole(chat("Hello.")), events(STREAM))
    with web(kind, http.wrap(kind.client(), pipeline=pipeline)) as one:
        assert one.post(server.url + CHAT, json=asked()).json() == chat("Hello.")
        response = one.open(server.url + CHAT, json=asked(stream=True))
        assert b"".join(one.take(response)) == b"".join(STREAM)
    assert sorted(told) == [(name, "complete") for name in names for _ in range(2)]


@kinds
def test_a_layer_may_answer_in_the_models_place(kind: Kind, server: Loopback) -> None:
    def short(call: Call) -> Flow[Reply]:
        yield from ()
        return Reply(429, {"retry-after": "1"}, b'{"error": "slow down"}')

    bench = Bench(layers=[Step(short)])
    with web(kind, http.wrap(kind.client(), pipeline=bench.pipeline)) as one:
        answer = one.post(server.url + CHAT, json=asked())
    assert (answer.status_code, answer.json()) == (429, {"error": "slow down"})
    assert (answer.headers["retry-after"], server.asked) == ("1", [])


@kinds
@pytest.mark.parametrize("streamed", [False, True])
def test_a_layer_that_sends_again_gives_back_the_first_connection(
    kind: Kind, streamed: bool, server: Loopback
) -> None:
    def again(call: Call) -> Flow[Reply]:
        yield from send(call)
        return (yield from send(call))

    bench = Bench(layers=[Step(again)])
    server.say(*([events(STREAM) if streamed else whole(chat("Hello."))] * 6))
    limits = kind.library.Limits(max_connections=1)
    client = http.wrap(kind.client(limits=limits, timeout=20), pipeline=bench.pipeline)
    with web(kind, client) as one:
        for _ in range(3):
            one.post(server.url + CHAT, json=asked(stream=streamed))
    assert [exchange.attempts for exchange in bench.exchanges] == [2, 2, 2]
