"""The layer that normalizes tools: what it leaves alone, how it fails, and what it tells."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from calling import ORDER, Says, chat_answer, chat_message, chat_said, chat_tool
from clients import proxied
from loopback import Answer, Asked, Loopback, loopback, whole
from sealegs import Catalog, Pipeline, Settings, SettingsError
from sealegs.drivers import Performer, run
from sealegs.flow import Call, Reply
from sealegs.normalization.layer import ToolLayer
from sealegs.stores.memory import MemoryStore
from sealegs.wire import RequestHead
from sealegs_adapters import http
from web import HELLO, Bench, Watched, installed

UNIQUE = "call_Zb2kQ7LmWx4"
streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


def ask(server: Loopback, pipeline: Pipeline | None, **body: Any) -> httpx2.Response:
    client = httpx2.Client(trust_env=False, verify=False)
    with http.wrap(client, pipeline=pipeline) if pipeline else client as one:
        url = server.url + "/v1/chat/completions"
        return one.post(url, json={"model": "m", "messages": HELLO, **body})


def calls(response: httpx2.Response) -> list[tuple[str, str]]:
    said = response.json()["choices"][0]["message"].get("tool_calls", ())
    return [(call["function"]["name"], call["function"]["arguments"]) for call in said]


def with_settings(**tools: Any) -> Bench:
    return Bench(settings=Settings.load(tools=tools))


def used(bench: Bench, number: int = -1) -> Any:
    found = bench.exchanges[number].tools
    assert found is not None
    return found


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ({"dialects": {"openai": "opnai-chat"}}, "did you mean 'openai-chat'?"),
        ({"dialects": {"openai": "7"}}, "`sealegs schema dialects` lists them"),
    ],
)
def test_a_dialect_that_is_not_there_is_refused_at_once(tools: Any, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Bench(settings=Settings.load(tools=tools))
    assert caught.value.key == "dialects.openai"
    assert reason in str(caught.value)


def test_the_dialect_of_a_provider_can_be_named(server: Loopback) -> None:
    bench = with_settings(dialects={"openai-compatible": "openai-chat"})
    server.say(whole(chat_said(text="Hello.")))
    ask(server, bench.pipeline, tools=[chat_tool("order", ORDER, strict=True)])
    (sent,) = server.asked[0].json["tools"]
    assert sent["function"]["parameters"]["required"] == ["item", "count", "note", "labels"]
    assert used(bench).dialect == "openai-chat"


@pytest.mark.parametrize(
    "tools",
    [
        {"mode": "off"},
        {"modes": {"openai-compatible": "off"}},
        {"mode": "report", "modes": {"openai-compatible": "off"}},
    ],
)
def test_it_can_be_off_for_all_or_for_one_provider(tools: Any, server: Loopback) -> None:
    bench = with_settings(**tools)
    body = {"tools": [chat_tool("files.read", ORDER)]}
    for pipeline in (None, bench.pipeline):
        server.say(whole(chat_said(Says("files_read", '{"item": 3,}', UNIQUE))))
        response = ask(server, pipeline, **body)
        assert response.content == whole(chat_said(Says("files_read", '{"item": 3,}', UNIQUE))).body
    assert server.asked[0].body == server.asked[1].body
    assert bench.exchanges[0].tools is None


def test_a_mode_for_one_provider_wins(server: Loopback) -> None:
    bench = with_settings(mode="off", modes={"openai-compatible": "fix"})
    server.say(whole(chat_said(text="Hello.")))
    ask(server, bench.pipeline, tools=[chat_tool("files.read")])
    assert used(bench).rewritten == 1


def test_it_can_be_blocked_by_name(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(disabled_plugins=("tools",)))
    server.say(whole(chat_said(text="Hello.")))
    ask(server, bench.pipeline, tools=[chat_tool("files.read")])
    assert server.asked[0].json["tools"] == [chat_tool("files.read")]
    assert bench.exchanges[0].tools is None


@pytest.mark.parametrize(
    ("runs", "outcome"),
    [("lossless", "refused"), ("unambiguous", "mended"), ("guess", "mended")],
)
def test_the_worst_repair_that_may_run_is_a_setting(
    runs: str, outcome: str, server: Loopback
) -> None:
    bench = with_settings(runs=runs, retries=0)
    server.say(whole(chat_said(Says("order", '{"item": "tea", "count": "2"}', UNIQUE))))
    response = ask(server, bench.pipeline, tools=[chat_tool("order", ORDER)])
    (made,) = used(bench).calls
    assert (made.outcome, made.worst) == (outcome, "unambiguous")
    assert ('"2"' in calls(response)[0][1]) is (outcome == "refused")


# ------------------------------------------------------------------ what is left alone


def test_definitions_that_are_none_of_ours_stay_as_they_are(server: Loopback) -> None:
    bench = Bench()
    tools = [
        {"type": "custom", "custom": {"name": "a.b", "format": {"type": "text"}}},
        {"type": "function", "function": {"name": "files.read"}, "x": [1]},
        "no tool",
        {"type": "function"},
        None,
        {"type": "mcp", "server_label": "x.y"},
    ]
    server.say(whole(chat_said(text="Hello.")))
    ask(server, bench.pipeline, tools=tools)
    sent = server.asked[0].json["tools"]
    assert sent[0] == tools[0]
    assert sent[2:] == tools[2:]
    assert sent[1]["x"] == [1]
    assert sent[1]["function"]["name"] == "files_read_qri24mnh"
    assert bench.exchanges[0].failures == ()


@pytest.mark.parametrize("tools", [None, [], {}, "text", 7, [[]], {"a": [chat_tool("a.b")]}])
def test_tools_that_are_no_list_of_tools_pass(tools: Any, server: Loopback) -> None:
    bench = Bench()
    for pipeline in (None, bench.pipeline):
        server.say(whole(chat_said(text="Hello.")))
        ask(server, pipeline, tools=tools)
    assert server.asked[0].body == server.asked[1].body
    assert bench.exchanges[0].failures == ()


def test_a_request_without_tools_or_calls_is_untouched(server: Loopback) -> None:
    bench = Bench()
    for pipeline in (None, bench.pipeline):
        server.say(whole(chat_said(text="Hello.")))
        reply = ask(server, pipeline, unknown={"big": 12345678901234567890, "list": [1.0, -0.0]})
        assert reply.content == whole(chat_said(text="Hello.")).body
    assert server.asked[0].body == server.asked[1].body


def test_legacy_functions_keep_their_list_and_follow_the_same_names(server: Loopback) -> None:
    bench = Bench()
    functions = [chat_tool("files.read")["function"]]
    said = chat_said(text=None)
    call = {"name": "files_read_qri24mnh", "arguments": '{"city": "Oslo",}'}
    said["choices"][0]["message"]["function_call"] = call
    said["choices"][0]["finish_reason"] = "function_call"
    server.say(whole(said), whole(chat_said(text="Good.")))
    response = ask(
        server, bench.pipeline, functions=functions, function_call={"name": "files.read"}
    )
    message = response.json()["choices"][0]["message"]
    assert message["function_call"]["name"] == "files.read"
    assert json.loads(message["function_call"]["arguments"]) == {"city": "Oslo"}
    sent = server.asked[0].json
    assert sent["functions"] == [{**functions[0], "name": "files_read_qri24mnh"}]
    assert sent["function_call"] == {"name": "files_read_qri24mnh"}
    result = {"role": "function", "name": "files.read", "content": "15"}
    ask(server, bench.pipeline, functions=functions, messages=[*HELLO, message, result])
    turn, answer = server.asked[1].json["messages"][1:]
    assert turn["function_call"]["name"] == "files_read_qri24mnh"
    assert answer["name"] == "files_read_qri24mnh"


def test_big_numbers_and_odd_texts_in_arguments_survive(server: Loopback) -> None:
    bench = Bench()
    given = '{"item": "t\\u00e9\\ud800", "labels": {"n": "12345678901234567890"}}'
    server.say(whole(chat_said(Says("order", given, UNIQUE))))
    response = ask(server, bench.pipeline, tools=[chat_tool("order", ORDER)])
    assert calls(response) == [("order", given)]
    big = '{"count": 123456789012345678901234567890, "item": "x"}'
    server.say(whole(chat_said(Says("order", big, UNIQUE))))
    response = ask(server, bench.pipeline, tools=[chat_tool("order", ORDER)])
    assert calls(response) == [("order", big)]
    assert [one.outcome for one in used(bench).calls] == ["clean"]


@pytest.mark.parametrize("status", [200, 500])
def test_a_body_that_is_no_json_passes(status: int, server: Loopback) -> None:
    bench = Bench()
    server.say(Answer((b"<html>busy</html>",), status, (("content-type", "text/html"),)))
    response = ask(server, bench.pipeline, tools=[chat_tool("files.read")])
    assert (response.status_code, response.content) == (status, b"<html>busy</html>")
    assert used(bench).calls == ()


def test_tools_that_look_alike_at_both_ends_are_told_apart(server: Loopback) -> None:
    """Requests are first compared by length and ends, for that is fast."""
    bench = Bench()
    first, last = chat_tool("first" * 9), chat_tool("last" * 12)
    kinds = ("integer", "boolean")
    for kind in (*kinds, *kinds):
        middle = chat_tool("middle", {"type": "object", "properties": {"x": {"type": kind}}})
        text = {"integer": "7", "boolean": "true"}[kind]
        server.say(whole(chat_said(Says("middle", json.dumps({"x": text}), UNIQUE))))
        response = ask(server, bench.pipeline, tools=[first, middle, last])
        assert json.loads(calls(response)[0][1]) == {"x": json.loads(text)}
    assert len({len(json.dumps(seen.json["tools"])) for seen in server.asked}) == 1


# ------------------------------------------------------------------ failing open


def deep(levels: int) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"x": schema}}
    return schema


HOSTILE: dict[str, Any] = {"400 deep": deep(400), "a text": "object", "a list": [1], "a number": 7}


@pytest.mark.parametrize("case", HOSTILE)
@streamings
def test_a_schema_that_cannot_be_read_goes_out_as_it_came(
    case: str, streamed: bool, server: Loopback
) -> None:
    bench = Bench()
    said = [Says("bad.tool", '{"any": "thing",}', UNIQUE), Says("a_b", "{}", UNIQUE + "2")]
    server.say(chat_answer(streamed, *said))
    bad = chat_tool("bad.tool", HOSTILE[case])
    response = ask(server, bench.pipeline, tools=[bad, chat_tool("files.read")], stream=streamed)
    assert response.status_code == 200
    assert b"bad.tool" in response.content
    sent = server.asked[0].json["tools"]
    assert sent[0] == bad
    assert sent[1]["function"]["name"] == "files_read_qri24mnh"
    (failure,) = bench.exchanges[0].failures
    assert (failure.layer, failure.place) == ("tools", "read")
    assert failure.error.startswith(("SchemaError", "SchemaLimitError"))
    assert used(bench).unread == ("bad.tool",)


def test_an_answers_schema_that_cannot_be_read_goes_out_as_it_came(server: Loopback) -> None:
    bench = Bench()
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": deep(400)}}
    for pipeline in (None, bench.pipeline):
        server.say(whole(chat_said(text='{"x": 1}')))
        response = ask(server, pipeline, response_format=wanted)
        assert response.content == whole(chat_said(text='{"x": 1}')).body
    assert server.asked[0].body == server.asked[1].body
    assert [(one.layer, one.place) for one in bench.exchanges[0].failures] == [("tools", "read")]


class Failing:
    """Stands in for a part of a plugin's, and fails in one method."""

    def __init__(self, inner: Any, method: str, when: int = 0) -> None:
        self._inner, self._method, self._left = inner, method, when

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            if self._left == 0:
                return self._fail
            self._left -= 1
        return getattr(self._inner, name)

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("a plugin's own fault")


