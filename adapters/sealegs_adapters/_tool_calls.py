"""Tools that LangGraph runs, disturbed as a trial says.

A tool is tapped where ``ToolNode`` invokes it, so that an error is raised where the tool itself
would raise it, and is handled, or not, as the graph's author chose. A wrapper that raises would be
handled otherwise: ``ToolNode`` asks a wrapper's error for no type. For the same reason `tool_node`
gives its node no wrapper, and a node without a trial is as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import BaseTool
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.tools.calls import ToolFlow, disturbed
from sealegs.perturbation.tools.tapping import adriven, driven, running
from sealegs.perturbation.tools.values import (
    Made,
    Opened,
    Reading,
    Unread,
    opened,
    opened_text,
    write_text,
)
from sealegs.perturbation.trial import Counting, Trial, current_trial
from sealegs.session import current_agent

__all__ = ["TappedTools", "agent_within", "tool_node"]

R = TypeVar("R")


class TappedTools(AgentMiddleware[Any, Any, Any]):
    """The part of a middleware that has to do with tools."""

    def __init__(self, agent: str = "") -> None:
        super().__init__()
        self._agent = agent

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], R]
    ) -> R:
        """Run a tool, disturbed where a trial says so."""
        return handler(_tapped(request, self._agent))

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[R]]
    ) -> R:
        """As `wrap_tool_call`, on an event loop."""
        return await handler(_tapped(request, self._agent))


def agent_within(own: str) -> str:
    """Give an agent's name behind those of the agents that it works for."""
    return "/".join(filter(None, (current_agent(), own)))


def tool_node(tools: Sequence[Any], *, agent: str = "", **options: Any) -> ToolNode:
    """Make a node of tools for a graph made by hand; in trials its tools can be disturbed.

    Args:
        tools: as ``ToolNode`` takes them.
        agent: names the agent, where a graph has several.
        options: further ones of ``ToolNode``.
    """
    node = ToolNode(tools, **options)
    there = node.tools_by_name
    there.update({name: _TappedTool.of(tool, agent) for name, tool in there.items()})
    return node


def _tapped(request: ToolCallRequest, agent: str) -> ToolCallRequest:
    """Give a request whose tool is tapped; the very request where there is nothing to tap."""
    tool = request.tool
    if current_trial() is None or tool is None or isinstance(tool, _TappedTool):
        return request
    call, turn = request.tool_call, _turn(request.state)
    made = ToolCall(tool.name, call["args"], call["id"] or "")
    return request.override(tool=_TappedTool.of(tool, agent, made, turn))


def _turn(state: Any) -> int | None:
    """Count how many turns the model had had, where the state holds its messages."""
    found: Any = state.get("messages") if is_object(state) else getattr(state, "messages", state)
    return sum(isinstance(one, AIMessage) for one in found) if is_array(found) else None


class _TappedTool(BaseTool):
    """Stands for a tool: in trials it is disturbed, otherwise it runs.

    Attributes:
        inner: the tool.
        agent: whose it is.
        own: the call as the model made it, where this is known before the tool is invoked.
        turn: how many turns the model had had, likewise.
    """

    inner: Any
    agent: str
    own: Any = None
    turn: int | None = None

    @classmethod
    def of(
        cls, tool: BaseTool, agent: str, own: ToolCall | None = None, turn: int | None = None
    ) -> _TappedTool:
        """Make it; what the tool says of itself was checked when that was made."""
        facts: dict[str, Any] = {name: getattr(tool, name) for name in BaseTool.model_fields}
        return cls.model_construct(**facts, inner=tool, agent=agent, own=own, turn=turn)

    @property
    def func(self) -> Any:
        """The function that LangGraph looks at, to see what it injects."""
        return getattr(self.inner, "func", None) or getattr(self.inner, "coroutine", None)

    @property
    def tool_call_schema(self) -> Any:
        """What a model may call it with."""
        return self.inner.tool_call_schema

    def get_input_schema(self, config: Any = None) -> Any:
        """What it is invoked with."""
        return self.inner.get_input_schema(config)

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Run the tool, as the trial says where there is one."""
        trial = current_trial()
        if trial is None or running(self.name):
            return self.inner.invoke(input, config, **kwargs)
        flow = self._flow(trial, input)
        return driven(flow, self.name, lambda: self.inner.invoke(input, config, **kwargs))

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """As `invoke`, on an event loop."""
        trial = current_trial()
        if trial is None or running(self.name):
            return await self.inner.ainvoke(input, config, **kwargs)
        flow = self._flow(trial, input)
        return await adriven(flow, self.name, lambda: self.inner.ainvoke(input, config, **kwargs))

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a tapped tool is invoked")

    def _flow(self, trial: Trial, given: Any) -> ToolFlow[Any]:
        call: ToolCall = self.own or self._called(given)
        turn = self.turn
        if turn is None:
            turn = trial.requests if isinstance(trial, Counting) else 0
        return disturbed(trial, call, _Messages(call), agent=agent_within(self.agent), turn=turn)

    def _called(self, given: Any) -> ToolCall:
        """Read the model's call from what the tool is invoked with, without what was injected."""
        is_call = is_object(given) and given.get("type") == "tool_call"
        arguments, call_id = (given["args"], given["id"]) if is_call else (given, "")
        if is_object(arguments):
            known = self.inner.args
            arguments = {name: value for name, value in arguments.items() if name in known}
        return ToolCall(self.name, arguments, call_id or "")


class _Messages:
    """The form of results in LangChain: a ``ToolMessage`` whose text is what the tool gave.

    A tool that was not called by a model gives what it gives.
    """

    __slots__ = ("_call",)

    def __init__(self, call: ToolCall) -> None:
        self._call = call

    def read(self, result: Any, /) -> Reading:
        if not isinstance(result, ToolMessage):
            there = f"the result is a {type(result).__name__}"
            return Unread(there) if self._call.id else opened(result)
        content: Any = result.content
        spoken = [part for part in content if _says(part)] if is_array(content) else []
        if is_array(content) and not spoken:
            return Unread("the result holds no text")
        read = opened_text("".join(map(_text, spoken)) if spoken else str(content))

        def make(value: Json) -> Made:
            new = read.make(value)
            said = _with_text(content, spoken, new.result) if spoken else new.result
            return Made(result.model_copy(update={"content": said}), new.text)

        return Opened(read.value, read.say, make)

    def made(self, value: Json, /) -> Made:
        said, call = write_text(value), self._call
        if not call.id:
            return Made(said, said)
        return Made(ToolMessage(said, tool_call_id=call.id, name=call.tool), said)


def _says(part: Any) -> bool:
    return isinstance(part, str) or (is_object(part) and isinstance(part.get("text"), str))


def _text(part: Any) -> str:
    return part if isinstance(part, str) else part["text"]


def _with_text(content: Sequence[Any], spoken: Sequence[Any], text: str) -> list[Any]:
    """Give content that says another text: one part of it, where the first one stood."""
    first = spoken[0]
    new = text if isinstance(first, str) else {**first, "text": text}
    kept = (new if part is first else part for part in content)
    return [part for part in kept if part is new or not _says(part)]
