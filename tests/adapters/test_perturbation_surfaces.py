"""All surfaces at once, in one campaign, through each framework: all delivered, by all logs."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.caches import InMemoryCache
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import StructuredTool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import tools_condition

import chat_models
from clients import openai_driven
from delivering import ASK, PROMPT, Log, defined, gathered, script, sent
from loopback import Loopback, loopback
from sealegs.perturbation.campaigns.campaign import Campaign, Result
from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.tools.tapping import tool as tapped
from sealegs.perturbation.worlds.disturbing import disturbed_world
from sealegs_adapters.langgraph import SealegsMiddleware, enable, tool_node
from sites import STAGING
from web import Bench, installed

NOTES = "Oslo is sunny.\nRome is not.\nThe bus leaves at nine.\n"
USES = (
    Use(operator="tool-name-scramble", severity=3, rate=1.0),
    Use(operator="persona", rate=1.0),
    Use(operator="distractor-sentence", rate=1.0),
    Use(operator="line-endings", rate=1.0),
    Use(operator="result-noise", rate=1.0),
    Use(operator="rate-limit", rate=1.0, parameters={"burst": 1, "seconds": 0.001}),
)
SURFACES = [
    "tool_info",
    "system_prompt",
    "user_prompt",
    "environment",
    "tool_response",
    "transport",
]
Made = tuple[Callable[[list[Any]], Any], str, bool]


def tools(log: Log, root: Path) -> list[Any]:
    """Tools that read a file of the world."""

    def look(city: str) -> str:
        """Look into the notes on a city."""
        log.ran.append(("look", city))
        text = (root / "notes.md").read_bytes().decode()
        log.read.append({"notes.md": text})
        return f"{city}: {text}"

    return [look]


class Kit:
    """What agents are made of, and what they leave to be closed."""

    def __init__(self, server: Loopback, root: Path) -> None:
        self.server, self.root, self.stack = server, root, contextlib.ExitStack()
        self.pipeline = Bench(settings=STAGING).pipeline
        self.runner = self.stack.enter_context(asyncio.Runner())
        self.bench = chat_models.Bench()
        self.stack.callback(self.bench.close)
        self.logs: list[Log] = []

    def model(self, name: str, **more: Any) -> Any:
        case = next(one for one in chat_models.CASES if one.name == name)
        package = pytest.importorskip(case.module)
        made = case.make(package, self.server.url, **{"max_retries": 2, **more})
        self.bench._models.append(made)
        return made

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine, context=contextvars.copy_context())

    def tools(self) -> list[Any]:
        log = Log()
        self.logs.append(log)
        self.server.asked = log.asked
        return tools(log, self.root)


def langchain_tools(kit: Kit) -> list[Any]:
    return [StructuredTool.from_function(one) for one in kit.tools()]


def _create_agent(kit: Kit, name: str) -> Callable[[str], Any]:
    model = kit.model(name)
    middleware: list[AgentMiddleware[Any, Any, Any]] = [SealegsMiddleware(pipeline=kit.pipeline)]
    return lambda _: create_agent(
        model, langchain_tools(kit), middleware=middleware, system_prompt=PROMPT
    )


def of_openai(kit: Kit) -> Callable[[str], Any]:
    made = _create_agent(kit, "ChatOpenAI")
    return lambda ask: made(ask).invoke({"messages": [HumanMessage(ask)]})


def of_openai_async(kit: Kit) -> Callable[[str], Any]:
    made = _create_agent(kit, "ChatOpenAI")
    return lambda ask: kit.run(made(ask).ainvoke({"messages": [HumanMessage(ask)]}))


def of_openai_streamed(kit: Kit) -> Callable[[str], Any]:
    made = _create_agent(kit, "ChatOpenAI")
    return lambda ask: list(
        made(ask).stream({"messages": [HumanMessage(ask)]}, stream_mode="messages")
    )


def of_openai_streamed_async(kit: Kit) -> Callable[[str], Any]:
    made = _create_agent(kit, "ChatOpenAI")

    async def pieces(ask: str) -> list[Any]:
        given = made(ask).astream({"messages": [HumanMessage(ask)]}, stream_mode="messages")
        return [piece async for piece in given]

    return lambda ask: kit.run(pieces(ask))


def of_anthropic(kit: Kit) -> Callable[[str], Any]:
    made = _create_agent(kit, "ChatAnthropic")
    return lambda ask: made(ask).invoke({"messages": [HumanMessage(ask)]})


def by_hand(kit: Kit) -> Callable[[str], Any]:
    model = enable(kit.model("ChatOpenAI"), pipeline=kit.pipeline)

    def agent(ask: str) -> Any:
        known = langchain_tools(kit)
        bound = model.bind_tools(known)

        def call(state: MessagesState) -> Any:
            return {"messages": [bound.invoke(state["messages"])]}

        graph = StateGraph(MessagesState)
        graph.add_node("model", call)
        graph.add_node("tools", tool_node(known))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        given: Any = {"messages": [SystemMessage(PROMPT), HumanMessage(ask)]}
        return graph.compile().invoke(given)

    return agent


def of_the_client(kit: Kit) -> Callable[[str], Any]:
    """An agent's loop without any framework, streamed, on the official async client."""
    driven = openai_driven("async", kit.server, Bench(settings=STAGING), max_retries=2)
    kit.stack.enter_context(driven)

    def agent(ask: str) -> None:
        known = {one.__name__: tapped(one) for one in kit.tools()}
        messages: list[Any] = [
            {"role": "system", "content": PROMPT},
            {"role": "user", "content": ask},
        ]
        given = {"model": "m", "tools": [defined(one) for one in known.values()], "stream": True}
        for _ in range(4):
            stream = driven.do(driven.client.chat.completions.create, messages=messages, **given)
            said, calls = gathered([one.model_dump() for one in driven.items(stream)])
            messages.append(said)
            for call in calls:
                arguments = json.loads(call.arguments)
                result = known[call.name](arguments["city"])
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
            if not calls:
                return

    return agent


