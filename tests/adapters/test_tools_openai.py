"""Tools through OpenAI's own client, on chat completions and on Responses."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pydantic
import pytest

from calling import (
    AWKWARD,
    CITY,
    ORDER,
    Says,
    chat_answer,
    chat_message,
    chat_said,
    chat_stream,
    chat_tool,
    responses_answer,
    responses_item,
    responses_said,
    responses_tool,
)
from clients import Driven, openai_driven
from loopback import Answer, Asked, Loopback, events, loopback, whole
from sealegs import Settings
from web import HELLO, Bench

OPENAI = "http://api.openai.com"
UNIQUE = "call_Zb2kQ7LmWx4"
colours = pytest.mark.parametrize("colour", ["sync", "async"])
ways = pytest.mark.parametrize("way", ["whole", "streamed", "helper"])
streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench()


@dataclass(frozen=True)
class Api:
    """One of the two APIs, asked the same way."""

    name: str

    def tool(self, name: str, parameters: Any = None, **more: Any) -> Any:
        return (chat_tool if self.name == "chat" else responses_tool)(name, parameters, **more)

    def answer(self, streamed: bool, *calls: Says, **more: Any) -> Answer:
        make = chat_answer if self.name == "chat" else responses_answer
        return make(streamed, *calls, **more)

    def choice(self, name: str) -> Any:
        if self.name == "chat":
            return {"type": "function", "function": {"name": name}}
        return {"type": "function", "name": name}

    def ask(self, agent: Driven, way: str, messages: Any, **more: Any) -> list[tuple[str, str]]:
        """Ask, and give the calls that the client's user gets, as names and arguments."""
        if self.name == "chat":
            return [(call.name, call.arguments) for call in chat_calls(agent, way, messages, more)]
        answer = responses_object(agent, way, messages, more)
        return [(i.name, i.arguments) for i in answer.output if i.type == "function_call"]

    def sent_names(self, seen: Asked) -> list[str]:
        tools = seen.json["tools"]
        return [tool["function"]["name"] if self.name == "chat" else tool["name"] for tool in tools]


CHAT, RESPONSES = Api("chat"), Api("responses")
apis = pytest.mark.parametrize("api", [CHAT, RESPONSES], ids=lambda api: api.name)


def chat_whole(agent: Driven, way: str, messages: Any, more: Any) -> Any:
    """Ask chat completions in one of three ways, and give the whole completion's choice."""
    completions, given = agent.client.chat.completions, {"model": "m", "messages": messages, **more}
    if way == "whole":
        return agent.do(completions.create, **given).choices[0]
    if way == "helper":
        _, last = agent.helper(completions.stream(**given), "get_final_completion")
        return last.choices[0]
    return _grown(agent.items(agent.do(completions.create, stream=True, **given)))


@dataclass
class _Function:
    name: str = ""
    arguments: str = ""


@dataclass
class _Call:
    function: _Function
    id: str = ""


@dataclass
class _Message:
    content: str
    tool_calls: list[_Call]


@dataclass
class _Choice:
    message: _Message
    finish_reason: str


def _grown(chunks: list[Any]) -> _Choice:
    """Put chunks together as an agent does that reads them itself."""
    calls: dict[int, _Call] = {}
    text, reason = "", ""
    for choice in (chunk.choices[0] for chunk in chunks if chunk.choices):
        assert not reason, "nothing comes behind the finish reason"
        text += choice.delta.content or ""
        reason = choice.finish_reason or ""
        for piece in choice.delta.tool_calls or ():
            call = calls.setdefault(piece.index, _Call(_Function()))
            call.id = piece.id or call.id
            call.function.name += piece.function.name or ""
            call.function.arguments += piece.function.arguments or ""
    return _Choice(_Message(text, [calls[index] for index in sorted(calls)]), reason)


def chat_calls(agent: Driven, way: str, messages: Any, more: Any) -> list[Any]:
    choice = chat_whole(agent, way, messages, more)
    return [call.function for call in choice.message.tool_calls or ()]


def responses_object(agent: Driven, way: str, messages: Any, more: Any) -> Any:
    """Ask Responses in one of three ways, and give the whole response."""
    api, given = agent.client.responses, {"model": "m", "input": messages, "store": False, **more}
    if way == "whole":
        return agent.do(api.create, **given)
    if way == "helper":
        return agent.helper(api.stream(**given), "get_final_response")[1]
    return agent.items(agent.do(api.create, stream=True, **given))[-1].response


