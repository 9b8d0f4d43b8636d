"""Tools through Anthropic's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from calling import (
    AWKWARD,
    CITY,
    ORDER,
    Says,
    anthropic_answer,
    anthropic_said,
    anthropic_stream,
    anthropic_tool,
)
from clients import Driven, anthropic_driven
from loopback import Answer, Asked, Loopback, events, loopback, whole
from sealegs import Settings
from web import HELLO, Bench

ANTHROPIC = "http://api.anthropic.com"
UNIQUE = "toolu_01Ab2Cd3Ef4Gh5"
THINKING = {"type": "thinking", "thinking": "think of it", "signature": "c2ln"}
colours = pytest.mark.parametrize("colour", ["sync", "async"])
ways = pytest.mark.parametrize("way", ["whole", "streamed", "helper"])


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ask(agent: Driven, way: str, messages: Any, **more: Any) -> Any:
    """Ask in one of three ways, and give the message as plain data, as an agent keeps it."""
    api = agent.client.messages
    given = {"model": "claude-opus-4-5", "max_tokens": 99, "messages": messages, **more}
    if way == "whole":
        return agent.do(api.create, **given).model_dump(exclude_none=True)
    if way == "helper":
        _, last = agent.helper(api.stream(**given), "get_final_message")
        return last.model_dump(exclude_none=True)
    return _grown(agent.items(agent.do(api.create, stream=True, **given)))


def _grown(raw: list[Any]) -> Any:
    """Put raw events together, and look that they belong together."""
    message: Any = None
    blocks: dict[int, Any] = {}
    texts: dict[int, str] = {}
    open_: set[int] = set()
    for event in raw:
        match event.type:
            case "message_start":
                message = event.message.model_dump(exclude_none=True)
            case "content_block_start":
                assert event.index == len(blocks)
                open_.add(event.index)
                blocks[event.index] = event.content_block.model_dump(exclude_none=True)
                texts[event.index] = ""
            case "content_block_delta":
                assert event.index in open_
                delta = event.delta
                name = {"text_delta": "text", "input_json_delta": "partial_json"}.get(delta.type)
                name = name or delta.type.removesuffix("_delta")
                texts[event.index] += getattr(delta, name) if name != "signature" else ""
                if name == "signature":
                    blocks[event.index]["signature"] = delta.signature
            case "content_block_stop":
                open_.remove(event.index)
                block, said = blocks[event.index], texts[event.index]
                if block["type"] == "tool_use":
                    block["input"] = json.loads(said) if said else {}
                else:
                    block[block["type"]] = said
            case "message_delta":
                assert not open_
                message["stop_reason"] = event.delta.stop_reason
    message["content"] = [blocks[index] for index in sorted(blocks)]
    return message


def calls(message: Any) -> list[tuple[str, Any]]:
    return [(one["name"], one["input"]) for one in message["content"] if one["type"] == "tool_use"]


def tools_use(bench: Bench, number: int = -1) -> Any:
    use = bench.exchanges[number].tools
    assert use is not None
    return use


@colours
@ways
def test_names_that_are_illegal_go_out_legal_and_come_back_as_they_were(
    colour: str, way: str, server: Loopback, bench: Bench
) -> None:
    def script(seen: Asked) -> Answer:
        names = [tool["name"] for tool in seen.json["tools"]]
        return anthropic_answer(way != "whole", *(Says(n, id=f"toolu_{n}") for n in names))

    server.script = script
    tools = [anthropic_tool(name) for name in (*AWKWARD, "weather")]
    with anthropic_driven(colour, server, bench, ANTHROPIC) as agent:
        choice = {"type": "tool", "name": "é"}
        message = ask(agent, way, HELLO, tools=tools, tool_choice=choice)
    assert calls(message) == [(name, {"city": "Oslo"}) for name in (*AWKWARD, "weather")]
    sent = server.asked[0].json
    names = [tool["name"] for tool in sent["tools"]]
    assert all(name.isascii() and len(name) <= 64 and "." not in name for name in names)
    assert sent["tool_choice"] == {"type": "tool", "name": names[2]}
    assert tools_use(bench).dialect == "anthropic"
    assert bench.exchanges[0].failures == ()


@pytest.mark.parametrize("known", [True, False], ids=["in the set", "no longer in the set"])
def test_history_names_tools_as_the_provider_knows_them(
    known: bool, server: Loopback, bench: Bench
) -> None:
    used = {"type": "tool_use", "id": UNIQUE, "name": "files.read", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": UNIQUE, "content": "15 C"}
    history = [
        *HELLO,
        {"role": "assistant", "content": [{"type": "text", "text": "Let me look."}, used]},
        {"role": "user", "content": [result]},
    ]
    server.say(whole(anthropic_said(text="15 C.")))
    with anthropic_driven("sync", server, bench, ANTHROPIC) as agent:
        tools = [anthropic_tool("files.read" if known else "weather")]
        ask(agent, "whole", history, tools=tools)
    turn, answer = server.asked[0].json["messages"][1:]
    assert turn["content"] == [
        {"type": "text", "text": "Let me look."},
        {**used, "name": "files_read_qri24mnh"},
    ]
    assert answer == history[-1]


@colours
@ways
def test_strict_tools_come_back_as_their_own_arguments_and_go_into_history_as_the_model_wrote_them(
    colour: str, way: str, server: Loopback, bench: Bench
) -> None:
    """The closed map becomes a list of pairs; an optional property may stay optional here."""
    given = {"item": "tea", "labels": [{"key": "a", "value": "b"}]}
    said = Says("order", json.dumps(given), UNIQUE)
    server.say(
        anthropic_answer(way != "whole", said, thought=THINKING),
        anthropic_answer(False, text="Good."),
    )
    tools = [anthropic_tool("order", ORDER, strict=True)]
    with anthropic_driven(colour, server, bench, ANTHROPIC) as agent:
        message = ask(agent, way, HELLO, tools=tools)
        turn = {"role": "assistant", "content": message["content"]}
        result = {"type": "tool_result", "tool_use_id": UNIQUE, "content": "done"}
        ask(agent, "whole", [*HELLO, turn, {"role": "user", "content": [result]}], tools=tools)
    assert calls(message) == [("order", {"item": "tea", "labels": {"a": "b"}})]
    (report,) = tools_use(bench, 0).reports
    assert (report.strict, report.dialect) == (True, "anthropic-strict")
    sent = server.asked[1].json["messages"][1]["content"]
    assert sent[0] == THINKING
    assert sent[1]["input"] == given
    assert server.asked[0].json["tools"] == server.asked[1].json["tools"]
    retention = bench.exchanges[1].retention
    assert retention is not None
    assert (retention.outcomes, retention.gaps) == (("present",), ())


def test_thinking_that_was_dropped_comes_back_beside_a_call_with_another_name_and_shape(
    server: Loopback, bench: Bench
) -> None:
    """Reasoning is kept by the layer below, which sees other names than the agent does."""
    history: list[Any] = list(HELLO)
    tools = [anthropic_tool("files.order", ORDER, strict=True)]
    pairs = [{"key": "a", "value": "b"}]
    thoughts = []

    def script(seen: Asked) -> Answer:
        number = len(server.asked)
        thought = {**THINKING, "thinking": f"thought {number}", "signature": f"sig{number}"}
        thoughts.append(thought)
        name = seen.json["tools"][0]["name"]
        given = json.dumps({"item": f"tea {number}", "labels": pairs})
        return whole(anthropic_said(Says(name, given, f"{UNIQUE}{number}"), thought=thought))

    server.script = script
    more = {"tools": tools, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    with anthropic_driven("sync", server, bench, ANTHROPIC) as agent:
        for number in range(1, 5):
            message = ask(agent, "whole", history, **more)
            kept = [block for block in message["content"] if block["type"] != "thinking"]
            assert calls(message) == [
                ("files.order", {"item": f"tea {number}", "labels": {"a": "b"}})
            ]
            result = {"type": "tool_result", "tool_use_id": kept[0]["id"], "content": "done"}
            history += [
                {"role": "assistant", "content": kept},
                {"role": "user", "content": [result]},
            ]
    sent = [m["content"] for m in server.asked[-1].json["messages"] if m["role"] == "assistant"]
    assert [content[0] for content in sent] == thoughts[:3]
    assert [content[1]["input"]["labels"] for content in sent] == [pairs] * 3
    assert [content[1]["name"] for content in sent] == [
        server.asked[0].json["tools"][0]["name"]
    ] * 3
    for exchange in bench.exchanges:
        assert exchange.retention is not None
        assert exchange.retention.gaps == ()
        assert exchange.failures == ()
    last = bench.exchanges[-1].retention
    assert last is not None
    assert last.outcomes == ("restored",) * 3


def test_the_twenty_first_strict_tool_is_not_strict_and_the_report_says_why(
    server: Loopback, bench: Bench
) -> None:
    tools = [anthropic_tool(f"tool_{n}", CITY, strict=True) for n in range(21)]
    server.say(whole(anthropic_said(text="Hello.")))
    with anthropic_driven("sync", server, bench, ANTHROPIC) as agent:
        ask(agent, "whole", HELLO, tools=tools)
    sent = server.asked[0].json["tools"]
    assert sent[:20] == tools[:20]
    assert sent[20]["strict"] is False
    reports = tools_use(bench).reports
    assert [report.strict for report in reports] == [True] * 20 + [False]
    assert "0 strict tools left" in reports[20].strict_reason


@ways
@pytest.mark.filterwarnings("ignore:The model 'claude-3:DeprecationWarning")
def test_a_model_that_knows_no_strict_tools_is_asked_for_none(
    way: str, server: Loopback, bench: Bench
) -> None:
    server.say(anthropic_answer(way != "whole", text="Hello."))
    with anthropic_driven("sync", server, bench, ANTHROPIC) as agent:
        tools = [anthropic_tool("order", ORDER, strict=True)]
        ask(agent, way, HELLO, tools=tools, model="claude-3-5-haiku-20241022")
    (sent,) = server.asked[0].json["tools"]
    assert sent["input_schema"] == ORDER
    assert not sent.get("strict")
    assert tools_use(bench).dialect == "anthropic-before-strict"


BROKEN = {
    "number as text": ('{"item": "tea", "count": "2"}', {"item": "tea", "count": 2}),
    "map as text": (
        json.dumps({"item": "tea", "labels": '{"a": "b"}'}),
        {"item": "tea", "labels": {"a": "b"}},
    ),
}


@ways
@pytest.mark.parametrize("case", BROKEN)
def test_mistyped_arguments_reach_the_tool_as_it_wants_them(
    case: str, way: str, server: Loopback, bench: Bench
) -> None:
    said, meant = BROKEN[case]
    server.say(anthropic_answer(way != "whole", Says("order", said, UNIQUE)))
    with anthropic_driven("sync", server, bench) as agent:
        message = ask(agent, way, HELLO, tools=[anthropic_tool("order", ORDER)])
    assert calls(message) == [("order", meant)]
    assert [call.outcome for call in tools_use(bench).calls] == ["mended"]


def test_arguments_that_stream_broken_arrive_whole(server: Loopback, bench: Bench) -> None:
    """In a stream arguments are text; this client itself raises on what is no JSON."""
    server.say(events(anthropic_stream(Says("order", '{"item": "tea", "count": 2,}', UNIQUE))))
    with anthropic_driven("sync", server, bench) as agent:
        message = ask(agent, "helper", HELLO, tools=[anthropic_tool("order", ORDER)])
    assert calls(message) == [("order", {"item": "tea", "count": 2})]


@colours
def test_a_call_that_must_not_run_is_answered_by_an_error_result(
    colour: str, server: Loopback, bench: Bench
) -> None:
    wrong = Says("order", '{"count": 2}', f"{UNIQUE}1")
    good = Says("order", '{"item": "milk"}', f"{UNIQUE}0")
    server.say(
        whole(anthropic_said(good, wrong, text="Let me see.", thought=THINKING)),
        whole(anthropic_said(good, Says("order", '{"item": "tea", "count": 2}', f"{UNIQUE}3"))),
    )
    with anthropic_driven(colour, server, bench) as agent:
        message = ask(agent, "whole", HELLO, tools=[anthropic_tool("order", ORDER)])
    assert calls(message) == [("order", {"item": "milk"}), ("order", {"item": "tea", "count": 2})]
    first, second = (seen.json for seen in server.asked)
    turn, results = second["messages"][len(first["messages"]) :]
    assert turn == {
        "role": "assistant",
        "content": anthropic_said(good, wrong, text="Let me see.", thought=THINKING)["content"],
    }
    told = results["content"]
    assert [(one["type"], one["tool_use_id"], one["is_error"]) for one in told] == [
        ("tool_result", good.id, True),
        ("tool_result", wrong.id, True),
    ]
    assert told[0]["content"].startswith("Not run, because another call")
    assert "item" in told[1]["content"]
    assert tools_use(bench).retries == 1


@pytest.mark.parametrize("sealegs", [False, True], ids=["without", "with"])
def test_a_streamed_call_that_was_cut_off_is_no_call_of_the_tool_any_more(
    sealegs: bool, server: Loopback, bench: Bench
) -> None:
    cut = Says("order", '{"item": "tea", "count": 1', UNIQUE)
    server.say(events(anthropic_stream(cut, reason="max_tokens")))
    with anthropic_driven("sync", server, bench if sealegs else None) as agent:
        tools = [anthropic_tool("order", ORDER)]
        streaming = agent.client.messages.stream(
            model="m", max_tokens=9, messages=HELLO, tools=tools
        )
        with streaming as stream:
            (block,) = stream.get_final_message().content
    if not sealegs:  # the client completes what was cut off
        assert (block.name, block.input) == ("order", {"item": "tea", "count": 1})
        return
    assert (block.name, block.input) == ("order (not run: its arguments were cut off)", {})
    assert [(one.outcome, one.worst) for one in tools_use(bench).calls] == [
        ("refused", "truncated")
    ]


XML = """I will look.

