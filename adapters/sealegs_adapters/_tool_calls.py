"""Tools that LangGraph runs, disturbed as a trial says.

A call is tapped where ``ToolNode`` invokes the tool, so that an error is raised where the tool
would raise it, and is handled, or not, as the graph's author chose. Without a trial the very
request goes on.
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
from sealegs.perturbation.tool_calls import ToolFlow, disturbed
from sealegs.perturbation.tool_values import (
    Made,
    Opened,
    Reading,
    Unread,
    opened_text,
    write_text,
)
from sealegs.perturbation.tooltap import adriven, driven, running
from sealegs.perturbation.trial import Trial, current_trial

__all__ = ["TappedTools", "tool_node"]

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


def tool_node(tools: Sequence[Any], *, agent: str = "", **options: Any) -> ToolNode:
    """Make a node of tools for a graph made by hand; in trials its tools can be disturbed.

    Args:
        tools: as ``ToolNode`` takes them.
        agent: names the agent, where a graph has several.
        options: further ones of ``ToolNode``.
    """
    tap = TappedTools(agent)
    return ToolNode(
        tools, wrap_tool_call=tap.wrap_tool_call, awrap_tool_call=tap.awrap_tool_call, **options
    )


def _tapped(request: ToolCallRequest, agent: str) -> ToolCallRequest:
    """Give a request whose tool is tapped; the very request where there is nothing to tap."""
    trial, tool = current_trial(), request.tool
    if trial is None or tool is None or isinstance(tool, _TappedTool):
        return request
    call = request.tool_call
    made = ToolCall(tool.name, call["args"], call["id"] or "")
    tapped = _TappedTool.of(tool, trial, made, agent, _turn(request.state))
    return request.override(tool=tapped)


def _turn(state: Any) -> int:
    """Count how many turns the model had had, where the state holds its messages."""
    messages: Any = state if is_array(state) else None
    if messages is None:
        found: Any = state.get("messages") if is_object(state) else None
        messages = found if found is not None else getattr(state, "messages", ())
    return sum(isinstance(one, AIMessage) for one in messages)


class _TappedTool(BaseTool):
    """Stands for a tool for the length of one call."""

    inner: Any
    trial: Any
    call: Any
    agent: str
    turn: int

    @classmethod
    def of(cls, tool: BaseTool, trial: Trial, call: ToolCall, agent: str, turn: int) -> _TappedTool:
        """Make it; nothing of the tool is looked at again, so nothing of it is checked."""
        facts: dict[str, Any] = {name: getattr(tool, name) for name in BaseTool.model_fields}
        facts |= {"inner": tool, "trial": trial, "call": call, "agent": agent, "turn": turn}
        return cls.model_construct(**facts)

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """Run the tool as the trial says."""

        def run() -> Any:
            return self.inner.invoke(input, config, **kwargs)

        if running(self.name):
            return run()
        return driven(self._flow(), self.name, run)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:  # noqa: A002
        """As `invoke`, on an event loop."""

        async def run() -> Any:
            return await self.inner.ainvoke(input, config, **kwargs)

        if running(self.name):
            return await run()
        return await adriven(self._flow(), self.name, run)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a tapped tool is invoked")

    def _flow(self) -> ToolFlow[Any]:
        return disturbed(
            self.trial, self.call, _Messages(self.call), agent=self.agent, turn=self.turn
        )


class _Messages:
    """The form of results in LangChain: a ``ToolMessage`` whose text is what the tool gave."""

    __slots__ = ("_call",)

    def __init__(self, call: ToolCall) -> None:
        self._call = call

    def read(self, result: Any, /) -> Reading:
        if not isinstance(result, ToolMessage):
            return Unread(f"the result is a {type(result).__name__}")
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