def tools_use(bench: Bench, number: int = -1) -> Any:
    use = bench.exchanges[number].tools
    assert use is not None
    return use


# ------------------------------------------------------------------ names


@colours
@apis
@ways
def test_names_that_no_provider_takes_go_out_legal_and_come_back_as_they_were(
    colour: str, api: Api, way: str, server: Loopback, bench: Bench
) -> None:
    arguments = '{"city": "Oslo"}'

    def script(seen: Asked) -> Answer:
        names = api.sent_names(seen)
        calls = [Says(name, arguments, f"call_{name}") for name in names]
        return api.answer(way != "whole", *calls)

    server.script = script
    tools = [api.tool(name) for name in (*AWKWARD, "weather")]
    with openai_driven(colour, server, bench, OPENAI) as agent:
        calls = api.ask(agent, way, HELLO, tools=tools, tool_choice=api.choice("é"))
    assert calls == [(name, arguments) for name in (*AWKWARD, "weather")]
    (seen,) = server.asked
    names = api.sent_names(seen)
    assert names[0].startswith("files_read_")
    assert names[-1] == "weather"
    assert all(name.isascii() and len(name) <= 64 and "." not in name for name in names)
    assert seen.json["tool_choice"] == api.choice(names[2])
    assert bench.exchanges[0].failures == ()
    assert [call.tool for call in tools_use(bench).calls] == [*AWKWARD, "weather"]


