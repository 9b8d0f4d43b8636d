"""ChatAnthropic takes no HTTP client: agents' calls are served at the level of their messages."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from chat_models import Bench, Watcher, agent, bench, case, pipeline, said, thread, whole
from model_server import ANSWER, Body
from sealegs.jsons import parse
from sealegs_adapters import _message_calls
from sealegs_adapters._tapping import Tap
from sealegs_adapters.langgraph import SealegsMiddleware, enable

__all__ = ["bench"]

ANTHROPIC = case("ChatAnthropic")
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])


class Changing(AgentMiddleware[Any, Any, Any]):
    """Changes every assistant message in the agent's state before each call."""

    def __init__(self, change: Any) -> None:
        super().__init__()
        self._change = change

    def before_model(self, state: Any, runtime: Any) -> Any:
        return {"messages": [self._changed(one) for one in state["messages"]]}

    def _changed(self, message: Any) -> Any:
        return self._change(message) if isinstance(message, AIMessage) else message


class Seeing(AgentMiddleware[Any, Any, Any]):
    """Writes down the messages that reach the model, and those that the agent's state holds."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[list[Any]] = []
        self.held: list[list[Any]] = []

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        self.sent.append(list(request.messages))
        self.held.append(list(request.state["messages"]))
        return handler(request)


def as_text(message: AIMessage) -> AIMessage:
    """Keep the text and the calls alone, as converters of histories do."""
    return AIMessage(message.text, id=message.id, tool_calls=message.tool_calls)


def _edited(message: AIMessage, kind: str, **new: str) -> AIMessage:
    content = message.content if isinstance(message.content, list) else []
    blocks = [{**b, **new} if b["type"] == kind else b for b in content if isinstance(b, dict)]
    return message.model_copy(update={"content": blocks or message.content})


def without_signature(message: AIMessage) -> AIMessage:
    """Blank the signatures."""
    return _edited(message, "thinking", signature="")


def reworded(message: AIMessage) -> AIMessage:
    """Change the thoughts, which makes their signatures false."""
    return _edited(message, "thinking", thinking="something else")


@WAYS
@pytest.mark.parametrize("change", [as_text, without_signature, reworded])
def test_thinking_that_the_project_lost_arrives_again(change: Any, way: str, bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    for sealegs in ([], [SealegsMiddleware(pipeline=pipeline())]):
        made = agent(
            bench.model(ANTHROPIC, server), Changing(change), *sealegs, checkpointer=InMemorySaver()
        )
        bench.go(way, made, thread("t"))
        assert len(server.kept()) == 4
        assert (server.kept() == whole(server)) is bool(sealegs)
        server.forget()


def test_a_message_that_kept_its_thinking_is_the_very_same_object(bench: Bench) -> None:
    server, seeing, watcher = bench.serve(ANTHROPIC.dialect), Seeing(), Watcher()
    sealegs = SealegsMiddleware(pipeline=pipeline(watcher))
    made = agent(bench.model(ANTHROPIC, server), sealegs, seeing, checkpointer=InMemorySaver())
    bench.go("invoke", made, thread("t"))
    assert server.kept() == whole(server)
    for sent, held in zip(seeing.sent, seeing.held, strict=True):
        assert [id(one) for one in sent] == [id(one) for one in held]
    assert [one.retention.outcomes for one in watcher.exchanges] == [
        ("present",) * number for number in range(4)
    ]


def test_the_messages_of_the_agents_state_are_never_changed(bench: Bench) -> None:
    server, seeing = bench.serve(ANTHROPIC.dialect), Seeing()
    made = agent(
        bench.model(ANTHROPIC, server),
        Changing(as_text),
        SealegsMiddleware(pipeline=pipeline()),
        seeing,
        checkpointer=InMemorySaver(),
    )
    bench.go("invoke", made, thread("t"))
    assert server.kept() == whole(server)
    for message in seeing.held[-1]:
        assert isinstance(message.content, str)
    sent: list[Any] = [one for one in seeing.sent[-1] if isinstance(one, AIMessage)]
    kinds = [one.content[0]["type"] for one in sent]
    assert kinds == ["thinking"] * 3


def test_the_model_itself_is_left_alone(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    model = bench.model(ANTHROPIC, server)
    bench.go("invoke", agent(model, SealegsMiddleware(pipeline=pipeline())), {})
    assert not isinstance(model._client._client._transport, Tap)


def test_an_exchange_is_seen_once_on_either_way(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    for enabled in (False, True):
        watcher = Watcher()
        kept = pipeline(watcher)
        model = bench.model(ANTHROPIC, server)
        if enabled:
            enable(model, pipeline=kept)
        made = agent(
            model, Changing(as_text), SealegsMiddleware(pipeline=kept), checkpointer=InMemorySaver()
        )
        bench.go("invoke", made, thread("t"))
        assert server.kept() == whole(server)
        assert [
            (one.adapter, one.session, one.retention.captured) for one in watcher.exchanges
        ] == [("langgraph", "thread:t", 1)] * 4
        assert isinstance(model._client._client._transport, Tap) is enabled
        server.forget()


def test_a_bare_model_in_a_plain_graph_is_served_on_the_wire(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    model = enable(bench.model(ANTHROPIC, server), pipeline=pipeline())
    history: list[Any] = [HumanMessage("What is the weather?")]
    bound = model.bind_tools([{"name": "look", "input_schema": {"type": "object"}}])
    for _ in range(2):
        reply = as_text(bound.invoke(history))
        call = reply.tool_calls[0]["id"]
        bound.invoke([*history, reply, ToolMessage("sunny", tool_call_id=call)])
        history += [reply, ToolMessage("sunny", tool_call_id=call), HumanMessage("Again?")]
    given = server.given()
    assert server.kept() == [[], [given[0]], [given[0]], [given[0], given[2]]]


def test_standard_blocks_are_read_and_written_too(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)

    def without_reasoning(message: AIMessage) -> AIMessage:
        assert message.response_metadata["output_version"] == "v1"
        blocks = [b for b in message.content if isinstance(b, dict) and b["type"] != "reasoning"]
        return message.model_copy(update={"content": blocks})

    seeing = Seeing()
    made = agent(
        bench.model(ANTHROPIC, server, output_version="v1"),
        Changing(without_reasoning),
        SealegsMiddleware(pipeline=pipeline()),
        seeing,
        checkpointer=InMemorySaver(),
    )
    bench.go("invoke", made, thread("t"))
    assert server.kept() == whole(server)
    assert seeing.sent[-1][1].content_blocks[0]["type"] == "reasoning"


FOREIGN = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "messages.1.content.0: Invalid `signature` in `thinking` block",
    },
}


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_documented_refusal_is_answered_by_a_second_try(way: str, bench: Bench) -> None:
    server, watcher = bench.serve(ANTHROPIC.dialect), Watcher()
    server.refuse = lambda body: FOREIGN if server.dialect.kept(body) not in ([], [None]) else None
    made = agent(bench.model(ANTHROPIC, server), SealegsMiddleware(pipeline=pipeline(watcher)))
    (state,) = [bench.answer(way, made, said("What is the weather?"), {})]
    assert state["messages"][-1].text == ANSWER
    assert [one.attempts for one in watcher.exchanges] == [1, 2]
    assert [one.retention.recovered for one in watcher.exchanges] == ["", "strip"]
    assert [len(kept) for kept in server.kept()] == [0, 1, 1]
    assert server.kept()[2] == [None]


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_any_other_error_reaches_the_caller_as_it_was(way: str, bench: Bench) -> None:
    anthropic = pytest.importorskip("anthropic", reason="needs anthropic")
    server = bench.serve(ANTHROPIC.dialect)
    other = {"type": "error", "error": {"type": "invalid_request_error", "message": "no such city"}}
    server.refuse = lambda _: other
    raised = []
    for sealegs in ([], [SealegsMiddleware(pipeline=pipeline())]):
        with pytest.raises(anthropic.BadRequestError, match="no such city") as caught:
            bench.answer(way, agent(bench.model(ANTHROPIC, server), *sealegs), said("?"), {})
        raised.append((caught.type, str(caught.value), caught.value.body))
    assert raised[0] == raised[1]


BOUND = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "messages.1.content.0: `thinking` block is bound to a different conversation",
    },
}


def test_what_a_provider_wants_to_be_set_is_set_on_a_copy_of_the_model(bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)

    def refuse(body: Body) -> Body | None:
        free = "block_binding" in body["thinking"]
        return BOUND if server.dialect.kept(body) and not free else None

    server.refuse = refuse
    model = bench.model(ANTHROPIC, server, model="claude-opus-5-5", thinking={"type": "adaptive"})
    before = dict(model.thinking)
    made = agent(model, SealegsMiddleware(pipeline=pipeline()))
    state = made.invoke(said("What is the weather?"))
    assert state["messages"][-1].text == ANSWER
    assert len(server.requests) == 3
    binding = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    assert server.requests[-1]["thinking"] == {**before, **binding}
    assert server.headers[-1]["anthropic-beta"] == "thinking-binding-controls-2026-08-01"
    assert model.thinking == before


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_stamped_ids_are_the_agents_and_native_ids_the_providers(way: str, bench: Bench) -> None:
    server = bench.serve(ANTHROPIC.dialect)
    kept = pipeline(retention={"stamp_ids": "always"})
    made = agent(
        bench.model(ANTHROPIC, server),
        Changing(as_text),
        SealegsMiddleware(pipeline=kept),
    )
    state = bench.answer(way, made, said("What is the weather?"), {})
    calls = [one.tool_calls for one in state["messages"] if isinstance(one, AIMessage)]
    assert calls[0][0]["id"] != server.thoughts[0].call
    assert state["messages"][2].tool_call_id == calls[0][0]["id"]
    assistant, results = server.requests[-1]["messages"][1:]
    assert server.kept()[-1] == server.given()[:1]
    assert assistant["content"][-1]["id"] == server.thoughts[0].call
    assert results["content"][0]["tool_use_id"] == server.thoughts[0].call


def test_a_rendered_request_says_what_the_provider_gets(bench: Bench) -> None:
    """The lens shows the pipeline the conversation as ChatAnthropic sends it, but for merging."""
    server, seen = bench.serve(ANTHROPIC.dialect), []

    class Rendering(AgentMiddleware[Any, Any, Any]):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            served = _message_calls.serves(request.model)
            assert served is not None
            seen.append(parse(_message_calls._body(request, served)))
            return handler(request)

    made = agent(bench.model(ANTHROPIC, server), Rendering(), system_prompt="Be brief.")
    made.invoke(said("What is the weather?"))
    for rendered, sent in zip(seen, server.requests, strict=True):
        assert rendered["system"] == sent["system"]
        assert rendered["thinking"] == sent["thinking"]
        assert rendered["model"] == sent["model"]
        assert [tool["name"] for tool in rendered["tools"]] == ["look"]
        for ours, theirs in zip(rendered["messages"], sent["messages"], strict=True):
            assert ours["role"] == theirs["role"]
            if ours["role"] == "assistant":
                assert ours == theirs


def test_switched_off_nothing_is_done(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_OFF", "1")
    server = bench.serve(ANTHROPIC.dialect)
    made = agent(
        bench.model(ANTHROPIC, server), Changing(as_text), SealegsMiddleware(pipeline=pipeline())
    )
    made.invoke(said("What is the weather?"))
    assert server.kept() == [[], [None]]
