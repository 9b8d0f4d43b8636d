"""One configuration of the overhead benchmark, in a process of its own.

Reads a command a line from standard input, answers each with a line of JSON. What is measured is
CPU time of the whole process, all its threads included.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
from overhead_material import (
    FILLING_URL,
    MODEL,
    STAMPING_URL,
    TOOLS,
    URL,
    Conversation,
    chunks,
    completion,
)

Step = Callable[[], None]
_KEY = "sk-benchmark"
_HEADERS = {"authorization": f"Bearer {_KEY}", "content-type": "application/json"}
_RESTORES = frozenset({"memory", "sqlite", "memory-sdk", "otel-memory"})


class Recorded(httpx2.BaseTransport):
    """Answers in the process itself, for sockets would cost more than what is measured.

    Attributes:
        reply: a whole reply's body, or a stream's chunks.
        last: the body of the last request, as it would have gone out.
        sent: how many bytes all requests had.
    """

    def __init__(self) -> None:
        self.reply: bytes | list[bytes] = b""
        self.last, self.sent = b"", 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.last = request.read()
        self.sent += len(self.last)
        if isinstance(self.reply, bytes):
            kind = {"content-type": "application/json"}
            return httpx2.Response(200, headers=kind, content=self.reply)
        kind = {"content-type": "text/event-stream"}
        return httpx2.Response(200, headers=kind, stream=_Chunks(self.reply))


class _Chunks(httpx2.SyncByteStream):
    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts


class _Exporter:
    """Takes spans and drops them, but counts them."""

    def __init__(self) -> None:
        self.count = 0

    def export(self, spans: Any) -> Any:
        from opentelemetry.sdk.trace.export import SpanExportResult

        self.count += len(spans)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        return

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The SDK, where a configuration has it: a batch processor before an exporter that drops."""

    provider: Any
    exporter: _Exporter

    @classmethod
    def start(cls) -> Telemetry:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter, provider = _Exporter(), TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(exporter))  # type: ignore[arg-type]
        trace.set_tracer_provider(provider)
        return cls(provider, exporter)

    def instrument(self, name: str) -> None:
        if name.startswith("otel"):
            from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
        else:
            from openinference.instrumentation.openai import OpenAIInstrumentor
        OpenAIInstrumentor().instrument(tracer_provider=self.provider)


