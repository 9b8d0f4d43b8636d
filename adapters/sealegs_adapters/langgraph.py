"""LangGraph graphs and LangChain agents.

    from sealegs_adapters.langgraph import SealegsMiddleware, enable

    agent = create_agent(model, tools, middleware=[SealegsMiddleware()])   # an agent
    model = enable(ChatOpenAI(model="..."))                                # a plain graph

A model's HTTP client is tapped, below the place where LangChain drops reasoning. A thread id becomes
the session, so what is kept is found again after a restart if the store is on disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

try:
    from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langgraph.config import get_config
except ModuleNotFoundError as error:  # pragma: no cover - shown by a test in an empty environment
    raise ModuleNotFoundError(
        f'sealegs_adapters.langgraph needs LangChain: pip install "sealegs[langgraph]" ({error})'
    ) from error

from sealegs.session import current, session
from sealegs_adapters._holders import hold, release
from sealegs_adapters._transport import Tapping

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["SealegsMiddleware", "disable", "enable"]

M = TypeVar("M")

TESTED = ("1.4.7", "1.4.7")
"""The oldest and the newest release of langchain that the tests have run with."""

_PATHS = (
    "root_client._client",  # ChatOpenAI and all that derive from it: ChatDeepSeek, ChatXAI, Azure
    "root_async_client._client",
    "_client._client",  # ChatOllama, ChatAnthropic
    "_async_client._client",
    "client.sdk_configuration.client",  # ChatOpenRouter
    "client.sdk_configuration.async_client",
    "client._client._client",  # ChatGroq
    "async_client._client._client",
    "client",  # ChatMistralAI
    "async_client",
)
"""Where chat models hold their HTTP clients."""


def thread_session() -> str:
    """Name the session by the thread of the graph that is running.

    A run without a thread id has no session: its history comes from the caller, and may have begun
    in a run before. Its turns are then matched by what was said alone.
    """
    if current():
        return current()
    try:
        config = get_config()
    except RuntimeError:  # outside of a graph
        return ""
    thread = config.get("configurable", {}).get("thread_id")
    return f"thread:{thread}" if thread else ""


def enable(model: M, *, pipeline: Pipeline | None = None) -> M:
    """Keep reasoning on a chat model, wherever it is used: in a node, bound to tools, streamed.

    The one instance is changed; ``disable`` takes it back. Other models that share its HTTP client
    are not touched.

    Args:
        model: a chat model, or something bound to one (``model.bind_tools(...)``).
        pipeline: shared by all that is to share a store; by default a new one is loaded.

    Returns:
        The same model.

    Raises:
        TypeError: no HTTP client can be found in it.
    """
    from sealegs import Pipeline

    if not _tap(model, pipeline or Pipeline.load()):
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(
            f"{kind} holds no httpx client that sealegs knows of; give the model a client made by "
            "sealegs_adapters.http.client()"
        )
    return model


def disable(model: M) -> M:
    """Take the tap off a chat model again."""
    for one in _models(model):
        release(one, _PATHS)
    return model


def _tap(model: Any, pipeline: Pipeline) -> bool:
    tapping = Tapping(pipeline, "langgraph", thread_session)
    return all([hold(one, _PATHS, tapping) > 0 for one in _models(model)])


def _models(model: Any) -> Iterator[Any]:
    """Find the chat models behind bindings, sequences and fallbacks."""
    if isinstance(model, BaseChatModel):
        yield model
        return
    inner = [getattr(model, "bound", None), getattr(model, "first", None)]
    inner += [getattr(model, "runnable", None), *getattr(model, "fallbacks", ())]
    found = [one for one in inner if one is not None]
    if not found:
        yield model
    for one in found:
        yield from _models(one)


class SealegsMiddleware(AgentMiddleware[Any, Any, Any]):
    """Keeps reasoning in an agent of ``create_agent``.

    Whatever model a call is made with is enabled at its first use, also one that another middleware
    chose.

    Args:
        pipeline: shared by all that is to share a store; by default one is loaded at the first call.
        agent: names the agent where several share a thread, so that each has its own session.
    """

    def __init__(self, *, pipeline: Pipeline | None = None, agent: str = "") -> None:
        super().__init__()
        self._pipeline, self._agent = pipeline, agent

    @property
    def name(self) -> str:
        """The middleware's name; LangChain asks for it to be unique."""
        return f"sealegs:{self._agent}" if self._agent else "sealegs"

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any] | AIMessage:
        """Run a model call in the thread's session, on a model that keeps reasoning."""
        with self._prepared(request):
            return handler(request)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any] | AIMessage:
        """As `wrap_model_call`, on an event loop."""
        async with self._prepared(request):
            return await handler(request)

    def _prepared(self, request: ModelRequest[Any]) -> Any:
        if self._pipeline is None:
            from sealegs import Pipeline

            self._pipeline = Pipeline.load()
        _tap(request.model, self._pipeline)
        name = thread_session()
        if not name or current():
            return nullcontext()
        return session(name, agent=self._agent)