def test_a_choice_among_allowed_tools_names_them_as_they_are_sent(
    server: Loopback, bench: Bench
) -> None:
    allowed = [{"type": "function", "name": "files.read"}]
    choice: Any = {"type": "allowed_tools", "mode": "required", "tools": allowed}
    server.say(whole(responses_said(text="Hello.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        tools: Any = [responses_tool("files.read")]
        agent.client.responses.create(model="m", input="hi", tools=tools, tool_choice=choice)
    sent = server.asked[0].json
    name = sent["tools"][0]["name"]
    assert name.startswith("files_read_")
    assert sent["tool_choice"] == {**choice, "tools": [{"type": "function", "name": name}]}


@pytest.mark.parametrize("known", [True, False], ids=["in the set", "no longer in the set"])
def test_history_names_tools_as_the_provider_knows_them(
    known: bool, server: Loopback, bench: Bench
) -> None:
    turn = chat_message(Says("files.read", id=UNIQUE))
    result = {"role": "tool", "tool_call_id": UNIQUE, "content": "15 C"}
    function = {"role": "function", "name": "files.read", "content": "15 C"}
    history = [*HELLO, turn, result, function]
    tools = [chat_tool("files.read" if known else "weather")]
    server.say(whole(chat_said(text="Good.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        chat_calls(agent, "whole", history, {"tools": tools})
    sent = server.asked[0].json["messages"]
    name = sent[1]["tool_calls"][0]["function"]["name"]
    assert name == "files_read_qri24mnh"
    assert sent == [
        *HELLO,
        chat_message(Says(name, id=UNIQUE)),
        result,
        {**function, "name": name},
    ]


def test_history_of_responses_names_tools_as_the_provider_knows_them(
    server: Loopback, bench: Bench
) -> None:
    call = responses_item(Says("files.read", id=UNIQUE))
    output = {"type": "function_call_output", "call_id": UNIQUE, "output": "15 C"}
    server.say(whole(responses_said(text="Good.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        more = {"tools": [responses_tool("files.read")]}
        responses_object(agent, "whole", [*HELLO, call, output], more)
    sent = server.asked[0].json["input"]
    assert sent == [*HELLO, {**call, "name": "files_read_qri24mnh"}, output]


@streamings
def test_each_request_begins_with_the_very_bytes_of_the_one_before(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    """Providers cache prefixes, and some check signed turns against them."""
    history: list[Any] = list(HELLO)
    tools = [chat_tool(name, ORDER, strict=True) for name in AWKWARD]
    given = json.dumps({"item": "tea", "count": 2, "note": None, "labels": [_pair("a", "b")]})

    def script(seen: Asked) -> Answer:
        number = len(server.asked)
        name = CHAT.sent_names(seen)[number % 3]
        return chat_answer(streamed, Says(name, given, f"{UNIQUE}{number}"))

    server.script = script
    with openai_driven("sync", server, bench, OPENAI) as agent:
        for _ in range(5):
            way = "streamed" if streamed else "whole"
            choice = chat_whole(agent, way, history, {"tools": tools})
            (call,) = choice.message.tool_calls
            said = Says(call.function.name, call.function.arguments, call.id)
            assert said.name in AWKWARD
            assert json.loads(said.arguments) == {"item": "tea", "count": 2, "labels": {"a": "b"}}
            result = {"role": "tool", "tool_call_id": call.id, "content": "done"}
            history += [chat_message(said), result]
    spelled = [_messages(seen.body) for seen in server.asked]
    for before, after in itertools.pairwise(spelled):
        assert after.startswith(before)
        assert len(after) > len(before)
    definitions = {json.dumps(seen.json["tools"]) for seen in server.asked}
    assert len(definitions) == 1
    last = server.asked[-1].json["messages"][1]["tool_calls"][0]["function"]
    assert json.loads(last["arguments"]) == json.loads(given)


def _pair(key: str, value: str) -> Any:
    return {"key": key, "value": value}


def _messages(body: bytes) -> bytes:
    """Give the messages as they are spelled, but for the bracket that ends them."""
    start = body.index(b'"messages":') + len(b'"messages":')
    return body[start : body.index(b'],"tools"')]


# ------------------------------------------------------------------ strict mode

STRICT_ORDER: Any = {
    "type": "object",
    "properties": {
        "item": {"type": "string"},
        "count": {"type": ["integer", "null"], "minimum": 1},
        "note": {"type": ["string", "null"]},
        "labels": {
            "description": "A list of entries, each key at most once.",
            "anyOf": [
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"key": {"type": "string"}, "value": {"type": "string"}},
                        "required": ["key", "value"],
                        "additionalProperties": False,
                    },
                },
                {"type": "null"},
            ],
        },
    },
    "required": ["item", "count", "note", "labels"],
    "additionalProperties": False,
}


@colours
@apis
@ways
def test_a_strict_tools_nulls_and_pairs_come_back_as_its_own_arguments(
    colour: str, api: Api, way: str, server: Loopback, bench: Bench
) -> None:
    given = {"item": "tea", "count": None, "note": None, "labels": [_pair("a", "b")]}
    server.say(api.answer(way != "whole", Says("order", json.dumps(given), UNIQUE)))
    with openai_driven(colour, server, bench, OPENAI) as agent:
        (call,) = api.ask(agent, way, HELLO, tools=[api.tool("order", ORDER, strict=True)])
    assert (call[0], json.loads(call[1])) == ("order", {"item": "tea", "labels": {"a": "b"}})
    (sent,) = server.asked[0].json["tools"]
    function = sent["function"] if api is CHAT else sent
    assert (function["strict"], function["parameters"]) == (True, STRICT_ORDER)
    (report,) = tools_use(bench).reports
    assert (report.strict, report.strict_reason) == (True, "fits the dialect and the budget")
    assert report.level == "invertible"


def test_a_tool_that_strict_mode_cannot_hold_goes_out_without_it_and_says_why(
    server: Loopback, bench: Bench
) -> None:
    anything: Any = {"type": "object", "properties": {"x": {}}, "required": ["x"]}
    server.say(whole(chat_said(text="Hello.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        tools = [chat_tool("f", anything, strict=True), chat_tool("g", strict=True)]
        chat_calls(agent, "whole", HELLO, {"tools": tools})
    first, second = (report for report in tools_use(bench).reports)
    sent = [tool["function"].get("strict") for tool in server.asked[0].json["tools"]]
    assert (first.strict, second.strict, sent) == (first.strict, True, [first.strict, True])
    assert first.strict or first.strict_reason


def test_a_set_that_wants_no_strict_mode_gets_none(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"strict": "never"}))
    server.say(whole(chat_said(text="Hello.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER, strict=True)]})
    (sent,) = server.asked[0].json["tools"]
    assert sent == chat_tool("order", ORDER, strict=False)


def test_responses_presume_strict_mode_so_what_it_would_refuse_says_that_it_wants_none(
    server: Loopback, bench: Bench
) -> None:
    server.say(whole(responses_said(text="Hello.")))
    tools = [responses_tool("order", ORDER), responses_tool("weather", CITY)]
    with openai_driven("sync", server, bench, OPENAI) as agent:
        responses_object(agent, "whole", HELLO, {"tools": tools})
    assert server.asked[0].json["tools"] == [{**tools[0], "strict": False}, tools[1]]
    first, second = tools_use(bench).reports
    assert first.strict_reason == "not asked for, and the schema would be refused in it"
    assert second.strict_reason == "not asked for"


def test_strict_mode_can_be_preferred_for_all(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"strict": "always"}))
    server.say(whole(chat_said(text="Hello.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER)]})
    (sent,) = server.asked[0].json["tools"]
    assert sent == chat_tool("order", STRICT_ORDER, strict=True)


# ------------------------------------------------------------------ broken arguments

BROKEN = {
    "trailing comma": ('{"item": "tea", "count": 2,}', {"item": "tea", "count": 2}),
    "python": ("{'item': 'tea', 'note': 'None'}", {"item": "tea", "note": "None"}),
    "number as text": ('{"item": "tea", "count": "2"}', {"item": "tea", "count": 2}),
    "encoded twice": (json.dumps('{"item": "tea"}'), {"item": "tea"}),
    "map as text": (
        json.dumps({"item": "tea", "labels": '{"a": "b"}'}),
        {"item": "tea", "labels": {"a": "b"}},
    ),
}


@apis
@ways
@pytest.mark.parametrize("case", BROKEN)
def test_broken_arguments_reach_the_tool_whole(
    case: str, api: Api, way: str, server: Loopback, bench: Bench
) -> None:
    said, meant = BROKEN[case]
    server.say(api.answer(way != "whole", Says("order", said, UNIQUE)))
    with openai_driven("sync", server, bench) as agent:
        (call,) = api.ask(agent, way, HELLO, tools=[api.tool("order", ORDER)])
    assert (call[0], json.loads(call[1])) == ("order", meant)
    (made,) = tools_use(bench).calls
    assert (made.tool, made.outcome, made.problems) == ("order", "mended", ())
    assert made.repairs
    assert len(server.asked) == 1


@colours
@apis
def test_a_call_that_must_not_run_is_asked_for_once_more(
    colour: str, api: Api, server: Loopback, bench: Bench
) -> None:
    server.say(
        api.answer(False, Says("f.order", '{"item": 7, "count": "many"}', UNIQUE)),
        api.answer(False, Says("f_order_x", "{}", UNIQUE)),
    )
    tools = [api.tool("f.order", ORDER)]
    with openai_driven(colour, server, bench) as agent:
        # the name as it is sent is known from a first, quiet round
        server.answers.insert(0, api.answer(False, text="Hello."))
        api.ask(agent, "whole", HELLO, tools=tools)
        (name,) = api.sent_names(server.asked[0])
        server.answers[:] = [
            api.answer(False, Says(name, '{"item": "tea", "count": "many"}', UNIQUE)),
            api.answer(False, Says(name, '{"item": "tea", "count": 2}', "call_R7tYqq0Lk3")),
        ]
        calls = api.ask(agent, "whole", HELLO, tools=tools)
    assert calls == [("f.order", '{"item": "tea", "count": 2}')]
    _, first, second = (seen.json for seen in server.asked)
    key = "messages" if api is CHAT else "input"
    assert second[key][: len(first[key])] == first[key]
    turn, told = second[key][len(first[key]) :]
    assert name in json.dumps(turn)
    complaint = told["content"] if api is CHAT else told["output"]
    assert (told.get("tool_call_id") or told.get("call_id")) == UNIQUE
    assert name in complaint
    assert "/count" in complaint
    assert "f.order" not in complaint
    assert {k: v for k, v in first.items() if k != key} == {
        k: v for k, v in second.items() if k != key
    }
    use = tools_use(bench)
    assert (use.retries, [call.outcome for call in use.calls]) == (1, ["clean"])
    assert bench.exchanges[-1].attempts == 2


CUT_OFF = ("order (not run: its arguments were cut off)", "{}")


@apis
def test_a_truncated_call_is_never_mended_into_one_that_runs(
    api: Api, server: Loopback, bench: Bench
) -> None:
    cut = Says("order", '{"item": "tea", "count": 12', UNIQUE)
    reason: Any = {"reason": "length"} if api is CHAT else {"status": "incomplete"}
    server.say(api.answer(False, cut, **reason), api.answer(False, cut, **reason))
    with openai_driven("sync", server, bench) as agent:
        calls = api.ask(agent, "whole", HELLO, tools=[api.tool("order", ORDER)])
    assert calls == [CUT_OFF]
    assert len(server.asked) == 2
    use = tools_use(bench)
    assert [(call.outcome, call.worst) for call in use.calls] == [("refused", "truncated")]
    assert use.retries == 1


@apis
def test_a_streamed_call_that_was_cut_off_leaves_under_a_name_that_no_tool_has(
    api: Api, server: Loopback, bench: Bench
) -> None:
    cut = Says("order", '{"item": "tea", "count": 12', UNIQUE)
    reason: Any = {"reason": "length"} if api is CHAT else {"status": "incomplete"}
    server.say(api.answer(True, cut, **reason))
    with openai_driven("sync", server, bench) as agent:
        calls = api.ask(agent, "streamed", HELLO, tools=[api.tool("order", ORDER)])
    assert calls == [CUT_OFF]
    assert len(server.asked) == 1
    assert [(call.outcome, call.worst) for call in tools_use(bench).calls] == [
        ("refused", "truncated")
    ]


def test_without_retries_the_first_reply_is_the_clients(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"retries": 0}))
    wrong = Says("order", '{"count": 2}', UNIQUE)
    server.say(whole(chat_said(wrong)))
    with openai_driven("sync", server, bench) as agent:
        (call,) = chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER)]})
    assert (call.name, call.arguments) == ("order", wrong.arguments)
    assert [one.outcome for one in tools_use(bench).calls] == ["refused"]
    assert tools_use(bench).retries == 0


def test_as_many_rounds_are_made_as_the_settings_say(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"retries": 3}))
    wrong = [Says("order", f'{{"count": {n}}}', f"{UNIQUE}{n}") for n in range(3)]
    right = Says("order", '{"item": "tea"}', f"{UNIQUE}9")
    server.say(*(whole(chat_said(one)) for one in (*wrong, right)))
    with openai_driven("sync", server, bench) as agent:
        (call,) = chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER)]})
    assert call.arguments == right.arguments
    lengths = [len(seen.json["messages"]) for seen in server.asked]
    assert lengths == [1, 3, 5, 7]
    assert tools_use(bench).retries == 3


