"""LangGraph's and LangChain's tools, disturbed where they run: real agents, real graphs."""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, InjectedToolCallId, StructuredTool, tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, ToolNode, tools_condition
from langgraph.types import Command

import chat_models
import sealegs
from chat_models import Bench, bench, look, said, thread
from loopback import Answer, Asked, chat, loopback, whole
from sealegs import Pipeline
from sealegs.perturbation.edits import Failed, Pretended, Said, Slowed
from sealegs.perturbation.operators import CallOperator, FaultOperator, Site
from sealegs.perturbation.tools.arguments import place
from sealegs.perturbation.tools.values import read_text
from sealegs.perturbation.trials.coverage import Coverage
from sealegs.perturbation.trials.plans import Plan
from sealegs_adapters._holders import holds
from sealegs_adapters._tool_calls import TappedTools
from sealegs_adapters.langgraph import _PATHS, SealegsMiddleware, enable, tool_node
from sealegs_plugins.perturbations import tool_response
from toolruns import (
    FAILED,
    LOST,
    PRETENDED,
    SLOWED,
    Ending,
    Saying,
    became,
    receipts,
    sheet,
    trial,
)

__all__ = ["bench"]

PIPELINE = Pipeline.load(store="memory:")
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke"])
CHAT, RESPONSES, ANTHROPIC = (
    next(case for case in chat_models.CASES if case.name == name)
    for name in ("ChatOpenAI", "ChatOpenAI, Responses", "ChatAnthropic")
)


def answer(bench: Bench, way: str, runnable: Any, given: Any, config: Any) -> Any:
    """Invoke something in this context; the bench's runner has one of its own."""
    if way == "invoke":
        return runnable.invoke(given, config)
    context = contextvars.copy_context()
    return bench._runner.run(runnable.ainvoke(given, config), context=context)


def shout(text: Any) -> Any:
    return text.upper()


def agents(bench: Bench, server: Any, *, handles: Any = True) -> dict[str, Any]:
    """The same agent, of ``create_agent`` and by hand."""
    pipeline = Pipeline.load(store="memory:")
    model = bench.model(CHAT, server)
    by_hand = enable(bench.model(CHAT, server), pipeline=pipeline)
    bound = by_hand.bind_tools([look])

    def call(state: MessagesState) -> Any:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", call)
    graph.add_node("tools", tool_node([look], handle_tool_errors=handles))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    middleware = [*([Handles()] if handles else []), SealegsMiddleware(pipeline=pipeline)]
    return {
        "create_agent": create_agent(model, [look], middleware=middleware),
        "by hand": graph.compile(),
    }


class Handles(AgentMiddleware[Any, Any, Any]):
    """What an author does who wants the model to see errors."""

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(request)
        except Exception as error:
            return self._told(request, error)

    async def awrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return await handler(request)
        except Exception as error:
            return self._told(request, error)

    def _told(self, request: Any, error: Exception) -> Any:
        return ToolMessage(repr(error), tool_call_id=request.tool_call["id"], status="error")


def results(server: Any) -> list[str]:
    """The results in the newest request that the model server took."""
    return [one["content"] for one in server.requests[-1]["messages"] if one["role"] == "tool"]


AGENTS = pytest.mark.parametrize("kind", ["create_agent", "by hand"])
SYNC = pytest.mark.parametrize(("kind", "way"), [
    ("create_agent", "invoke"), ("create_agent", "ainvoke"), ("by hand", "invoke"),
])  # fmt: skip


# ------------------------------------------------------------------ in whole agents


@SYNC
def test_without_a_trial_an_agent_gets_its_tools_result(bench: Bench, kind: str, way: str) -> None:
    server = bench.serve(CHAT.dialect)
    answer(bench, way, agents(bench, server)[kind], said("How is it?"), thread("1"))
    assert results(server) == ["sunny in Rome"]


