"""An agent's model calls, served at the level of their messages.

For chat models that take no HTTP client. A call runs through the same pipeline as one that is seen
on the wire; what it sends is the agent's own request, with copies of the messages that were edited.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.flow import Call, Reply
from sealegs.jsons import Json, dump, is_object, parse
from sealegs.perturbation.faults import TransportFault
from sealegs.pipeline import Pipeline, Run
from sealegs.wire import RequestHead
from sealegs_adapters import _messages
from sealegs_adapters._message_faults import ClientFaults

__all__ = ["Served", "acall", "call", "serves"]

Request: TypeAlias = ModelRequest[Any]
Response: TypeAlias = ModelResponse[Any]


@dataclass(frozen=True, slots=True)
class Served:
    """A class of chat models, and which of its fields say where a call goes.

    Attributes:
        module: the class's module.
        name: its name; classes derived from it are served as well.
        path: of the endpoint, below the base URL.
        url: the field with the base URL.
        key: the field with the key.
        key_header: the header in which the client sends it.
        model: the field with the model's name.
        client: the package of the client that it uses.
        timeout: the field with the seconds that it waits.
        betas: the field with names of beta features, which go out in ``anthropic-beta``.
        parameters: fields and settings that the provider's rules may look at or set.
    """

    module: str
    name: str
    path: str
    url: str
    key: str
    key_header: str
    client: str
    timeout: str
    model: str = "model"
    betas: str = "betas"
    parameters: tuple[str, ...] = ("thinking",)


_SERVED = (
    Served(
        module="langchain_anthropic.chat_models",
        name="ChatAnthropic",
        path="/v1/messages",
        url="anthropic_api_url",
        key="anthropic_api_key",
        key_header="x-api-key",
        client="anthropic",
        timeout="default_request_timeout",
    ),
)


def serves(model: object) -> Served | None:
    """Say how a chat model is served at the level of its messages, if it is."""
    kinds = {(kind.__module__, kind.__name__) for kind in type(model).__mro__}
    return next((one for one in _SERVED if (one.module, one.name) in kinds), None)


def call(
    request: Request,
    handler: Callable[[Request], Response],
    served: Served,
    pipeline: Pipeline,
    session: str,
) -> Response:
    """Run a model call through a pipeline."""
    begun = _begun(request, served, pipeline, session)
    if begun is None:
        return handler(request)
    perform = Performer(_Port(request, handler), pipeline.store)
    try:
        return _answer(run(begun.exchange(), perform), request, served)
    except TransportFault as fault:
        error = _faults(request, served).met(fault, perform)
        raise error from error.__cause__


async def acall(
    request: Request,
    handler: Callable[[Request], Awaitable[Response]],
    served: Served,
    pipeline: Pipeline,
    session: str,
) -> Response:
    """As `call`, on an event loop."""
    begun = _begun(request, served, pipeline, session)
    if begun is None:
        return await handler(request)
    timeout = pipeline.settings.store_timeout_seconds
    perform = AsyncPerformer(_AsyncPort(request, handler), pipeline.store, timeout)
    try:
        return _answer(await arun(begun.exchange(), perform), request, served)
    except TransportFault as fault:
        error = await _faults(request, served).amet(fault, perform)
        raise error from error.__cause__


def _begun(request: Request, served: Served, pipeline: Pipeline, session: str) -> Run | None:
    """Begin a run; a fault of our own must not cost the caller the call."""
    try:
        head, body = _head(request, served), _body(request, served)
        return pipeline.begin(head, body, adapter="langgraph", session=session or None)
    except Exception:
        return None


def _url(request: Request, served: Served) -> str:
    return str(getattr(request.model, served.url)).rstrip("/") + served.path


def _faults(request: Request, served: Served) -> ClientFaults:
    timeout: float | None = getattr(request.model, served.timeout, None)
    return ClientFaults(served.client, _url(request, served), timeout)


def _head(request: Request, served: Served) -> RequestHead:
    model, url = request.model, urlsplit(_url(request, served))
    given: dict[str, Json] = dict(getattr(model, "default_headers", None) or {})
    headers = {name.lower(): str(value) for name, value in given.items()}
    key = getattr(model, served.key, None)
    said = key.get_secret_value() if isinstance(key, SecretStr) else str(key or "")
    if said:
        headers[served.key_header] = said
    betas = request.model_settings.get(served.betas) or getattr(model, served.betas, None)
    if betas:
        headers["anthropic-beta"] = ",".join(betas)
    host = (url.hostname or "") + (f":{url.port}" if url.port else "")
    return RequestHead("POST", url.geturl(), host, url.path, url.query, headers)


def _body(request: Request, served: Served) -> bytes:
    fields = {name: getattr(request.model, name, None) for name in served.parameters}
    given = request.model_settings
    settings = {name: given[name] for name in served.parameters if name in given}
    return _messages.request(
        request.messages,
        model=str(getattr(request.model, served.model)),
        system=request.system_message,
        tools=request.tools,
        parameters={
            **settings,
            **{n: v for n, v in fields.items() if v is not None},
            "tool_choice": _choice(request.tool_choice),
        },
    )


def _choice(choice: Json) -> Json:
    """Render the choice of a tool by its name; any other choice names none, and is left out."""
    if isinstance(choice, str) and choice not in _CHOICES:
        return {"type": "tool", "name": choice}
    return choice if is_object(choice) else None


_CHOICES = frozenset({"auto", "any", "none"})


@dataclass(frozen=True, slots=True)
class _Port:
    request: Request
    handler: Callable[[Request], Response]

    def send(self, call: Call) -> Reply:
        try:
            return _reply(self.handler(_outgoing(self.request, call)))
        except Exception as error:
            return _refusal(error)

    def close(self, reply: Reply) -> None:
        """Nothing is held open: the messages came whole."""


@dataclass(frozen=True, slots=True)
class _AsyncPort:
    request: Request
    handler: Callable[[Request], Awaitable[Response]]

    async def send(self, call: Call) -> Reply:
        try:
            return _reply(await self.handler(_outgoing(self.request, call)))
        except Exception as error:
            return _refusal(error)

    async def close(self, reply: Reply) -> None:
        """As in `_Port`."""


def _outgoing(request: Request, call: Call) -> Request:
    """Give the agent's request with what the layers edited; without an edit, the very same."""
    if call.document is call.original and not call.headers:
        return request
    changes: dict[str, Any] = {}
    messages = _messages.edited(request.messages, call.original, call.document)
    if messages is not request.messages:
        changes["messages"] = messages
    if call.document.tools != call.original.tools:
        changes["tools"] = _tools(request, call)
    choice = call.document.parameter("tool_choice")
    if choice != call.original.parameter("tool_choice"):
        changes["tool_choice"] = choice
    fields, settings = _parameters(request, call)
    if fields:  # a field wins over a setting of the same name, so it is set on a copy of the model
        changes["model"] = request.model.model_copy(update=fields)
    if settings:
        changes["model_settings"] = {**request.model_settings, **settings}
    return request.override(**changes) if changes else request