@pytest.mark.parametrize(
    "failure",
    [whole({"error": {"message": "slow down"}}, 429), Answer((b"x",), chunked=True, cut=True)],
    ids=["refused", "broken off"],
)
def test_where_the_second_request_fails_the_first_reply_is_the_clients(
    failure: Answer, server: Loopback, bench: Bench
) -> None:
    wrong = Says("order", '{"count": 2}', UNIQUE)
    server.say(whole(chat_said(wrong)), failure)
    with openai_driven("sync", server, bench) as agent:
        (call,) = chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER)]})
    assert (call.name, call.arguments) == ("order", wrong.arguments)
    assert len(server.asked) == 2
    assert [one.outcome for one in tools_use(bench).calls] == ["refused"]
    assert bench.exchanges[-1].status == 200


def test_of_several_calls_the_good_ones_wait_for_the_one_that_was_wrong(
    server: Loopback, bench: Bench
) -> None:
    good = Says("order", '{"item": "tea"}', f"{UNIQUE}1")
    wrong = Says("order", '{"count": 2}', f"{UNIQUE}2")
    mended = Says("order", '{"item": "milk", "count": 2}', f"{UNIQUE}3")
    server.say(whole(chat_said(good, wrong)), whole(chat_said(good, mended)))
    with openai_driven("sync", server, bench) as agent:
        calls = chat_calls(agent, "whole", HELLO, {"tools": [chat_tool("order", ORDER)]})
    assert [call.arguments for call in calls] == [good.arguments, mended.arguments]
    turn, first, second = server.asked[1].json["messages"][1:]
    assert turn["tool_calls"] == chat_message(good, wrong)["tool_calls"]
    assert (first["tool_call_id"], second["tool_call_id"]) == (good.id, wrong.id)
    assert first["content"].startswith("Not run, because another call")
    assert "item" in second["content"]