@SYNC
def test_a_disturbed_result_is_what_the_model_server_takes(
    bench: Bench, kind: str, way: str
) -> None:
    server = bench.serve(CHAT.dialect)
    agent = agents(bench, server)[kind]
    with trial(Saying(shout)) as running:
        answer(bench, way, agent, said("How is it?"), thread("1"))
    assert results(server) == ["SUNNY IN ROME"]
    (receipt,) = receipts(running)
    assert (receipt.delivered, receipt.seen) == (True, True)
    assert receipt.injection.site == Site("tool_response", place("look", {"city": "Rome"}))
    assert (receipt.injection.site.turn, receipt.injection.site.tool) == (1, "look")


@SYNC
def test_a_result_that_both_taps_see_is_disturbed_once(bench: Bench, kind: str, way: str) -> None:
    server = bench.serve(CHAT.dialect)
    agent = agents(bench, server)[kind]
    with trial(Saying(lambda text: text + "!")) as running:
        answer(bench, way, agent, said("How is it?"), thread("1"))
    assert results(server) == ["sunny in Rome!"]
    assert len(receipts(running)) == 1


@SYNC
def test_an_injected_error_ends_an_agent_that_handles_none(
    bench: Bench, kind: str, way: str
) -> None:
    server = bench.serve(CHAT.dialect)
    agent = agents(bench, server, handles=False)[kind]
    with trial(Ending(FAILED)) as running, pytest.raises(TimeoutError, match="no answer within 30"):
        answer(bench, way, agent, said("How is it?"), thread("1"))
    assert became(running) == [("ending", True, "raised TimeoutError")]
    assert [one.seen for one in receipts(running)] == [False]


@SYNC
def test_an_injected_error_that_is_handled_is_seen_by_the_model(
    bench: Bench, kind: str, way: str
) -> None:
    server = bench.serve(CHAT.dialect)
    agent = agents(bench, server)[kind]
    with trial(Ending(FAILED)) as running:
        answer(bench, way, agent, said("How is it?"), thread("1"))
    (told,) = results(server)
    assert "TimeoutError('no answer within 30 seconds')" in told
    assert [(one.delivered, one.seen) for one in receipts(running)] == [(True, True)]


@pytest.mark.parametrize("case", [CHAT, RESPONSES, ANTHROPIC], ids=lambda case: case.name)
@WAYS
def test_each_clients_model_sees_the_disturbed_result(bench: Bench, case: Any, way: str) -> None:
    server = bench.serve(case.dialect)
    agent = create_agent(bench.model(case, server), [look], middleware=[SealegsMiddleware()])
    with trial(Saying(shout)) as running:
        answer(bench, way, agent, said("How is it?"), thread("1"))
    assert "SUNNY IN ROME" in json.dumps(server.requests[-1])
    assert [(one.delivered, one.seen) for one in receipts(running)] == [(True, True)]