class Bench:
    """Clients over one recorded transport, tapped as the configuration says, and the cases."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.recorded = Recorded()
        self.telemetry: Telemetry | None = None
        if name.endswith("-sdk") or name.startswith(("otel", "openinference")):
            self.telemetry = Telemetry.start()
        if name.startswith(("otel", "openinference")):
            assert self.telemetry
            self.telemetry.instrument(name)
        self.pipeline = self._pipeline()
        self.http = httpx2.Client(transport=self.recorded, headers=_HEADERS)
        self.client = self._openai(URL)
        if self.pipeline is not None:
            from sealegs_adapters import http, openai_client

            http.wrap(self.http, pipeline=self.pipeline)
            openai_client.enable(self.client, pipeline=self.pipeline)
        self._filling = False

    def _openai(self, url: str) -> openai.OpenAI:
        inner = httpx2.Client(transport=self.recorded)
        return openai.OpenAI(api_key=_KEY, base_url=url, http_client=inner, max_retries=0)

    def _pipeline(self) -> Any:
        if self.name in ("bare", "otel", "openinference"):
            return None
        from sealegs import Pipeline

        store = f"sqlite:///{self.folder / 'store.db'}" if self.name == "sqlite" else "memory:"
        loaded = Pipeline.load(store=store, directory=self.folder)
        if self.name != "tap":
            return loaded
        return Pipeline(loaded.settings, loaded.catalog, loaded.store, layers=())

    @property
    def restores(self) -> bool:
        """Whether reasoning is expected back."""
        return self.name in _RESTORES

    def post(self, body: bytes, url: str = URL) -> bytes:
        """Send a body through the HTTP client, and read the reply."""
        return self.http.post(f"{url}/chat/completions", content=body).read()

    def create(self, messages: list[dict[str, Any]]) -> None:
        """Send messages through the openai client."""
        asked: dict[str, Any] = {"model": MODEL, "messages": messages, "tools": TOOLS}
        self.client.chat.completions.create(**asked)

    def play(self, talk: Conversation, turns: int, url: str = URL) -> None:
        """Let a conversation happen, so that the store knows it."""
        for number in range(turns):
            self.recorded.reply = completion(talk.turns[number].given)
            reply = json.loads(self.post(talk.body(number), url))
            talk.adopt(number, reply["choices"][0]["message"]["tool_calls"][0]["id"])

    def expect(self, count: int) -> None:
        """Check the last request: a benchmark of what does not happen is worth nothing."""
        found = self.recorded.last.count(b'"reasoning_content"')
        wanted = count if self.restores else 0
        if found != wanted:
            raise SystemExit(f"{self.name}: {found} turns went out with reasoning, not {wanted}")

    # -- the cases: each gives what one call is -------------------------------------------------

    def small(self, client: str, turns: int = 0) -> Step:
        talk = Conversation(1, 3)
        self.play(talk, turns)
        self.recorded.reply = completion(talk.turns[turns].given)
        return self._call(client, talk, turns, restored=turns)

    def small_restored(self, client: str) -> Step:
        return self.small(client, 1)

    def one(self, client: str) -> Step:
        return self._long(client, Conversation(2, 100, thinks=frozenset({98})), restored=1)

    def every(self, client: str) -> Step:
        return self._long(client, Conversation(3, 100), restored=99)

    def _long(self, client: str, talk: Conversation, restored: int) -> Step:
        self.play(talk, 99)
        self.recorded.reply = completion(talk.turns[99].given)
        return self._call(client, talk, 99, restored=restored)

    def filled(self, client: str) -> Step:
        return self._elsewhere(FILLING_URL, Conversation(4, 100, thinks=frozenset()))

    def stamped(self, client: str) -> Step:
        return self._elsewhere(STAMPING_URL, Conversation(6, 100, counted=True))

    def _elsewhere(self, url: str, talk: Conversation) -> Step:
        self.play(talk, 99, url)
        reply, body = completion(talk.turns[99].given), talk.body(99)

        def posted() -> None:
            self.recorded.reply = reply
            self.post(body, url)

        posted()
        self.expect(99)
        return posted

    def _call(self, client: str, talk: Conversation, turns: int, restored: int) -> Step:
        messages, body, reply = talk.messages(turns), talk.body(turns), self.recorded.reply

        def posted() -> None:
            self.recorded.reply = reply
            self.post(body)

        def created() -> None:
            self.recorded.reply = reply
            self.create(messages)

        step = posted if client == "http" else created
        step()
        self.expect(restored)
        return step

    def stream(self, client: str) -> Step:
        talk, parts = Conversation(5, 1), chunks()
        body, messages = talk.body(0, streams=True), talk.messages(0)

        def posted() -> None:
            self.recorded.reply = parts
            url = f"{URL}/chat/completions"
            with self.http.stream("POST", url, content=body) as response:
                for _ in response.iter_raw():
                    pass

        def created() -> None:
            self.recorded.reply = parts
            options: dict[str, Any] = {"model": MODEL, "messages": messages, "stream": True}
            for _ in self.client.chat.completions.create(**options):
                pass

        return posted if client == "http" else created

    def cold(self, client: str) -> Step:
        """As `every`, by a pipeline that has seen nothing of it, though the store knows it all."""
        step = self.every(client)
        return step if self.pipeline is None else _Cold(self, step)


class _Cold:
    """Gives each call a pipeline of its own, before the clock starts."""

    def __init__(self, bench: Bench, step: Step) -> None:
        self._bench, self._step = bench, step

    def prepare(self) -> None:
        from sealegs import Pipeline
        from sealegs_adapters import http

        known = self._bench.pipeline
        layers = () if self._bench.name == "tap" else None
        fresh = Pipeline(known.settings, known.catalog, known.store, layers=layers)
        http.unwrap(self._bench.http)
        http.wrap(self._bench.http, pipeline=fresh)

    def __call__(self) -> None:
        self._step()


_TENTH = 10


class Talk:
    """A conversation from its first request to its last, a slice at a time.

    Through the openai client, which takes tens of milliseconds for a long request whoever taps it,
    each tenth request is measured and counts for ten; the others go through the HTTP client.
    """

    def __init__(self, bench: Bench, client: str, turns: int) -> None:
        self._bench, self._client, self._turns = bench, client, turns
        self._number, self._seed = 0, 100 * turns
        self._start()

    def _start(self) -> None:
        self._seed += 1
        self._talk = Conversation(self._seed, self._turns, size=900)

    def run(self, count: int) -> float:
        """Send the next requests, and give the CPU seconds that they took."""
        recorded, used = self._bench.recorded, 0.0
        for _ in range(count):
            if self._number == self._turns:
                self._number = 0
                self._start()
            recorded.reply = completion(self._talk.turns[self._number].given)
            body, messages = self._talk.body(self._number), self._talk.messages(self._number)
            measured = self._client == "http" or self._number % _TENTH == _TENTH // 2
            began = time.process_time()
            if self._client == "http" or not measured:
                self._bench.post(body)
            else:
                self._bench.create(messages)
            used += (time.process_time() - began) if measured else 0.0
            self._bench.expect(self._number)
            self._number += 1
        return used if self._client == "http" else used * _TENTH


CASES: dict[str, tuple[str, int]] = {
    # name: the bench's method, and how many calls one batch has
    "small/openai": ("small", 12),
    "small/http": ("small", 60),
    "small-restored/openai": ("small_restored", 12),
    "small-restored/http": ("small_restored", 60),
    "one/openai": ("one", 1),
    "one/http": ("one", 12),
    "every/openai": ("every", 1),
    "every/http": ("every", 12),
    "cold/http": ("cold", 2),
    "filled/http": ("filled", 6),
    "stamped/http": ("stamped", 6),
    "stream/openai": ("stream", 1),
    "stream/http": ("stream", 4),
}


def serve(bench: Bench) -> None:
    """Answer commands until there are no more."""
    steps: dict[str, Step] = {}
    talks: dict[str, Talk] = {}
    for line in sys.stdin:
        command = json.loads(line)
        case, answer = command["case"], {}
        if case.startswith("talk"):
            size, _, client = case.removeprefix("talk").partition("/")
            talk = talks.get(case) or talks.setdefault(case, Talk(bench, client, int(size)))
            before = bench.recorded.sent
            answer = {"cpu": talk.run(command["calls"]), "calls": command["calls"]}
            answer["sent"] = bench.recorded.sent - before
        else:
            method, calls = CASES[case]
            if case not in steps:
                steps[case] = getattr(bench, method)(case.partition("/")[2])
                steps[case]()
                gc.collect()
                gc.freeze()  # what was imported and prepared is not looked through again
            answer = {"cpu": _batch(steps[case], calls), "calls": calls}
        print(json.dumps(answer), flush=True)
    if bench.telemetry is not None:
        bench.telemetry.provider.force_flush()
        if not bench.telemetry.exporter.count:
            raise SystemExit(f"{bench.name}: no span came")


def _batch(step: Step, calls: int) -> float:
    if not isinstance(step, _Cold):
        began = time.process_time()
        for _ in range(calls):
            step()
        return time.process_time() - began
    used = 0.0
    for _ in range(calls):
        step.prepare()
        began = time.process_time()
        step()
        used += time.process_time() - began
    return used


def floors() -> None:
    """Measure what the budgets are made of: reading and writing the bodies themselves."""
    import msgspec
    import orjson

    from sealegs.spans import array, members

    body = Conversation(3, 100).body(99)
    chunk = chunks()[100][6:-2]
    small = Conversation(1, 3).body(0)
    raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    items = msgspec.json.Decoder(list[msgspec.Raw]).decode
    parse = msgspec.json.Decoder().decode
    works: dict[str, tuple[Callable[[], Any], int]] = {
        "orjson/long": (lambda: orjson.dumps(orjson.loads(body)), 50),
        "orjson-parse/long": (lambda: orjson.loads(body), 50),
        "msgspec-raw/long": (lambda: items(raw(body)["messages"]), 100),
        "spans/long": (lambda: array(body, members(body)["messages"]), 50),
        "orjson/small": (lambda: orjson.dumps(orjson.loads(small)), 2000),
        "msgspec/chunk": (lambda: parse(chunk), 5000),
        "orjson/chunk": (lambda: orjson.loads(chunk), 5000),
    }
    for line in sys.stdin:
        work, calls = works[json.loads(line)["case"]]
        work()
        began = time.process_time()
        for _ in range(calls):
            work()
        print(json.dumps({"cpu": time.process_time() - began, "calls": calls}), flush=True)


def memory(bench: Bench, turns: int) -> None:
    """Say how much memory a conversation takes: at its peak, and what stays."""
    bench.post(Conversation(9, 1).body(0))
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    Talk(bench, "http", turns).run(turns)
    stays, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = {"peak": peak, "stays": stays, "rss": rss * 1024, "rss_before": before * 1024}
    print(json.dumps(answer), flush=True)


def main() -> None:
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # OpenInference's spans overflow
    name, mode = sys.argv[1], sys.argv[2]
    if name == "floor":
        floors()
        return
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = Bench(name, folder)
        if bench.pipeline is not None:
            stack.callback(bench.pipeline.close)
        if mode == "memory":
            memory(bench, 300)
        else:
            serve(bench)


if __name__ == "__main__":
    main()