def test_what_the_server_keeps_in_a_conversation_is_not_said_again(
    server: Loopback, bench: Bench
) -> None:
    """The reply stands there already, so a second request would say it twice."""
    wrong = Says("order", '{"count": 2}', UNIQUE)
    server.say(whole({**responses_said(wrong), "conversation": {"id": "conv_1"}}))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        more = {"tools": [responses_tool("order", ORDER)], "conversation": "conv_1"}
        answer = responses_object(agent, "whole", HELLO, {**more, "store": True})
    assert [item.arguments for item in answer.output] == [wrong.arguments]
    assert len(server.asked) == 1
    assert [one.outcome for one in tools_use(bench).calls] == ["refused"]


def test_a_response_that_goes_on_from_an_earlier_one_is_asked_for_once_more(
    server: Loopback, bench: Bench
) -> None:
    wrong, right = Says("order", '{"count": 2}', UNIQUE), Says("order", '{"item": "tea"}')
    server.say(whole(responses_said(wrong)), whole(responses_said(right)))
    result = {"type": "function_call_output", "call_id": "call_before", "output": "done"}
    with openai_driven("sync", server, bench, OPENAI) as agent:
        more = {"tools": [responses_tool("order", ORDER)], "previous_response_id": "resp_0"}
        answer = responses_object(agent, "whole", [result], more)
    assert [item.arguments for item in answer.output] == [right.arguments]
    first, second = (seen.json for seen in server.asked)
    assert second["previous_response_id"] == "resp_0"
    kinds = [item["type"] for item in second["input"]]
    assert kinds == ["function_call_output", "function_call", "function_call_output"]
    assert second["input"][0] == first["input"][0] == result