def _broken(where: str, method: str) -> Watched:
    """Load the installed plugins, one part replaced by one that fails."""
    catalog = Catalog.load()
    settings = Settings()
    parts: Mapping[str, Any] = getattr(catalog, where)
    failing = {name: Failing(part, method) for name, part in parts.items()}
    view = SimpleNamespace(
        **{
            name: getattr(catalog, name)
            for name in ("tool_lenses", "schema_dialects", "tool_forms", "tool_call_parsers")
        }
    )
    setattr(view, where, failing)
    layers = [
        ToolLayer(view, settings.tools) if one.name == "tools" else one  # type: ignore[arg-type]
        for one in catalog.layers(settings)
    ]
    return Watched(settings, installed(), MemoryStore(), layers=layers)


QWEN = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
BEFORE = [
    ("tool_lenses", "renamed"),
    ("tool_lenses", "answer_schema"),
    ("tool_lenses", "with_calls"),
    ("tool_forms", "slots"),
    ("tool_forms", "read"),
    ("tool_forms", "write"),
]
AFTER = [
    ("tool_lenses", "mended", False),
    ("tool_lenses", "answered", False),
    ("tool_lenses", "filter", True),
    *(("tool_call_parsers", name, how) for name in ("follow", "parse") for how in (False, True)),
]