AGENTS = [
    of_openai,
    of_openai_async,
    of_openai_streamed,
    of_openai_streamed_async,
    of_anthropic,
    by_hand,
    of_the_client,
]


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    root = tmp_path / "root"
    root.mkdir()
    with loopback() as server:
        chat, streamed, claude = (
            script("chat", False),
            script("chat", True),
            script("anthropic", False),
        )

        def answer(asked: Any) -> Any:
            if asked.path.endswith("/messages"):
                return claude(asked)
            return (streamed if asked.json.get("stream") else chat)(asked)

        server.script = answer
        made = Kit(server, root)
        yield made
        made.stack.close()


def campaign(kit: Kit, agent: Callable[[str], Any], uses: Any = USES) -> Result:
    def within(ask: str) -> None:
        (kit.root / "notes.md").write_text(NOTES)
        with disturbed_world(root=kit.root, journal=kit.root.parent / "journal"):
            agent(ask)

    return Campaign(
        within,
        [ASK],
        Profile(name="all surfaces", uses=tuple(uses)),
        settings=STAGING,
        catalog=installed(),
    ).run()


@pytest.mark.parametrize("made", AGENTS, ids=lambda one: one.__name__)
def test_all_surfaces_at_once_are_delivered_and_every_log_agrees(
    made: Callable[[Kit], Callable[[str], Any]], kit: Kit
) -> None:
    result = campaign(kit, made(kit))
    assert [one.outcome for one in result.records] == ["passed", "passed"]
    cells = {one.surface: one for one in result.judgement.coverage.cells if not one.step}
    assert list(cells) == SURFACES
    assert all(one.delivered == one.fired > 0 and one.seen > 0 for one in cells.values())
    assert result.judgement.verdict not in (Verdict.VACUOUS, Verdict.ERROR)
    clean, disturbed = kit.logs
    before, after = (sent(log.asked[-1]) for log in (clean, disturbed))
    changed = [name for name in before if before[name] != after[name]]
    assert changed == ["names", "system", "user", "calls", "results"]
    assert before["names"] == ["look"]
    assert sorted(disturbed.ran) == sorted(clean.ran)  # by the framework's own names
    assert {one["notes.md"] for one in clean.read} == {NOTES}
    assert all("\r" in one["notes.md"] for one in disturbed.read)
    assert len(disturbed.asked) == len(clean.asked)  # what was refused never got there
    assert cells["transport"].delivered == len(clean.asked)