def test_of_several_choices_none_is_asked_for_again(server: Loopback, bench: Bench) -> None:
    said = chat_said(Says("order", '{"item": "tea"}', UNIQUE))
    other = chat_said(Says("order", '{"count": "many"}', f"{UNIQUE}2"))["choices"][0]
    said["choices"].append({**other, "index": 1})
    server.say(whole(said))
    with openai_driven("sync", server, bench) as agent:
        create = agent.client.chat.completions.create
        tools = [chat_tool("order", ORDER)]
        answer = create(model="m", messages=HELLO, n=2, tools=tools)
    given = [choice.message.tool_calls[0].function.arguments for choice in answer.choices]
    assert given == ['{"item": "tea"}', '{"count": "many"}']
    assert [one.outcome for one in tools_use(bench).calls] == ["clean", "refused"]


@streamings
def test_missing_and_repeated_ids_are_made_good(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    calls = [Says("weather", id=""), Says("weather", id=UNIQUE), Says("weather", id=UNIQUE)]
    server.say(chat_answer(streamed, *calls), chat_answer(False, text="Good."))
    with openai_driven("sync", server, bench) as agent:
        more = {"tools": [chat_tool("weather")]}
        choice = chat_whole(agent, "streamed" if streamed else "whole", HELLO, more)
        found = [call.id for call in choice.message.tool_calls]
        said = [Says("weather", id=one) for one in found]
        results = [{"role": "tool", "tool_call_id": one, "content": "15"} for one in found]
        chat_whole(agent, "whole", [*HELLO, chat_message(*said), *results], more)
    assert len(set(found)) == 3
    assert "" not in found
    messages = server.asked[1].json["messages"]
    sent = [call["id"] for call in messages[1]["tool_calls"]]
    assert sent == [message["tool_call_id"] for message in messages[2:]]
    assert len(set(sent)) == 3


def test_arguments_of_the_history_that_are_no_json_become_json(
    server: Loopback, bench: Bench
) -> None:
    """A broken call that was once let through must not break every later request."""
    broken = ['{"item": "tea",}', '{"item": "te', "what?"]
    calls = [Says("order", text, f"{UNIQUE}{n}") for n, text in enumerate(broken)]
    server.say(whole(chat_said(text="Good.")))
    with openai_driven("sync", server, bench) as agent:
        more = {"tools": [chat_tool("order", ORDER)]}
        chat_calls(agent, "whole", [*HELLO, chat_message(*calls)], more)
    sent = server.asked[0].json["messages"][1]["tool_calls"]
    read = [json.loads(call["function"]["arguments"]) for call in sent]
    assert read[0] == {"item": "tea"}
    assert read[1] == {"item": "te"}
    assert read[2] == {"not_json": "what?"}


# ------------------------------------------------------------------ calls written as text


@colours
@ways
def test_a_call_in_the_text_becomes_a_call(
    colour: str, way: str, server: Loopback, bench: Bench
) -> None:
    text = 'Let me look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n'
    text += "</tool_call>"
    server.say(chat_answer(way != "whole", text=text))
    with openai_driven(colour, server, bench) as agent:
        more = {"tools": [chat_tool("weather")], "model": "qwen3-32b"}
        choice = chat_whole(agent, way, HELLO, more)
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content.strip() == "Let me look."
    (call,) = choice.message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "weather",
        {"city": "Oslo"},
    )
    assert call.id
    (made,) = tools_use(bench).calls
    assert (made.tool, made.outcome, made.from_text) == ("weather", "mended", True)