def _conversation(streamed: bool) -> Any:
    history = [*HELLO, chat_message(Says("files.read", id=UNIQUE))]
    history += [{"role": "tool", "tool_call_id": UNIQUE, "content": "15"}]
    tools = [chat_tool("weather"), chat_tool("files.read"), chat_tool("order", ORDER)]
    return {"messages": history, "tools": tools, "model": "qwen3-32b", "stream": streamed}


@pytest.mark.parametrize(("where", "method"), BEFORE, ids=str)
@streamings
def test_a_part_that_fails_before_the_request_is_sent_lets_it_go_out_as_it_came(
    where: str, method: str, streamed: bool, server: Loopback
) -> None:
    pipeline = _broken(where, method)
    wrong, replies = Says("order", '{"count": 1}', UNIQUE + "2"), []
    for one in (None, pipeline):
        server.say(chat_answer(streamed, wrong, text=QWEN))
        replies.append(ask(server, one, **_conversation(streamed)).content)
    assert server.asked[0].body == server.asked[1].body
    assert replies[0] == replies[1]
    (exchange,) = pipeline.exchanges
    assert [(one.layer, one.place) for one in exchange.failures] == [("tools", "model")]
    assert (exchange.status, exchange.ending) == (200, "complete")


@pytest.mark.parametrize(("where", "method", "streamed"), AFTER, ids=str)
def test_a_part_that_fails_on_the_reply_lets_it_through_as_it_came(
    where: str, method: str, streamed: bool, server: Loopback
) -> None:
    pipeline = _broken(where, method)
    wrong, replies = Says("order", '{"count": 1}', UNIQUE + "2"), []
    for one in (None, pipeline):
        server.say(chat_answer(streamed, wrong, text=QWEN))
        response = ask(server, one, **_conversation(streamed))
        assert response.status_code == 200
        replies.append(_text(response, streamed))
    assert replies[0][0] == replies[1][0] == QWEN
    assert "order" in json.dumps(replies[1][1])
    (exchange,) = pipeline.exchanges
    assert {one.layer for one in exchange.failures} == {"tools"}
    assert exchange.ending == "complete"