# ------------------------------------------------------------------ what the model is not told


FAILING = [Use(operator="tool-error", rate=1.0, parameters={"share": 1.0, "times": 1})]


def test_an_error_that_a_middleware_words_anew_is_delivered_and_not_seen(kit: Kit) -> None:
    model = kit.model("ChatOpenAI")

    def agent(ask: str) -> Any:
        middleware: list[Any] = [Wording(), SealegsMiddleware(pipeline=kit.pipeline)]
        made = create_agent(model, langchain_tools(kit), middleware=middleware)
        return made.invoke({"messages": [HumanMessage(ask)]})

    result = campaign(kit, agent, FAILING)
    (cell,) = [one for one in result.judgement.coverage.cells if not one.step]
    assert (cell.fired, cell.delivered, cell.seen) == (2, 2, 0)
    told = [text for _, text in sent(kit.logs[1].asked[-1])["results"]]
    assert told[:2] == ["not now", "not now"]


class Wording(AgentMiddleware[Any, Any, Any]):
    """Words every error anew."""

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        from langchain_core.messages import ToolMessage

        try:
            return handler(request)
        except Exception:
            return ToolMessage("not now", tool_call_id=request.tool_call["id"])


@pytest.mark.parametrize(("handles", "seen"), [(True, 2), ("It failed.", 0)])
def test_a_node_that_handles_errors_tells_the_model_of_them_or_does_not(
    handles: Any, seen: int, kit: Kit
) -> None:
    model = enable(kit.model("ChatOpenAI"), pipeline=kit.pipeline)

    def agent(ask: str) -> Any:
        known = langchain_tools(kit)
        graph = StateGraph(MessagesState)
        bound = model.bind_tools(known)

        def call(state: MessagesState) -> Any:
            return {"messages": [bound.invoke(state["messages"])]}

        graph.add_node("model", call)
        graph.add_node("tools", tool_node(known, handle_tool_errors=handles))
        graph.add_edge(START, "model")
        graph.add_conditional_edges("model", tools_condition)
        graph.add_edge("tools", "model")
        given: Any = {"messages": [HumanMessage(ask)]}
        return graph.compile().invoke(given)

    result = campaign(kit, agent, FAILING)
    (cell,) = [one for one in result.judgement.coverage.cells if not one.step]
    assert (cell.fired, cell.delivered, cell.seen) == (2, 2, seen)


def test_a_chat_models_cache_has_met_nothing(kit: Kit) -> None:
    model = kit.model("ChatOpenAI", cache=InMemoryCache())
    enable(model, pipeline=kit.pipeline)

    def agent(ask: str) -> Any:
        kit.tools()
        return model.invoke([HumanMessage(ask)])

    result = campaign(kit, agent, [Use(operator="typos", rate=1.0)])
    assert [len(log.asked) for log in kit.logs] == [1, 0]
    assert result.judgement.verdict is Verdict.VACUOUS
    assert "typos: no request to a model passed a tap in the trial" in result.judgement.reason


def test_a_fallback_that_is_not_enabled_answers_undisturbed(kit: Kit) -> None:
    first = enable(kit.model("ChatOpenAI", max_retries=0), pipeline=kit.pipeline)
    chain = first.with_fallbacks([kit.model("ChatOpenAI")])

    def agent(ask: str) -> Any:
        kit.tools()
        return chain.invoke([HumanMessage(ask)])

    uses = [Use(operator="typos", rate=1.0), Use(operator="server-error", rate=1.0)]
    result = campaign(kit, agent, uses)
    (asked,) = kit.logs[1].asked
    assert sent(asked)["user"] == [ASK]
    assert result.judgement.verdict is Verdict.VACUOUS
    assert "user_prompt (typos: HTTP 5" in result.judgement.reason