@ways
def test_a_call_in_the_text_of_a_response_becomes_an_item(
    way: str, server: Loopback, bench: Bench
) -> None:
    text = 'Let me look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n'
    text += "</tool_call>"
    server.say(responses_answer(way != "whole", text=text))
    with openai_driven("sync", server, bench) as agent:
        more = {"tools": [responses_tool("weather")], "model": "qwen3-32b"}
        answer = responses_object(agent, way, HELLO, more)
    message, call = answer.output
    assert message.content[0].text.strip() == "Let me look."
    assert (call.type, call.name, json.loads(call.arguments)) == (
        "function_call",
        "weather",
        {"city": "Oslo"},
    )
    assert call.call_id


@streamings
def test_text_calls_can_be_left_alone(streamed: bool, server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"text_calls": False}))
    text = '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
    server.say(chat_answer(streamed, text=text))
    with openai_driven("sync", server, bench) as agent:
        more = {"tools": [chat_tool("weather")], "model": "qwen3-32b"}
        choice = chat_whole(agent, "streamed" if streamed else "whole", HELLO, more)
    assert (choice.message.content, choice.message.tool_calls or []) == (text, [])
    assert choice.finish_reason == "stop"


def test_a_call_in_the_text_that_must_not_run_is_answered_by_a_message(
    server: Loopback, bench: Bench
) -> None:
    text = '<tool_call>\n{"name": "order", "arguments": {"count": 2}}\n</tool_call>'
    server.say(whole(chat_said(text=text)), whole(chat_said(Says("order", '{"item": "tea"}'))))
    with openai_driven("sync", server, bench) as agent:
        more = {"tools": [chat_tool("order", ORDER)], "model": "qwen3-32b"}
        (call,) = chat_calls(agent, "whole", HELLO, more)
    assert call.arguments == '{"item": "tea"}'
    turn, told = server.asked[1].json["messages"][1:]
    assert (turn["role"], turn["content"]) == ("assistant", text)
    assert told["role"] == "user"
    assert "item" in told["content"]


# ------------------------------------------------------------------ answers by a schema


class Parcel(pydantic.BaseModel):
    """What an answer is asked to look like."""

    item: str
    note: str | None = None
    labels: dict[str, str] = {}


ANSWER = {"item": "tea", "note": None, "labels": [{"key": "a", "value": "b"}]}


def _asked_for(strict: bool) -> Any:
    schema = Parcel.model_json_schema()
    return {
        "type": "json_schema",
        "json_schema": {"name": "parcel", "schema": schema, "strict": strict},
    }


@colours
@streamings
def test_an_answer_comes_back_in_the_shape_that_was_asked_for(
    colour: str, streamed: bool, server: Loopback, bench: Bench
) -> None:
    server.say(chat_answer(streamed, text=json.dumps(ANSWER)))
    with openai_driven(colour, server, bench, OPENAI) as agent:
        way = "streamed" if streamed else "whole"
        choice = chat_whole(agent, way, HELLO, {"response_format": _asked_for(True)})
    parcel = Parcel.model_validate_json(choice.message.content)
    assert parcel == Parcel(item="tea", labels={"a": "b"})
    sent = server.asked[0].json["response_format"]["json_schema"]
    assert sent["strict"] is True
    schema = sent["schema"]
    assert (schema["additionalProperties"], sorted(schema["required"])) == (
        False,
        ["item", "labels", "note"],
    )
    assert "default" not in json.dumps(schema["properties"])