def test_in_a_trial_chat_anthropic_is_served_on_the_wire(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    model = bench.model(ANTHROPIC, server)
    agent = create_agent(model, [look], middleware=[SealegsMiddleware()])
    agent.invoke(said("How is it?"), thread("1"))
    assert not is_on_the_wire(model)
    with trial(Saying(shout)):
        agent.invoke(said("How is it?"), thread("2"))
    assert is_on_the_wire(model)


def is_on_the_wire(model: Any) -> bool:
    return holds(model, _PATHS, tapped=True)


# ------------------------------------------------------------------ single calls


def called(*calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    made = [
        {"name": name, "args": args, "id": f"call_{number}", "type": "tool_call"}
        for number, (name, args) in enumerate(calls)
    ]
    return {"messages": [HumanMessage("go"), AIMessage("", tool_calls=made)]}


def ran(bench: Bench, way: str, node: ToolNode, given: dict[str, Any]) -> list[Any]:
    """What a node of tools gives for some calls, in a graph."""
    graph = StateGraph(MessagesState)
    graph.add_node("tools", node)
    graph.add_edge(START, "tools")
    found = answer(bench, way, graph.compile(), given, {})
    return list(found["messages"][2:])


class Tap:
    """What a node calls, by hand."""

    def __init__(self) -> None:
        self.tap = TappedTools()
        self.requests: list[Any] = []

    def request(self) -> Any:
        from langgraph.prebuilt.tool_node import ToolCallRequest

        call: Any = {"name": "look", "args": {"city": "Rome"}, "id": "call_0", "type": "tool_call"}
        return ToolCallRequest(tool_call=call, tool=look, state={}, runtime=None)  # type: ignore[arg-type]


def test_without_a_trial_the_very_request_goes_on_and_the_very_result_comes_back(
    bench: Bench,
) -> None:
    by_hand, there = Tap(), ToolMessage("x", tool_call_id="call_0")
    request = by_hand.request()

    def handler(given: Any) -> Any:
        assert given is request
        return there

    async def ahandler(given: Any) -> Any:
        return handler(given)

    assert by_hand.tap.wrap_tool_call(request, handler) is there
    assert bench.run(by_hand.tap.awrap_tool_call(request, ahandler)) is there


@tool
def find(what: str) -> Any:
    """Find something."""
    return {"what": what, "count": 3}


@tool
def blocks(what: str) -> Any:
    """Give blocks."""
    picture = {"type": "image", "url": "http://127.0.0.1/x.png"}
    return [
        {"type": "text", "text": '{"a": '},
        picture,
        {"type": "text", "text": "1}"},
    ]


@tool
def picture(what: str) -> Any:
    """Give a picture."""
    return [{"type": "image", "url": "http://127.0.0.1/x.png"}]


@tool(response_format="content_and_artifact")
def artifact(what: str) -> Any:
    """Give something beside the text."""
    return f"about {what}", {"raw": [1, 2, 3]}


@tool
def moves(what: str, call_id: Annotated[str, InjectedToolCallId]) -> Any:
    """Give a command."""
    return Command(update={"messages": [ToolMessage("moved", tool_call_id=call_id)]})


@tool
def counts(what: str, state: Annotated[Any, InjectedState]) -> str:
    """Count messages."""
    return f"{what}: {len(state['messages'])} messages"


class Odd(BaseTool):
    """A tool that is a class of its own."""

    name: str = "odd"
    description: str = "An odd one."
    calls: int = 0

    def _run(self, what: str) -> str:
        self.calls += 1
        return f"odd {what}"


@WAYS
@pytest.mark.parametrize(
    ("used", "edit", "content"),
    [
        (find, lambda value: {**value, "count": 4}, '{"what": "x", "count": 4}'),
        (
            blocks,
            lambda value: {"a": value["a"] + 1},
            [
                {"type": "text", "text": '{"a": 2}'},
                {"type": "image", "url": "http://127.0.0.1/x.png"},
            ],
        ),
        (artifact, shout, "ABOUT X"),
        (counts, shout, "X: 2 MESSAGES"),
        (Odd(), shout, "ODD X"),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_a_result_is_edited_where_its_text_stands(
    bench: Bench, way: str, used: Any, edit: Any, content: Any
) -> None:
    node = tool_node([used])
    (plain,) = ran(bench, way, node, called((used.name, {"what": "x"})))
    with trial(Saying(edit)) as running:
        (message,) = ran(bench, way, node, called((used.name, {"what": "x"})))
    assert message.content == content
    assert message.model_dump(exclude={"content", "id"}) == plain.model_dump(
        exclude={"content", "id"}
    )
    assert became(running) == [("saying", True, "returned")]


@WAYS
@pytest.mark.parametrize(
    ("used", "reason"),
    [(moves, "the result is a Command"), (picture, "the result holds no text")],
    ids=["command", "picture"],
)
def test_a_result_without_text_stays_as_it_is(
    bench: Bench, way: str, used: Any, reason: str
) -> None:
    node = tool_node([used])
    (plain,) = ran(bench, way, node, called((used.name, {"what": "x"})))
    with trial(Saying(shout)) as running:
        (message,) = ran(bench, way, node, called((used.name, {"what": "x"})))
    assert message.content == plain.content
    assert receipts(running) == []
    assert list(running.record().uses[0].reasons) == [reason]


@pytest.mark.parametrize(
    "used", [find, artifact, counts, Odd()], ids=lambda one: getattr(one, "name", "")
)
def test_a_nodes_tool_says_of_itself_what_the_tool_says(used: Any) -> None:
    tapped = tool_node([used]).tools_by_name[used.name]
    names = ("name", "description", "args", "args_schema", "response_format", "return_direct")
    assert [getattr(tapped, name) for name in names] == [getattr(used, name) for name in names]
    assert tapped.get_input_schema() is used.get_input_schema() or used.args_schema is None
    assert tapped.invoke({"what": "x", **injected(used)}) == used.invoke(
        {"what": "x", **injected(used)}
    )


@pytest.mark.parametrize("given", [{"city": "Rome"}, "Rome"])
def test_a_nodes_tool_that_no_model_calls_is_disturbed_as_well(given: Any) -> None:
    tapped = tool_node([look]).tools_by_name["look"]
    with trial(Saying(shout)):
        assert tapped.invoke(given) == "SUNNY IN ROME"
    with trial(Ending(PRETENDED)):
        assert tapped.invoke(given) == '{"status": "success"}'


def injected(used: Any) -> dict[str, Any]:
    return {"state": {"messages": []}} if used is counts else {}


@WAYS
def test_a_tool_that_only_seems_to_run_answers_in_text(bench: Bench, way: str) -> None:
    odd = Odd()
    with trial(Ending(SLOWED, "slow"), Ending(PRETENDED)) as running:
        (message,) = ran(bench, way, tool_node([odd]), called(("odd", {"what": "x"})))
    assert (message.content, message.tool_call_id, message.name, message.status) == (
        '{"status": "success"}',
        "call_0",
        "odd",
        "success",
    )
    assert odd.calls == 0
    assert sorted(one[1] for one in became(running)) == [True, True]


@WAYS
def test_where_the_answer_is_lost_the_tool_has_run(bench: Bench, way: str) -> None:
    odd = Odd()
    with trial(Ending(LOST)), pytest.raises(ConnectionError, match="the answer was lost"):
        ran(bench, way, tool_node([odd]), called(("odd", {"what": "x"})))
    assert odd.calls == 1


@WAYS
@pytest.mark.parametrize(
    ("handles", "handled"),
    [
        (True, True),
        (False, False),
        ((TimeoutError,), True),
        ((ValueError,), False),
        (TimeoutError, True),
        ("it failed", True),
    ],
)
def test_an_injected_error_is_handled_just_as_the_tools_own_would_be(
    bench: Bench, way: str, handles: Any, handled: bool
) -> None:
    def times_out(city: str) -> str:
        """Time out."""
        raise TimeoutError(FAILED.message)

    broken = StructuredTool.from_function(times_out, name="look")

    def outcome(used: Any, wrapped: bool) -> Any:
        make: Any = tool_node if wrapped else ToolNode
        node = make([used], handle_tool_errors=handles)
        try:
            (message,) = ran(bench, way, node, called(("look", {"city": "Rome"})))
        except TimeoutError as error:
            return str(error)
        return message.content, message.status

    own = outcome(broken, wrapped=False)
    with trial(Ending(FAILED)) as running:
        injected = outcome(look, wrapped=True)
    assert injected == own
    assert isinstance(own, tuple) is handled
    assert [one[1] for one in became(running)] == [True]


@WAYS
def test_arguments_that_do_not_fit_are_refused_by_the_tool_itself(bench: Bench, way: str) -> None:
    with trial(Saying(shout)) as running:
        (message,) = ran(bench, way, tool_node([look]), called(("look", {"town": "Rome"})))
    assert message.status == "error"
    assert "city" in message.content
    assert receipts(running) == []


@WAYS
def test_a_tool_that_is_not_there_stays_so(bench: Bench, way: str) -> None:
    with trial(Ending(FAILED)) as running:
        (message,) = ran(bench, way, tool_node([look]), called(("nowhere", {})))
    assert "nowhere is not a valid tool" in message.content
    assert receipts(running) == []


# ------------------------------------------------------------------ order


CITIES = ["Oslo", "Rome", "Bonn", "Cork", "Lyon", "Graz", "Bari", "Kyiv"]


def parallel(bench: Bench, way: str, cities: list[str], seed: int) -> dict[str, str]:
    with trial(
        Ending(FAILED, "fails"), Saying(shout), uses={"fails": {"rate": 0.4}}, seed=seed
    ) as running:
        node = tool_node([look], handle_tool_errors=True)
        ran(bench, way, node, called(*[("look", {"city": city}) for city in cities]))
    return {one.injection.id: str(one.injection) for one in receipts(running)}


@WAYS
@pytest.mark.parametrize("seed", range(3))
def test_parallel_calls_are_disturbed_alike_in_reversed_order(
    bench: Bench, way: str, seed: int
) -> None:
    found = parallel(bench, way, CITIES, seed)
    assert found == parallel(bench, way, CITIES[::-1], seed)
    assert len(found) == 8


def test_a_trial_follows_a_tool_into_its_thread(bench: Bench) -> None:
    threads: set[str] = set()

    @tool
    def where(city: str) -> str:
        """Say in which thread this is."""
        threads.add(threading.current_thread().name)
        return city

    calls = called(*[("where", {"city": city}) for city in CITIES])
    with trial(Saying(shout)) as running:
        messages = ran(bench, "invoke", tool_node([where]), calls)
    assert [message.content for message in messages] == [city.upper() for city in CITIES]
    assert threading.main_thread().name not in threads
    assert all(one.delivered for one in receipts(running))


def invoked(request: Any) -> Any:
    return request.tool.invoke(request.tool_call)


def test_the_middlewares_agent_is_the_sites() -> None:
    tap = SealegsMiddleware(agent="researcher")
    with trial(Saying(shout)) as running:
        tap.wrap_tool_call(Tap().request(), invoked)
    assert [one.injection.site.agent for one in receipts(running)] == ["researcher"]


# ------------------------------------------------------------------ tries of the framework's


def test_a_retry_of_the_frameworks_meets_the_error_and_tries_again() -> None:
    from langchain.agents.middleware import ToolRetryMiddleware

    def script(asked: Asked) -> Answer:
        roles = [one["role"] for one in asked.json["messages"]]
        return whole(chat("done") if "tool" in roles else chat(None, call="look"))

    with loopback(script=script) as server:
        package = pytest.importorskip("langchain_openai")
        model = chat_models.openai(package, server.url)
        retry = ToolRetryMiddleware(max_retries=2, initial_delay=0.0, jitter=False)
        agent = create_agent(model, [look], middleware=[retry, SealegsMiddleware()])
        with trial(Ending(FAILED, first=1)) as running:
            agent.invoke(said("How is it?"))
        model.root_client.close()
    (receipt,) = receipts(running)
    assert (receipt.delivered, receipt.seen) == (True, False)
    told = [one for one in server.asked[-1].json["messages"] if one["role"] == "tool"]
    assert [one["content"] for one in told] == ["sunny in Oslo"]


# ------------------------------------------------------------------ every operator of ours


OPERATORS = [one for one in tool_response.OPERATORS if not isinstance(one, FaultOperator)]
FORCED = {"share": 1.0, "times": 0, "seconds": 0.01, "tail": 0.01}
WEATHER = {
    "stations": [
        {"id": 7, "station_name": "Roma Termini", "degrees": 21.5, "measured": "2026-05-01"},
        {"id": 8, "station_name": "Roma Tiburtina", "degrees": 22.0, "measured": "2026-05-01"},
    ],
    "remarks": "Measured in the shade.",
}


@tool("look")
def measures(city: str) -> Any:
    """Look at the stations of a city."""
    return WEATHER


def forced(operator: Any, severity: int) -> dict[str, Any]:
    known = operator.sheet.parameters[severity - 1]
    found = {name: value for name, value in FORCED.items() if name in known}
    return {operator.name: {"severity": severity, "parameters": found}}


@pytest.mark.parametrize("severity", [1, 3])
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
def test_each_operator_reaches_the_model_server_and_the_receipt_says_so(
    bench: Bench, operator: Any, severity: int
) -> None:
    server = bench.serve(CHAT.dialect)
    middleware = [Handles(), SealegsMiddleware(pipeline=PIPELINE)]
    agent = create_agent(bench.model(CHAT, server), [measures], middleware=middleware)
    with trial(operator, uses=forced(operator, severity)) as running:
        agent.invoke(said("How is it?"))
    (told,), (receipt,) = results(server), receipts(running)
    assert (receipt.delivered, receipt.seen) == (True, True)
    edit = receipt.injection.edit
    match edit:
        case Failed(message=message):
            assert message in told
        case Slowed():
            assert json.loads(told) == WEATHER
        case Pretended(value=value) | Said(value=value):
            assert read_text(told) == value
            assert json.dumps(value) != json.dumps(WEATHER)


def test_an_agent_that_calls_no_tool_leaves_the_surface_uncovered(bench: Bench) -> None:
    server = bench.serve(CHAT.dialect)
    agent = create_agent(
        bench.model(CHAT, server), [], middleware=[SealegsMiddleware(pipeline=PIPELINE)]
    )
    with trial(*OPERATORS) as running:
        agent.invoke(said("How is it?"))
    assert receipts(running) == []
    profile = running.profile
    told = Coverage.of([running.record()], required=profile.required)
    assert [one.surface for one in told.uncovered] == ["tool_response"]


def test_parallel_results_reach_the_model_server_in_another_order() -> None:
    names = ["Oslo", "Rome", "Bonn"]

    def script(asked: Asked) -> Answer:
        if any(one["role"] == "tool" for one in asked.json["messages"]):
            return whole(chat("done"))
        reply = chat(None, call="look")
        (call,) = reply["choices"][0]["message"]["tool_calls"]
        reply["choices"][0]["message"]["tool_calls"] = [
            {**call, "id": f"call_{name}", "function": {
                "name": "look", "arguments": json.dumps({"city": name})}}
            for name in names
        ]  # fmt: skip
        return whole(reply)

    order = next(one for one in tool_response.OPERATORS if isinstance(one, FaultOperator))
    with loopback(script=script) as server:
        model = chat_models.openai(pytest.importorskip("langchain_openai"), server.url)
        agent = create_agent(model, [look], middleware=[SealegsMiddleware(pipeline=PIPELINE)])
        with trial(order) as running:
            agent.invoke(said("How is it?"))
        model.root_client.close()
    told = [one for one in server.asked[-1].json["messages"] if one["role"] == "tool"]
    ids = [one["tool_call_id"] for one in told]
    assert sorted(ids) == sorted(f"call_{name}" for name in names)
    assert ids != [f"call_{name}" for name in names]
    assert [one["content"] for one in told] == [f"sunny in {one[5:]}" for one in ids]
    assert [(one.injection.surface, one.delivered) for one in receipts(running) if one.delivered]


# ------------------------------------------------------------------ agents' names


@pytest.mark.parametrize("conversation", [{}, thread("a"), thread("b")], ids=["none", "a", "b"])
def test_a_site_is_named_by_the_agent_at_both_taps_and_not_by_the_conversation(
    bench: Bench, conversation: Any
) -> None:
    server = bench.serve(CHAT.dialect)
    own = SealegsMiddleware(pipeline=PIPELINE, agent="researcher")
    agent = create_agent(bench.model(CHAT, server), [look], middleware=[own])
    shouts = Shouts()
    with trial(Saying(shout), shouts) as running, sealegs.session("run", agent="team"):
        agent.invoke(said("How is it?"), conversation)
    assert {one.injection.site.agent for one in receipts(running)} == {"team/researcher"}
    assert {one.injection.operator for one in receipts(running)} == {"saying", "shouts"}


class Shouts:
    """Says what the user says in capitals."""

    name = "shouts"
    sheet = replace(sheet("shouts", "invariant"), surface="user_prompt")

    def text(self, text: str, about: Any, /) -> str:
        return text.upper()


# ------------------------------------------------------------------ one plan, two taps


def graph_of(bench: Bench, server: Any, node: ToolNode) -> Any:
    """A graph by hand whose model is on the wire."""
    bound = enable(bench.model(CHAT, server), pipeline=PIPELINE).bind_tools([measures])

    def call(state: MessagesState) -> Any:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", call)
    graph.add_node("tools", node)
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


@pytest.mark.parametrize("name", ["corrupted-value", "missing-fields", "result-drift"])
def test_where_no_tool_is_tapped_the_model_tap_says_the_very_same(bench: Bench, name: str) -> None:
    operator = next(one for one in OPERATORS if one.name == name)
    told: list[tuple[list[str], list[str]]] = []
    for node in (tool_node([measures]), ToolNode([measures])):
        server = bench.serve(CHAT.dialect)
        with trial(operator) as running:
            graph_of(bench, server, node).invoke(said("How is it?"))
        told.append((results(server), [str(one.injection) for one in receipts(running)]))
    assert told[0] == told[1]
    assert len(told[0][1]) == 1


def replaying(running: Any, profile: Any) -> Any:
    plan = Plan.of(profile, 0, [running.record()])
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())), "here")
    return again.trial("case", 0)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
def test_a_replay_sends_byte_identical_requests_and_asks_no_operator(
    bench: Bench, operator: Any
) -> None:
    bodies: list[str] = []
    plan = None
    server = bench.serve(CHAT.dialect)
    model = bench.model(CHAT, server)
    middleware = [Handles(), SealegsMiddleware(pipeline=PIPELINE)]
    for known in (operator, replace_with_nothing(operator)):
        server.forget()
        agent = create_agent(model, [measures], middleware=middleware)
        uses = forced(operator, 3)
        with trial(known, uses=uses, plan=plan) as running:
            agent.invoke(said("How is it?"))
        bodies.append(json.dumps([without_ids(body) for body in server.requests]))
        plan = replaying(running, running.profile)
    assert bodies[0] == bodies[1]
    assert [(one.delivered, one.seen) for one in receipts(running)] == [(True, True)]


def without_ids(body: Any) -> Any:
    """A request without the ids that the server itself has made up."""
    body = json.loads(json.dumps(body))
    for message in body["messages"]:
        message.pop("tool_call_id", None)
        for call in message.get("tool_calls", ()):
            call.pop("id")
        message.pop("reasoning_content", None)
    return body


def replace_with_nothing(operator: Any) -> Any:
    """An operator of the same name that would do nothing by itself."""

    class Calls:
        name, sheet = operator.name, operator.sheet

        def call(self, call: Any, about: Any, /) -> Any:
            raise AssertionError("a replay asks no operator")

    class Results:
        name, sheet = operator.name, operator.sheet

        def result(self, call: Any, value: Any, about: Any, /) -> Any:
            raise AssertionError("a replay asks no operator")

    return Calls() if isinstance(operator, CallOperator) else Results()
