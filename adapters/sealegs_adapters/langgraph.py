"""LangGraph graphs and LangChain agents.

    from sealegs_adapters.langgraph import SealegsMiddleware, enable

    agent = create_agent(model, tools, middleware=[SealegsMiddleware()])   # an agent
    model = enable(ChatOpenAI(model="..."))                                # a plain graph
    tools = tool_node([look])                                              # with its tools

A model is served in one of two ways, never in both:

* **On the wire**, below the place where LangChain drops reasoning: the HTTP client that this one
  model holds is replaced by a tapped copy. `enable` does it, and `SealegsMiddleware` does it for
  the model that a call is made with.
* **At the level of its messages**, for models that take no HTTP client (``ChatAnthropic``): the
  middleware runs the call itself through the pipeline. In a plain graph there is no place for
  that, so there `enable` taps the client that ``ChatAnthropic`` has made for itself; a model that
  was enabled stays on the wire in agents too. In a trial all models are served on the wire, so
  that what goes wrong there is what their clients really meet.

The thread id of the graph that runs becomes the session. What is kept in a store on disk is found
again after a restart, with a checkpointer or without.

In trials tools are disturbed where they run: an agent's by its middleware, a plain graph's by a
node that `tool_node` makes. Without a trial a call goes on as it is.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

try:
    from langchain.agents.middleware import ModelRequest, ModelResponse
    from langchain_core.language_models import BaseChatModel
    from langgraph.config import get_config
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f'sealegs_adapters.langgraph needs LangChain: pip install "sealegs[langgraph]" ({error})'
    ) from error

from sealegs.perturbation.current import current_trial
from sealegs.session import Session, current, session
from sealegs_adapters import _message_calls as message_calls
from sealegs_adapters._holders import hold, holds, release
from sealegs_adapters._tapping import Tapping
from sealegs_adapters._tool_calls import TappedTools, agent_within, tool_node

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["SealegsMiddleware", "disable", "enable", "thread_session", "tool_node"]

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
    "client._api_client._httpx_client",  # ChatGoogleGenerativeAI
    "client._api_client._async_httpx_client",
    "client",  # ChatMistralAI
    "async_client",
)
"""Where chat models hold their HTTP clients."""

_PARTS = ("bound", "first", "middle", "last", "steps__", "branches", "runnable", "fallbacks")
"""Where runnables hold others: bindings, sequences, parallels, branches, retries and fallbacks."""


def thread_session() -> str:
    """Name the session by the thread of the graph that is running.

    A session that was set by `sealegs.session` comes first. All that runs in one thread shares its
    session, sub-agents and parallel branches too: a shared history then keeps its reasoning, and
    conversations within the thread are told apart by what was said in them. A run without a thread
    id has no session, whatever its run id: its history comes from the caller and may have begun in
    an earlier run, so turns are then matched by what was said alone.

    Returns:
        The session's name, or an empty string.
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

    The one instance is changed; `disable` takes it back. Other models that share its HTTP client
    are not touched; shallow copies of the model itself (``model_copy``) hold the same clients, and
    are enabled with it. Enabling twice is enabling once, with the first pipeline.

    Args:
        model: a chat model, or anything that holds some: ``model.bind_tools(...)``,
            ``model.with_structured_output(...)``, ``model.with_fallbacks([...])``, a sequence.
        pipeline: shared by all that is to share a store; by default a new one is loaded.

    Returns:
        The same model.

    Raises:
        TypeError: there is no chat model in it, or one holds no HTTP client that is known. Models
            that are made anew for each call (``configurable_fields``, ``init_chat_model`` without
            a model) cannot be enabled; nothing is changed then.
    """
    found = list(_models(model))
    for one in found:
        if not holds(one, _PATHS):
            raise TypeError(f"{_kind(one)} holds no httpx client that sealegs knows of{_ADVICE}")
    if not found:
        raise TypeError(f"there is no chat model in {_kind(model)}{_ADVICE}")
    tapping = Tapping(pipeline or _loaded(), "langgraph", thread_session)
    for one in found:
        hold(one, _PATHS, tapping)
        _prefer_httpx(one, held=True)
    return model


def disable(model: M) -> M:
    """Take the tap off a chat model again, or off all chat models that something holds."""
    for one in _models(model):
        _prefer_httpx(one, held=False)
        release(one, _PATHS)
    return model


def _prefer_httpx(model: Any, *, held: bool) -> None:
    """Make google-genai use its async httpx client, the tapped one, or let it choose again.

    Where aiohttp is installed it would use that, unless its options name an httpx client.
    """
    genai = getattr(getattr(model, "client", None), "_api_client", None)
    options = getattr(genai, "_http_options", None)
    ours = getattr(genai, "_async_httpx_client", None)
    if options is None or ours is None:
        return
    if held and options.httpx_async_client is None:
        options.httpx_async_client = ours
    elif not held and options.httpx_async_client is ours:
        options.httpx_async_client = None


_ADVICE = "; give a chat model an HTTP client made by sealegs_adapters.http.client()"


def _loaded() -> Pipeline:
    from sealegs import Pipeline

    return Pipeline.load()


def _models(thing: Any) -> Iterator[BaseChatModel]:
    """Find the chat models in a runnable."""
    if isinstance(thing, BaseChatModel):
        yield thing
        return
    held: dict[str, Any] = getattr(thing, "__dict__", {})
    inner: Iterable[Any] = [held[name] for name in _PARTS if name in held]
    if type(thing) in (dict, list, tuple):
        inner = thing.values() if hasattr(thing, "values") else thing
    for one in inner:
        yield from _models(one)


def _kind(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


class SealegsMiddleware(TappedTools):
    """Keeps reasoning in an agent of ``create_agent``, and lets its tools be disturbed in trials.

    Whatever model a call is made with is served, also one that another middleware chose. A model
    that can be served in no way is named in a warning, once, and its calls go out as they are. Put
    it last in the list, next to the model, so that it sees what the others made of the messages.

    Args:
        pipeline: shared by all that is to share a store; by default one is loaded at the first
            call.
        agent: names the agent, where several share a thread and no history. Each then has a session
            of its own.
    """

    def __init__(self, *, pipeline: Pipeline | None = None, agent: str = "") -> None:
        super().__init__(agent)
        self._pipeline = pipeline
        self._warned: set[type] = set()

    @property
    def name(self) -> str:
        """The middleware's name; LangChain asks for it to be unique."""
        return f"sealegs:{self._agent}" if self._agent else "sealegs"

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Run a model call in the thread's session, with its reasoning kept."""
        inside = self._session()
        with inside or nullcontext():
            pipeline, served = self._prepared(request.model)
            if served is None:
                return handler(request)
            return message_calls.call(request, handler, served, pipeline, current())

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """As `wrap_model_call`, on an event loop."""
        inside = self._session()
        with inside or nullcontext():
            pipeline, served = self._prepared(request.model)
            if served is None:
                return await handler(request)
            return await message_calls.acall(request, handler, served, pipeline, current())

    def _session(self) -> Session | None:
        """Give the session of this call, where the current one is not it already."""
        name, outer, agent = thread_session(), current(), agent_within(self._agent)
        if not self._agent and name in ("", outer):
            return None
        if not name:  # an agent, in no conversation that has a name
            return Session("", agent)
        inside = session(self._agent or name) if outer else session(name, agent=self._agent)
        return Session(inside.name, agent)

    def _prepared(self, model: Any) -> tuple[Pipeline, message_calls.Served | None]:
        """See to it that a model is served; say how, if at the level of its messages."""
        if self._pipeline is None:
            self._pipeline = _loaded()
        served = message_calls.serves(model)
        on_wire = current_trial() is not None or holds(model, _PATHS, tapped=True)
        if served is not None and not on_wire:
            return self._pipeline, served
        try:
            enable(model, pipeline=self._pipeline)
        except TypeError as reason:
            self._warn(model, str(reason))
        return self._pipeline, None

    def _warn(self, model: object, reason: str) -> None:
        if type(model) not in self._warned:
            self._warned.add(type(model))
            warnings.warn(f"sealegs keeps no reasoning here: {reason}", UserWarning, stacklevel=4)