@streamings
def test_an_answer_of_responses_comes_back_in_the_shape_that_was_asked_for(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    server.say(responses_answer(streamed, text=json.dumps(ANSWER)))
    wanted = {"format": {"name": "parcel", "type": "json_schema", "strict": True}}
    wanted["format"]["schema"] = Parcel.model_json_schema()
    with openai_driven("sync", server, bench, OPENAI) as agent:
        way = "streamed" if streamed else "whole"
        answer = responses_object(agent, way, HELLO, {"text": wanted})
    parcel = Parcel.model_validate_json(answer.output_text)
    assert parcel == Parcel(item="tea", labels={"a": "b"})


def test_an_answer_that_is_no_json_stays_as_it_is(server: Loopback, bench: Bench) -> None:
    server.say(whole(chat_said(text="I would rather not.")))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        choice = chat_whole(agent, "whole", HELLO, {"response_format": _asked_for(True)})
    assert choice.message.content == "I would rather not."


def test_the_parse_helper_of_the_client_works_as_before(server: Loopback, bench: Bench) -> None:
    class Plain(pydantic.BaseModel):
        item: str
        note: str | None

    server.say(whole(chat_said(text='{"item": "tea", "note": null}')))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        parse = agent.client.chat.completions.parse
        answer = parse(model="m", messages=HELLO, response_format=Plain)
    assert answer.choices[0].message.parsed == Plain(item="tea", note=None)
    sent = server.asked[0].json["response_format"]["json_schema"]["schema"]
    assert sent["required"] == ["item", "note"]


# ------------------------------------------------------------------ streams are not delayed


def test_text_of_a_stream_leaves_at_once_where_no_call_can_stand_in_it(
    server: Loopback, bench: Bench
) -> None:
    import threading

    go = threading.Event()
    stream = chat_stream(text="Hello there, dear.", size=6)
    server.say(Answer((*stream[:2], go, *stream[2:]), headers=_SSE, chunked=True))
    with openai_driven("sync", server, bench) as agent:
        create = agent.client.chat.completions.create
        tools = [chat_tool("weather")]
        chunks = create(model="qwen3-32b", messages=HELLO, tools=tools, stream=True)
        first, second = next(chunks), next(chunks)
        assert (first.choices[0].delta.role, second.choices[0].delta.content) == (
            "assistant",
            "Hello ",
        )
        go.set()
        rest = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert rest == "there, dear."


_SSE = (("content-type", "text/event-stream"),)


def test_arguments_may_leave_as_they_come_where_nothing_is_translated(server: Loopback) -> None:
    bench = Bench(settings=Settings.load(tools={"stream_arguments": True}))
    server.say(events(chat_stream(Says("files_read_qri24mnh", id=UNIQUE), size=5)))
    with openai_driven("sync", server, bench, OPENAI) as agent:
        create = agent.client.chat.completions.create
        tools = [chat_tool("files.read")]
        chunks = list(create(model="m", messages=HELLO, tools=tools, stream=True))
    entries = [e for c in chunks if c.choices for e in c.choices[0].delta.tool_calls or ()]
    assert len(entries) == 1 + 4
    assert entries[0].function.name == "files.read"
    assert "".join(e.function.arguments for e in entries) == '{"city": "Oslo"}'


# ------------------------------------------------------------------ nothing to do


@apis
@streamings
def test_a_request_with_nothing_to_change_is_the_same_as_without_sealegs(
    api: Api, streamed: bool, server: Loopback, bench: Bench
) -> None:
    hosted = {"type": "web_search"} if api is RESPONSES else chat_tool("weather", CITY)
    tools = [api.tool("order", ORDER, strict=False), hosted]
    bodies, replies = [], []
    for one in (None, bench):
        server.say(api.answer(streamed, Says("order", '{"item":"tea"}', UNIQUE)))
        with openai_driven("sync", server, one, OPENAI) as agent:
            way = "streamed" if streamed else "whole"
            replies.append(api.ask(agent, way, HELLO, tools=tools))
        bodies.append(server.asked[-1].body)
    assert bodies[0] == bodies[1]
    assert replies[0] == replies[1]
    assert tools_use(bench).rewritten == 0