<function_calls>
<invoke name="weather">
<parameter name="city">Oslo</parameter>
</invoke>
</function_calls>"""


@ways
def test_a_call_that_leaked_into_the_text_becomes_a_block(
    way: str, server: Loopback, bench: Bench
) -> None:
    server.say(anthropic_answer(way != "whole", text=XML, thought=THINKING))
    with anthropic_driven("sync", server, bench) as agent:
        message = ask(agent, way, HELLO, tools=[anthropic_tool("weather")])
    thought, text, used = message["content"]
    assert (thought["thinking"], thought["signature"]) == ("think of it", "c2ln")
    assert text["text"].strip() == "I will look."
    assert (used["name"], used["input"]) == ("weather", {"city": "Oslo"})
    assert used["id"]
    assert message["stop_reason"] == "tool_use"
    assert tools_use(bench).calls[0].from_text


def test_server_tools_and_what_nobody_knows_stay_as_they_are(
    server: Loopback, bench: Bench
) -> None:
    cached = {"type": "ephemeral", "ttl": "1h"}
    tools = [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {**anthropic_tool("files.read"), "cache_control": cached, "x_unknown": [1, {"y": None}]},
        {"type": "bash_20250124", "name": "bash"},
    ]
    system = [{"type": "text", "text": "Be brief.", "cache_control": cached}]
    server.say(whole(anthropic_said(text="Hello.")))
    with anthropic_driven("sync", server, bench) as agent:
        ask(agent, "whole", HELLO, tools=tools, system=system)
    sent = server.asked[0].json
    assert sent["tools"] == [tools[0], {**tools[1], "name": "files_read_qri24mnh"}, tools[2]]
    assert sent["system"] == system


@ways
def test_a_request_with_nothing_to_change_is_the_same_as_without_sealegs(
    way: str, server: Loopback, bench: Bench
) -> None:
    bodies, replies = [], []
    for one in (None, bench):
        server.say(anthropic_answer(way != "whole", Says("order", '{"item":"tea"}', UNIQUE)))
        with anthropic_driven("sync", server, one, ANTHROPIC) as agent:
            replies.append(ask(agent, way, HELLO, tools=[anthropic_tool("order", ORDER)]))
        bodies.append(server.asked[-1].body)
    assert bodies[0] == bodies[1]
    assert replies[0] == replies[1]
    assert tools_use(bench).rewritten == 0


@ways
def test_an_answer_comes_back_in_the_shape_that_was_asked_for(
    way: str, server: Loopback, bench: Bench
) -> None:
    answer = {"item": "tea", "labels": [{"key": "a", "value": "b"}]}
    server.say(anthropic_answer(way != "whole", text=json.dumps(answer)))
    wanted = {"format": {"type": "json_schema", "schema": ORDER}}
    with anthropic_driven("sync", server, bench, ANTHROPIC) as agent:
        message = ask(agent, way, HELLO, output_config=wanted)
    (text,) = (block["text"] for block in message["content"])
    assert json.loads(text) == {"item": "tea", "labels": {"a": "b"}}
    sent = server.asked[0].json["output_config"]["format"]["schema"]
    assert sent["additionalProperties"] is False
    assert sent["properties"]["labels"]["type"] == "array"


@pytest.mark.parametrize("mode", ["report", "off"])
@ways
def test_where_nothing_may_be_changed_nothing_is(mode: str, way: str, server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"mode": mode}))
    said = Says("files_read", '{"city": 7}', UNIQUE)
    replies = []
    for one in (None, bench):
        server.say(anthropic_answer(way != "whole", said, text=XML))
        with anthropic_driven("sync", server, one, ANTHROPIC) as agent:
            replies.append(ask(agent, way, HELLO, tools=[anthropic_tool("files.read", ORDER)]))
    assert replies[0] == replies[1]
    assert server.asked[0].body == server.asked[1].body
    use = bench.exchanges[0].tools
    if mode == "off":
        assert use is None
    else:
        assert use is not None
        assert (use.rewritten, use.reports[0].sent) == (1, "files_read_qri24mnh")