@streamings
def test_arguments_that_we_fail_on_go_on_as_they_came_under_the_tools_own_name(
    streamed: bool, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sealegs.schema import planned

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a fault of our own")

    bench = Bench()
    said = Says("files_read_qri24mnh", '{"city": "Oslo",}', UNIQUE)
    server.say(chat_answer(streamed, said))
    with monkeypatch.context() as patch:
        patch.setattr(planned, "arrange", fail)
        response = ask(server, bench.pipeline, tools=[chat_tool("files.read")], stream=streamed)
    assert b"files.read" in response.content
    assert b"files_read" not in response.content
    assert json.dumps(said.arguments).encode() in response.content
    (exchange,) = bench.exchanges
    assert [(one.layer, one.error) for one in exchange.failures] == [
        ("tools", "RuntimeError: a fault of our own")
    ]
    assert [call.outcome for call in used(bench).calls] == ["refused"]
    assert len(server.asked) == 1


def test_a_request_that_cannot_be_edited_is_not_told_of_as_edited(server: Loopback) -> None:
    """A key that stands there twice has no one place."""
    bench = Bench()
    body = json.dumps({"model": "m", "messages": HELLO, "tools": [chat_tool("files.read")]})
    twice = body[:-1] + ', "x": 1, "x": 2}'
    server.say(whole(chat_said(text="Hello.")))
    with http.wrap(httpx2.Client(trust_env=False), pipeline=bench.pipeline) as one:
        one.post(server.url + "/v1/chat/completions", content=twice.encode())
    assert server.asked[0].body == twice.encode()
    assert bench.exchanges[0].tools is None
    assert [one.place for one in bench.exchanges[0].failures] == ["model"]


def _text(response: httpx2.Response, streamed: bool) -> tuple[str, Any]:
    if not streamed:
        message = response.json()["choices"][0]["message"]
        return message["content"] or "", message.get("tool_calls")
    text = ""
    entries: list[Any] = []
    for line in response.text.split("\n"):
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                text += choice["delta"].get("content") or ""
                entries += choice["delta"].get("tool_calls") or []
    return text, entries


# ------------------------------------------------------------------ beside reasoning retention


@streamings
def test_reasoning_is_restored_where_names_and_arguments_are_others_on_the_wire(
    streamed: bool, server: Loopback
) -> None:
    """The layer below sees what the provider sees, and its keys are of what the agent sees."""
    bench = with_settings(dialects={"deepseek": "openai-chat"})
    tools = [chat_tool("files.order", ORDER, strict=True), chat_tool("files.read")]
    pairs = [{"key": "a", "value": "b"}]
    history: list[Any] = list(HELLO)

    def script(seen: Asked) -> Answer:
        number = len(server.asked)
        name = seen.json["tools"][0]["function"]["name"]
        given = {"item": f"tea {number}", "count": None, "note": None, "labels": pairs}
        call = Says(name, json.dumps(given), f"{UNIQUE}{number}")
        thought = {"reasoning" if streamed else "reasoning_content": f"thought {number}"}
        return chat_answer(streamed, call, **thought)

    server.script = script
    for number in range(1, 6):
        if number == 4:
            history.append({"role": "user", "content": "And now?"})
        with proxied(server, bench) as client:
            body = {"model": "deepseek-chat", "messages": history, "tools": tools}
            url = "http://api.deepseek.com/chat/completions"
            response = client.post(url, json={**body, "stream": streamed})
        text = {"item": f"tea {number}", "labels": {"a": "b"}}
        call = Says("files.order", json.dumps(text), f"{UNIQUE}{number}")
        assert json.dumps(json.dumps(text, separators=(",", ":")))[1:-1] in response.text
        assert "files.order" in response.text
        result = {"role": "tool", "tool_call_id": call.id, "content": "done"}
        history += [chat_message(call), result]
    turns = [m for m in server.asked[-1].json["messages"] if m["role"] == "assistant"]
    assert [turn["reasoning_content"] for turn in turns] == [f"thought {n}" for n in range(1, 5)]
    (sent,) = {turn["tool_calls"][0]["function"]["name"] for turn in turns}
    assert sent == server.asked[0].json["tools"][0]["function"]["name"] != "files.order"
    assert [json.loads(turn["tool_calls"][0]["function"]["arguments"]) for turn in turns] == [
        {"item": f"tea {n}", "count": None, "note": None, "labels": pairs} for n in range(1, 5)
    ]
    for number, exchange in enumerate(bench.exchanges):
        assert exchange.retention is not None
        assert exchange.retention.gaps == ()
        assert exchange.retention.outcomes == ("restored",) * number
        assert exchange.failures == ()


def test_reasoning_of_a_round_of_ours_goes_back_within_it(server: Loopback) -> None:
    """The provider refuses a tool's result whose call came without its reasoning."""
    bench = Bench()
    server.say(
        whole(chat_said(Says("order", '{"count": 1}', UNIQUE), reasoning_content="first")),
        whole(chat_said(Says("order", '{"item": "x"}', UNIQUE + "2"), reasoning_content="second")),
        whole(chat_said(text="Good.")),
    )
    url, tools = "http://api.deepseek.com/chat/completions", [chat_tool("order", ORDER)]
    with proxied(server, bench) as client:
        body = {"model": "deepseek-chat", "messages": HELLO, "tools": tools}
        message = client.post(url, json=body).json()["choices"][0]["message"]
        kept = {key: message[key] for key in ("role", "content", "tool_calls")}
        result = {"role": "tool", "tool_call_id": UNIQUE + "2", "content": "done"}
        client.post(url, json={**body, "messages": [*HELLO, kept, result]})
    assert server.asked[1].json["messages"][1]["reasoning_content"] == "first"
    assert server.asked[2].json["messages"][1]["reasoning_content"] == "second"
    assert used(bench, 0).retries == 1
    assert [one.retention and one.retention.gaps for one in bench.exchanges] == [(), ()]


# ------------------------------------------------------------------ telemetry


def test_what_is_exported_names_tools_and_quotes_nothing(server: Loopback) -> None:
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from sealegs.telemetry import Telemetry

    exporter: Any = InMemoryLogRecordExporter  # untyped
    spans, logs, metrics = InMemorySpanExporter(), exporter(), InMemoryMetricReader()
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    telemetry = Telemetry(
        tracer_provider=tracers, meter_provider=MeterProvider([metrics]), logger_provider=loggers
    )
    bench = Bench(telemetry=telemetry)
    order = json.loads(json.dumps(ORDER).replace('"note"', '"secret_note"'))
    order["properties"]["item"] |= {"pattern": "^secret", "description": "secret words"}
    given = '{"item": "secret tea", "count": "2",}'
    wrong = '{"count": "secret", "secret_note": 7}'
    server.say(
        whole(chat_said(Says("files.order", given, UNIQUE))),
        whole(chat_said(Says("files_order", given, UNIQUE))),
    )
    tools = [chat_tool("files.order", order)]
    ask(server, bench.pipeline, tools=tools)
    name = server.asked[0].json["tools"][0]["function"]["name"]
    server.answers[:] = [
        whole(chat_said(Says(name, given, UNIQUE), Says(name, wrong, UNIQUE + "2"))),
        whole(chat_said(Says(name, given, UNIQUE), Says(name, wrong, UNIQUE + "2"))),
    ]
    ask(server, bench.pipeline, tools=tools)
    names = [one.log_record.event_name for one in logs.get_finished_logs()]
    assert {"sealegs.tool_schema.rewritten", "sealegs.tool_call.mended"} <= set(names)
    assert "sealegs.tool_call.kept" in names
    told = dict(spans.get_finished_spans()[-1].attributes or {})
    assert {key: value for key, value in told.items() if "tool" in key} == {
        "sealegs.tool_schema.dialect.target": "unknown-openai-chat",
        "sealegs.tool_schema.tool.count": 1,
        "sealegs.tool_schema.rewrite.count": 1,
        "sealegs.tool_schema.loss.count": 0,
        "sealegs.tool_call.count": 2,
        "sealegs.tool_call.mended.count": 1,
        "sealegs.tool_call.refused.count": 1,
        "sealegs.tool_call.retry.count": 1,
    }
    data = metrics.get_metrics_data()
    everything = [span.to_json() for span in spans.get_finished_spans()]
    everything += [one.to_json() for one in logs.get_finished_logs()]
    everything.append(data.to_json() if data else "")
    assert "secret tea" not in "".join(everything)
    assert "secret words" not in "".join(everything)
    assert "^secret" not in "".join(everything)
    assert "It does" not in "".join(everything)
    loggers.shutdown()
    tracers.shutdown()


# ------------------------------------------------------------------ many at once


def test_threads_with_different_tools_and_models_do_not_disturb_each_other(
    server: Loopback,
) -> None:
    """Equal names, other schemas, other models: each call is read by its own request's plan."""
    bench = Bench()

    def script(seen: Asked) -> Answer:
        body = seen.json
        name = body["tools"][0]["function"]["name"]
        kind = next(iter(body["tools"][0]["function"]["parameters"]["properties"]))
        said = json.dumps({kind: body["user"]})
        if body["model"].startswith("qwen"):
            call = json.dumps({"name": name, "arguments": json.loads(said)})
            text = f"<tool_call>\n{call}\n</tool_call>"
            return chat_answer(bool(body.get("stream")), text=text)
        return chat_answer(bool(body.get("stream")), Says(name, said, f"{UNIQUE}{kind}"))

    server.script = script
    wrong: list[Any] = []

    def work(number: int) -> None:
        field, kind = f"f{number}", ("string", "integer")[number % 2]
        schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
        tool = chat_tool(("shared.tool", f"own.tool{number}")[number % 3 == 0], schema)
        model = ("qwen3-32b", "gpt-x")[number % 2]
        for turn in range(6):
            value = f"{number}{turn}"
            response = ask(
                server, bench.pipeline, tools=[tool], model=model, user=value,
            )  # fmt: skip
            meant = value if kind == "string" else int(value)
            ((name, arguments),) = calls(response)
            if (name, json.loads(arguments)) != (tool["function"]["name"], {field: meant}):
                wrong.append((number, turn, name, arguments))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert len(bench.exchanges) == 72
    assert [one.failures for one in bench.exchanges if one.failures] == []


def test_examples_of_arguments_are_said_as_the_model_will_know_the_tool() -> None:
    tool = {
        "name": "mark",
        "strict": True,
        "input_schema": {
            "type": "object",
            "properties": {"notes": {"type": "object", "additionalProperties": {"type": "string"}}},
            "required": ["notes"],
            "additionalProperties": False,
        },
        "input_examples": [{"notes": {"Oslo": "safe"}}],
    }
    body = {"model": "claude-sonnet-5", "max_tokens": 9, "messages": HELLO, "tools": [tool]}
    head = RequestHead(
        "POST", "https://api.anthropic.com/v1/messages", "api.anthropic.com", "/v1/messages"
    )
    sent: list[Any] = []

    def send(call: Call) -> Reply:
        sent.append(json.loads(call.document.encode()))
        return Reply(500, {}, b"{}")

    begun = Bench().pipeline.begin(head, json.dumps(body).encode(), adapter="test")
    assert begun is not None
    port: Any = SimpleNamespace(send=send)
    run(begun.exchange(), Performer(port, MemoryStore()))
    (told,) = sent[0]["tools"]
    assert told["input_examples"] == [{"notes": [{"key": "Oslo", "value": "safe"}]}]