def _tools(request: Request, call: Call) -> list[Any]:
    """Give the agent's tools, those that were rewritten as definitions of the provider's."""
    before, after = parse(call.original.tools), parse(call.document.tools)
    return [
        held if old == new else new
        for held, old, new in zip(request.tools, before, after, strict=True)
    ]


_OWN = frozenset({"messages", "tools", "tool_choice"})
"""Members of a request that an agent's request has places of its own for."""


def _parameters(request: Request, call: Call) -> tuple[dict[str, Json], dict[str, Json]]:
    """Tell what the layers set: fields of the model, and settings of the call."""
    before, after = parse(call.original.encode()), parse(call.document.encode())
    new = {
        name: value
        for name, value in after.items()
        if name not in _OWN and before.get(name) != value
    }
    fields = {n: v for n, v in new.items() if getattr(request.model, n, None) is not None}
    settings = {n: v for n, v in new.items() if n not in fields}
    if call.headers:
        given: dict[str, str] = request.model_settings.get("extra_headers") or {}
        settings["extra_headers"] = {**given, **call.headers}
    return fields, settings


@dataclass(frozen=True, slots=True)
class _Native:
    """What the model gave, and how that is said as a reply's body."""

    response: Response
    body: bytes


def _reply(response: Response) -> Reply:
    message = _said(response)
    body = _messages.reply(message) if message is not None else b"{}"
    return Reply(200, {}, body, _Native(response, body))


def _refusal(error: Exception) -> Reply:
    """Give a provider's refusal as a reply, so that the layers see it; anything else is raised."""
    status, body = getattr(error, "status_code", None), getattr(error, "body", None)
    if not isinstance(status, int) or not isinstance(body, dict):
        raise error
    return Reply(status, {}, dump(body), error)


def _answer(reply: Reply, request: Request, served: Served) -> Response:
    """Give the agent its response; one that no layer edited is the very one that came."""
    if isinstance(reply.native, Exception):
        raise reply.native
    native: _Native | None = reply.native
    if native is None:  # a layer answered in the model's place
        if reply.status >= 400:
            raise _faults(request, served).refused(reply)
        return ModelResponse(result=[_messages.new_message(_content(reply))])
    message = _said(native.response)
    if reply.body is native.body or message is None:
        return native.response
    new = _messages.rewritten(message, _content(reply))
    result = [new if one is message else one for one in native.response.result]
    structured = native.response.structured_response
    return ModelResponse(result=result, structured_response=structured)


def _content(reply: Reply) -> Json:
    """Read a reply; what is no JSON fails as it does in the client."""
    body = reply.body or b""
    try:
        said = parse(body)
    except ValueError:
        said = json.loads(body)
    return said.get("content", [])


def _said(response: Response) -> AIMessage | None:
    return next((one for one in response.result if isinstance(one, AIMessage)), None)
