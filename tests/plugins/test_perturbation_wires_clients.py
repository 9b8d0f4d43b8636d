"""Perturbations through real clients: the model has its names, the framework its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from calling import (
    ORDER,
    Says,
    anthropic_answer,
    anthropic_tool,
    chat_answer,
    chat_message,
    chat_stream,
    chat_tool,
    responses_answer,
    responses_item,
    responses_tool,
)
from clients import Driven, anthropic_driven, openai_driven
from disturbing import STAGING, Conversing, Retooling, Spoiling, delivered, shouting, trial
from loopback import Answer, Loopback, chat, events, loopback, whole
from sealegs.perturbation.edits import AddedTool, SaidTurn, ToolChange, ToolsEdit, TurnsEdit
from web import Bench

colours = pytest.mark.parametrize("colour", ["sync", "async"])
streamings = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])

SAID: Any = {
    "type": "object",
    "properties": {
        "item": {"type": "string"},
        "arg_2": {"type": "integer", "minimum": 1},
        "note": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "token": {"type": "string"},
    },
    "required": ["item", "token"],
    "additionalProperties": False,
}
CHANGES = {
    "place_order": ToolChange(
        name="ordr", parameters=SAID, arguments={"arg_2": "count"}, dropped=("token",)
    ),
    "get_weather": ToolChange(name="gt_wether"),
}
OWN, MODEL = '{"item": "tea", "count": 2}', '{"item": "tea", "arg_2": 2, "token": "x"}'
PROMPT = "First get_weather, then place_order (with its get_weather)."
TOLD = "First gt_wether, then ordr (with its gt_wether)."


def renames() -> Retooling:
    def edit(tools: Any) -> ToolsEdit:
        names = {tool.name for tool in tools}
        return ToolsEdit({own: one for own, one in CHANGES.items() if own in names})

    return Retooling("renames", edit=edit)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def bench() -> Bench:
    return Bench(settings=STAGING)


# ------------------------------------------------------------------ three formats, asked alike


@dataclass(frozen=True)
class Api:
    """One format: how it is asked, and how its parts are spelled."""

    name: str
    driven: Callable[..., Driven]
    tool: Callable[..., Any]
    answer: Callable[..., Answer]
    history: Callable[[str, str], list[Any]]
    ask: Callable[[Driven, bool, list[Any], dict[str, Any]], tuple[str, list[tuple[str, Any]]]]
    choice: Callable[[str], Any]
    prompt: Callable[[str], dict[str, Any]]


def _chat_history(name: str, arguments: str) -> list[Any]:
    call = Says(name, arguments, "call_Zb2kQ7LmWx4")
    return [
        chat_message(call),
        {"role": "tool", "tool_call_id": "call_Zb2kQ7LmWx4", "content": "done"},
    ]


def _chat_ask(
    agent: Driven, streamed: bool, messages: list[Any], more: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    given = {"model": "m", "messages": messages, **more}
    if streamed:
        _, last = agent.helper(
            agent.client.chat.completions.stream(**given), "get_final_completion"
        )
        message = last.choices[0].message
    else:
        message = agent.do(agent.client.chat.completions.create, **given).choices[0].message
    calls = message.tool_calls or ()
    found = [(call.function.name, json.loads(call.function.arguments)) for call in calls]
    return message.content or "", found


def _responses_history(name: str, arguments: str) -> list[Any]:
    call = responses_item(Says(name, arguments, "call_Zb2kQ7LmWx4"))
    return [call, {"type": "function_call_output", "call_id": "call_Zb2kQ7LmWx4", "output": "done"}]


def _responses_ask(
    agent: Driven, streamed: bool, messages: list[Any], more: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    given = {"model": "m", "input": messages, **more}
    if streamed:
        _, last = agent.helper(agent.client.responses.stream(**given), "get_final_response")
    else:
        last = agent.do(agent.client.responses.create, **given)
    calls = [item for item in last.output if item.type == "function_call"]
    return last.output_text, [(call.name, json.loads(call.arguments)) for call in calls]


def _anthropic_history(name: str, arguments: str) -> list[Any]:
    used = {
        "type": "tool_use",
        "id": "call_Zb2kQ7LmWx4",
        "name": name,
        "input": json.loads(arguments),
    }
    result = {"type": "tool_result", "tool_use_id": "call_Zb2kQ7LmWx4", "content": "done"}
    return [{"role": "assistant", "content": [used]}, {"role": "user", "content": [result]}]


def _anthropic_ask(
    agent: Driven, streamed: bool, messages: list[Any], more: dict[str, Any]
) -> tuple[str, list[tuple[str, Any]]]:
    given = {"model": "claude-model", "max_tokens": 99, "messages": messages, **more}
    if streamed:
        _, last = agent.helper(agent.client.messages.stream(**given), "get_final_message")
    else:
        last = agent.do(agent.client.messages.create, **given)
    text = "".join(block.text for block in last.content if block.type == "text")
    calls = [block for block in last.content if block.type == "tool_use"]
    return text, [(call.name, call.input) for call in calls]


APIS = (
    Api(
        "chat",
        openai_driven,
        chat_tool,
        chat_answer,
        _chat_history,
        _chat_ask,
        lambda name: {"type": "function", "function": {"name": name}},
        lambda text: {},
    ),
    Api(
        "responses",
        openai_driven,
        responses_tool,
        responses_answer,
        _responses_history,
        _responses_ask,
        lambda name: {"type": "function", "name": name},
        lambda text: {"instructions": text},
    ),
    Api(
        "anthropic",
        anthropic_driven,
        anthropic_tool,
        anthropic_answer,
        _anthropic_history,
        _anthropic_ask,
        lambda name: {"type": "tool", "name": name},
        lambda text: {"system": text},
    ),
)
apis = pytest.mark.parametrize("api", APIS, ids=lambda api: api.name)


def turns(request: Any) -> Any:
    return request.get("messages") or request.get("input")


@apis
@colours
@streamings
def test_every_rename_holds_everywhere_and_the_framework_sees_its_own_names(
    api: Api, colour: str, streamed: bool, server: Loopback, bench: Bench
) -> None:
    """The whole request, and the whole reply."""
    server.say(
        api.answer(
            streamed,
            Says("ordr", MODEL, "call_1"),
            Says("gt_wether", '{"city": "Oslo"}', "call_2"),
            text="I call gt_wether, then ordr().",
        )
    )
    messages = [{"role": "user", "content": PROMPT}, *api.history("place_order", OWN)]
    messages.append({"role": "user", "content": "place_order, again"})
    tools = [api.tool("place_order", ORDER), api.tool("get_weather")]
    more = {"tools": tools, "tool_choice": api.choice("get_weather"), **api.prompt(PROMPT)}
    with trial(renames()) as running, api.driven(colour, server, bench) as agent:
        text, calls = api.ask(agent, streamed, messages, more)
    assert text == "I call get_weather, then place_order()."
    assert calls == [("place_order", json.loads(OWN)), ("get_weather", {"city": "Oslo"})]
    # what a model would be told by a framework that has these names
    plain = Bench(settings=STAGING)
    said = [{"role": "user", "content": TOLD}, *api.history("ordr", OWN.replace("count", "arg_2"))]
    said.append({"role": "user", "content": "ordr, again"})
    told = [
        api.tool("ordr", SAID, description="The tool ordr."),
        api.tool("gt_wether", description="The tool gt_wether."),
    ]
    server.say(api.answer(streamed, text="x"))
    with api.driven(colour, server, plain) as agent:
        more = {"tools": told, "tool_choice": api.choice("gt_wether"), **api.prompt(TOLD)}
        api.ask(agent, streamed, said, more)
    assert server.asked[0].json == server.asked[1].json
    assert delivered(running) == {"renames": [True]}
    assert bench.exchanges[0].failures == ()


@apis
@streamings
def test_the_next_request_says_again_what_the_model_had_said(
    api: Api, streamed: bool, server: Loopback, bench: Bench
) -> None:
    """An argument that was taken off, too: the model finds its own call in the history."""
    server.say(
        api.answer(streamed, Says("ordr", MODEL, "call_Zb2kQ7LmWx4")),
        api.answer(streamed, text="x"),
    )
    tools = [api.tool("place_order", ORDER)]
    messages: list[Any] = [{"role": "user", "content": "tea"}]
    with trial(renames()), api.driven("sync", server, bench) as agent:
        api.ask(agent, streamed, messages, {"tools": tools})
        messages += api.history("place_order", OWN)
        api.ask(agent, streamed, messages, {"tools": tools})
    first, second = (turns(asked.json) for asked in server.asked)
    want = api.history("ordr", MODEL)
    assert second == [*first, *want]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 64])
def test_a_stream_cut_anywhere_gives_the_same_reply(
    size: int, server: Loopback, bench: Bench
) -> None:
    text = "gt_wether? `ordr`! gt_wether_2, gt_wether"
    said = chat_stream(Says("ordr", MODEL), text=text, size=size)
    server.say(events([b"".join(said)]).in_pieces(7 * size))
    more = {"tools": [chat_tool("place_order", ORDER), chat_tool("get_weather")]}
    with trial(renames()), openai_driven("sync", server, bench) as agent:
        found = _chat_ask(agent, True, [{"role": "user", "content": "x"}], more)
    assert found == (
        "get_weather? `place_order`! gt_wether_2, get_weather",
        [("place_order", json.loads(OWN))],
    )


def test_text_leaves_in_the_step_in_which_it_came_unless_a_name_may_begin_in_it(
    server: Loopback, bench: Bench
) -> None:
    words = ["Let ", "me ", "g", "et ", "gt_we", "ther, ", "now"]
    said = chat_stream(text="", size=1)
    begin, *rest = said
    pieces = [
        begin,
        *(event for word in words for event in chat_stream(text=word, size=99)[1:2]),
        *rest,
    ]
    server.say(events(pieces))
    with trial(renames()), openai_driven("sync", server, bench) as agent:
        stream = agent.do(
            agent.client.chat.completions.create,
            model="m",
            messages=[{"role": "user", "content": "x"}],
            tools=[chat_tool("get_weather")],
            stream=True,
        )
        seen = [chunk.choices[0].delta.content for chunk in agent.items(stream)]
    assert [piece for piece in seen if piece] == ["Let ", "me ", "get ", "get_weather, ", "now"]


@apis
@colours
def test_a_tool_that_is_not_there_is_answered_in_its_place(
    api: Api, colour: str, server: Loopback, bench: Bench
) -> None:
    decoy = AddedTool("get_tides", "Tells tides.", {"type": "object"}, answer="None today.")
    operator = Retooling("decoy", edit=lambda tools: ToolsEdit(added=(decoy,)))
    server.say(
        api.answer(False, Says("get_tides", "{}", "call_Zb2kQ7LmWx4")),
        api.answer(False, Says("get_weather")),
        api.answer(False, text="Mild."),
    )
    tools = [api.tool("get_weather")]
    messages: list[Any] = [{"role": "user", "content": "x"}]
    with trial(operator) as running, api.driven(colour, server, bench) as agent:
        assert api.ask(agent, False, messages, {"tools": tools}) == (
            "",
            [("get_weather", {"city": "Oslo"})],
        )
        messages += api.history("get_weather", '{"city": "Oslo"}')
        assert api.ask(agent, False, messages, {"tools": tools}) == ("Mild.", [])
    _, second, third = (turns(asked.json) for asked in server.asked)
    assert third[: len(second)] == second
    assert "None today." in json.dumps(second[-1])
    assert "is_error" not in json.dumps(second) or second[-1]["content"][0]["is_error"] is False
    assert [exchange.attempts for exchange in bench.exchanges] == [2, 1]
    assert running.record().requests == 2
    assert bench.exchanges[0].perturbation is not None
    assert bench.exchanges[0].perturbation.answered == 1


# ------------------------------------------------------------------ with the other layers


@streamings
def test_reasoning_of_turns_that_stay_is_restored_where_others_are_lost(
    streamed: bool, server: Loopback, bench: Bench
) -> None:
    """Retention sees the framework's turns, whatever was dropped, renamed and disturbed."""

    def forget(seen: Sequence[SaidTurn]) -> TurnsEdit:
        return TurnsEdit(tuple(turn.digest for turn in seen if turn.text == "forget this"))

    def said(text: str, thought: str, call: str = "") -> Answer:
        if not streamed:
            return whole(chat(text, reasoning=thought, call=call))
        from loopback import chat_events

        return events(chat_events(text, reasoning=thought, call=call))

    server.say(said("Well.", "one", "gt_wether"), said("Yes.", "two"), said("Fine.", "three"))
    tools = [chat_tool("get_weather")]
    messages: list[Any] = [{"role": "user", "content": "hello"}]
    spoil = Spoiling("spoil", edit=lambda call, value: (f"{value}!",))
    operators = (renames(), spoil, shouting("user_prompt"), Conversing("forget", edit=forget))
    with trial(*operators), openai_driven("sync", server, bench) as agent:
        for more in ([{"role": "user", "content": "forget this"}], []):
            message = _message(agent, streamed, messages, tools)
            messages.append(message)
            calls = message.get("tool_calls") or ()
            messages += [_result(call) for call in calls]
            messages += more
        messages.append({"role": "user", "content": "go on"})
        _message(agent, streamed, messages, tools)
    last = server.asked[2].json["messages"]
    assert [turn["role"] for turn in last] == ["user", "assistant", "tool", "assistant", "user"]
    assert [turn.get("reasoning_content") for turn in last] == [None, "one", None, "two", None]
    assert last[1]["tool_calls"][0]["function"]["name"] == "gt_wether"
    assert [last[n]["content"] for n in (0, 2, 4)] == ["HELLO", "15 C!", "GO ON"]
    kept = bench.exchanges[2].retention
    assert kept is not None
    assert kept.outcomes == ("restored", "restored")


def _message(agent: Driven, streamed: bool, messages: list[Any], tools: list[Any]) -> Any:
    given: dict[str, Any] = {"model": "m", "messages": messages, "tools": tools}
    if streamed:
        _, last = agent.helper(
            agent.client.chat.completions.stream(**given), "get_final_completion"
        )
    else:
        last = agent.do(agent.client.chat.completions.create, **given)
    kept = last.choices[0].message.model_dump(exclude_none=True)
    return {key: kept[key] for key in ("role", "content", "tool_calls") if kept.get(key)}


def _result(call: Any) -> Any:
    return {"role": "tool", "tool_call_id": call["id"], "content": "15 C"}


def test_an_agent_of_a_framework_runs_its_tool_under_a_name_that_it_does_not_know(
    server: Loopback, bench: Bench
) -> None:
    from langchain.agents import create_agent
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    from sealegs_adapters import openai_client

    ran: list[str] = []

    def get_weather(city: str) -> str:
        """Tell the weather; get_weather knows all cities."""
        ran.append(city)
        return "mild"

    server.say(
        chat_answer(False, Says("gt_wether", '{"city": "Oslo"}', "call_1"), text="gt_wether:"),
        chat_answer(False, text="It is mild."),
    )
    key = SecretStr("sk-x")
    model = ChatOpenAI(model="m", base_url=server.url + "/v1", api_key=key, max_retries=0)
    openai_client.enable(model.root_client, pipeline=bench.pipeline)
    with trial(renames()) as running:
        agent: Any = create_agent(model, [get_weather], system_prompt="Use get_weather.")
        state = agent.invoke({"messages": [{"role": "user", "content": "Is it warm?"}]})
    assert ran == ["Oslo"]
    assert [message.content for message in state["messages"]] == [
        "Is it warm?",
        "get_weather:",
        "mild",
        "It is mild.",
    ]
    first, second = (asked.json["messages"] for asked in server.asked)
    assert first[0]["content"] == "Use gt_wether."
    assert second[: len(first)] == first
    assert second[len(first)]["content"] == "gt_wether:"
    assert second[len(first)]["tool_calls"][0]["function"]["name"] == "gt_wether"
    described = server.asked[0].json["tools"][0]["function"]["description"]
    assert described == "Tell the weather; gt_wether knows all cities."
    assert delivered(running) == {"renames": [True]}
