"""Small agents on real clients, and what everybody but the library itself writes down of them.

An agent asks a scripted model three times: the model calls the first tool twice, then the last one,
then it answers. The model server, the tools, their own HTTP server and the agent each keep a log,
so that what a receipt says can be held against what they say.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

import calling
import sealegs
from calling import Says
from clients import anthropic_driven, openai_driven
from loopback import Answer, Asked, Loopback, loopback, whole
from sealegs.perturbation.worlds.disturbing import WorldClock, disturbed_world
from sealegs_adapters import tool_http
from sealegs_plugins.perturbations.environment.sample import SAMPLE
from sites import STAGING
from web import Bench

STEPS = 6
NOW = 1_700_000_000.0
PROMPT = """\
# The desk

You help with trips. Answer briefly.

- Never refund more than $50.
- Always say the price in euros.
- Be kind.

## Steps

1. Look at the weather.
2. Ask somebody who knows.
"""
ASK = (
    "Hello! Could you please find the cheapest flight to Oslo on 2024-05-01? My budget is 200 "
    "euros. I travel with a dog."
)
WEATHER: Mapping[str, Any] = {
    "city": "Oslo",
    "high": 21.5,
    "wind": 4,
    "on": "2024-05-01",
    "sunny": True,
    "note": "A bright day with hardly a cloud above the fjord.",
    "hours": [{"at": 9, "high": 14}, {"at": 12, "high": 20}, {"at": 15, "high": 21}],
}
ADVICE = "Take the early train to the airport, and bring the papers of the dog."


@dataclass
class Log:
    """What was written down in one arm.

    Attributes:
        asked: requests as the model server took them.
        heard: replies as the agent got them, in the client's own form.
        met: errors of clients, as the agent got them.
        took: seconds of each exchange.
        ran: what tools were called with, as they say themselves.
        gave: what they gave, likewise.
        got: what the agent got of them: a result or an error.
        read: what tools found in the world, look by look.
        happened: what the test's own events wrote down.
        worked: seconds that each call of a tool took, as the agent saw it.
        called: HTTP calls of tools, as the server that they are for took them.
        fetched: what became of them at the tool's client.
    """

    asked: list[Asked] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)
    met: list[Exception] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    ran: list[tuple[str, Any]] = field(default_factory=list)
    gave: list[Any] = field(default_factory=list)
    got: list[Any] = field(default_factory=list)
    read: list[Mapping[str, Any]] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    called: list[Asked] = field(default_factory=list)
    fetched: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """What there is in a scene, and what of it is tapped.

    Attributes:
        system: the system prompt; empty: none.
        ask: what the user says.
        tools: whether the agent has any.
        uses: whether the model calls them; ``one``: one call in a turn.
        model_tap: whether the client is enabled.
        tool_tap: whether tools are tapped; where not, their results are met at the model.
        world: whether the folder is given to be disturbed.
        looks: whether tools look into it.
        web_tap: whether the client of the tools' own calls is wrapped.
        calls_web: whether they make any.
    """

    system: str = PROMPT
    ask: str = ASK
    tools: bool = True
    uses: bool | str = True
    model_tap: bool = True
    tool_tap: bool = True
    world: bool = True
    looks: bool = True
    web_tap: bool = True
    calls_web: bool = True


ALL = Setting()
UNTAPPED = Setting(model_tap=False, tool_tap=False, world=False, web_tap=False)


# ------------------------------------------------------------------ the model


def script(wire: str, streamed: bool, setting: Setting = ALL) -> Callable[[Asked], Answer]:
    """A model that calls the first tool twice, then the last one, then answers."""
    answer = calling.chat_answer if wire == "chat" else calling.anthropic_answer

    def said(asked: Asked) -> Answer:
        body = asked.json
        turn = sum(message["role"] == "assistant" for message in body["messages"])
        offered = [one.get("function", one) for one in body.get("tools", ())]
        if not offered or not setting.uses or turn > 1:
            return answer(streamed, text="Take the early train. The fare is 120 euros.")
        at, cities = (0, ("Oslo", "Rome")) if turn == 0 else (-1, ("Oslo",))
        cities = cities[:1] if setting.uses == "one" else cities
        return answer(
            streamed,
            *(
                Says(offered[at]["name"], _arguments(offered[at], city), f"call_{turn}_{city}")
                for city in cities
            ),
            text="Let me see what I can find.",
        )

    return said


def _arguments(tool: Any, city: str) -> str:
    schema = tool.get("parameters") or tool.get("input_schema") or {}
    found: dict[str, Any] = schema.get("properties", {})
    return json.dumps(
        {name: 2 if one.get("type") == "integer" else city for name, one in found.items()}
    )


# ------------------------------------------------------------------ what was sent


def sent(asked: Asked) -> Mapping[str, Any]:
    """The parts of a request, of whichever of the two wire formats, each by itself."""
    body = asked.json
    tools = [one.get("function", one) for one in body.get("tools", ())]
    schemas = [one.get("parameters", one.get("input_schema")) for one in tools]
    messages: list[Any] = body["messages"]
    texts: dict[str, list[Any]] = {"system": [], "user": [], "assistant": [], "tool": []}
    if body.get("system"):
        texts["system"].append(body["system"])
    calls: list[Any] = []
    for message in messages:
        role, content = message["role"], message.get("content")
        blocks = content if isinstance(content, list) else []
        results = [one for one in blocks if one["type"] == "tool_result"]
        texts["tool"] += [(one["tool_use_id"], one["content"]) for one in results]
        calls += [(one["name"], one["input"]) for one in blocks if one["type"] == "tool_use"]
        for call in message.get("tool_calls") or ():
            calls.append((call["function"]["name"], json.loads(call["function"]["arguments"])))
        if role == "tool":
            texts["tool"].append((message["tool_call_id"], content))
            continue
        spoken = [one["text"] for one in blocks if one["type"] == "text"]
        if spoken or not blocks:
            texts[role].append(spoken or content)
    return {
        "names": [one["name"] for one in tools],
        "descriptions": [one.get("description") for one in tools],
        "schemas": [json.dumps(one) for one in schemas],
        "system": texts["system"],
        "user": texts["user"],
        "said": texts["assistant"],
        "calls": calls,
        "results": texts["tool"],
    }


def difference(clean: Log, disturbed: Log) -> frozenset[str]:
    """The parts in which the first request that is another one differs."""
    for one, other in zip(clean.asked, disturbed.asked, strict=False):
        parts, others = sent(one), sent(other)
        changed = frozenset(name for name in parts if parts[name] != others[name])
        if changed:
            return changed
    return frozenset()


# ------------------------------------------------------------------ the tools


def _plain_tools(log: Log) -> list[Callable[..., Any]]:
    def look(city: str, nights: int = 1) -> dict[str, Any]:
        """Look at the weather of a city."""
        log.ran.append(("look", city))
        log.gave.append({**WEATHER, "city": city})
        return {**WEATHER, "city": city}

    def ask_expert(question: str, nights: int = 1) -> str:
        """Ask somebody who knows."""
        log.ran.append(("ask_expert", question))
        log.gave.append(ADVICE)
        return ADVICE

    return [look, ask_expert]


def _web_tools(log: Log, client: Any, url: str, calls: bool) -> list[Callable[..., Any]]:
    def fetch(city: str, nights: int = 1) -> str:
        """Fetch the weather of a city."""
        log.ran.append(("fetch", city))
        if not calls:
            return "it is late"
        try:
            answer = client.get(f"{url}/weather", params={"city": city})
        except httpx2.HTTPError as error:
            log.fetched.append(error)
            return f"it failed: {error!r}"
        log.fetched.append((answer.status_code, answer.text))
        return str(answer.text)

    return [fetch]


def _world_tools(log: Log, root: Path, clock: WorldClock, looks: bool) -> list[Any]:
    def inspect(city: str, nights: int = 1) -> Any:
        """Look at everything, and take a note of it."""
        log.ran.append(("inspect", city))
        if not looks:
            return "it is late"
        found = dict(_looked(root))
        found["clock"] = clock.now().isoformat()
        log.read.append(found)
        try:
            if (root / "orders.json").exists():
                with (root / "orders.json").open("ab") as file:
                    file.write(b"\n")
        except OSError as error:
            found["orders.json"] = f"{type(error).__name__}: {error}"
        return {name: repr(one)[:60] for name, one in found.items()}

    return [inspect]


def _looked(root: Path) -> Iterator[tuple[str, Any]]:
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_file() and not name.startswith(".git/"):
            yield name, path.read_bytes().rstrip(b"\n")
    if (root / "shop.db").exists():
        with closing(sqlite3.connect(root / "shop.db")) as shop:
            yield "rows", list(shop.iterdump())
    git = ["git", "status", "--porcelain", "--branch", "--untracked-files=no"]
    yield "git", subprocess.run(git, cwd=root, check=False, capture_output=True).stdout


def sample(folder: Path) -> Path:
    """The sample, as real files in a git work tree, with a real database."""
    for path, data in SAMPLE.content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@example.org")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run([*git, *words], cwd=folder, check=True)
    return folder


# ------------------------------------------------------------------ the agents


@dataclass
class Scene:
    """An agent on one client, with the servers that it and its tools reach."""

    wire: str
    streamed: bool = False
    colour: str = "sync"
    kind: str = "plain"
    setting: Setting = ALL
    folder: Path | None = None
    logs: list[Log] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stack = ExitStack()
        self.server: Loopback = self._stack.enter_context(loopback())
        self.web: Loopback = self._stack.enter_context(loopback())
        self.web.script = lambda asked: whole({"weather": "sunny"})
        driven = openai_driven if self.wire == "chat" else anthropic_driven
        bench = Bench(settings=STAGING)
        self._driven = {
            tapped: self._stack.enter_context(
                driven(self.colour, self.server, bench if tapped else None)
            )
            for tapped in (True, False)
        }
        self._clients = {tapped: httpx2.Client(verify=False, trust_env=False) for tapped in (0, 1)}
        tool_http.wrap(self._clients[1], settings=STAGING)
        self._stack.callback(self._shut)

    def _shut(self) -> None:
        for client in self._clients.values():
            client.close()

    def close(self) -> None:
        self._stack.close()

    def begin(self, setting: Setting, folder: Path) -> None:
        """Make ready for one test."""
        self.setting, self.folder, self.logs = setting, folder, []

    def agent(self, case: str) -> None:
        """Work on the case; tries again what fails."""
        log, setting = Log(), self.setting
        self.logs.append(log)
        self.server.script = script(self.wire, self.streamed, setting)
        self.server.asked, self.web.asked = log.asked, log.called
        with self._tools(log) as tools:
            known = [sealegs.tool(one) for one in tools] if setting.tool_tap else tools
            self._converse(log, known if setting.tools else [])

    @contextlib.contextmanager
    def _tools(self, log: Log) -> Iterator[list[Any]]:
        setting = self.setting
        if self.kind == "plain":
            yield _plain_tools(log)
        elif self.kind == "web":
            client = self._clients[setting.web_tap]
            yield _web_tools(log, client, self.web.url, setting.calls_web)
        else:
            assert self.folder is not None
            base = self.folder / f"arm {len(self.logs)}"
            root = shutil.copytree(self.folder / "sample", base / "root")
            events = {
                "mail": lambda: log.happened.append("mail"),
                "meeting": lambda: log.happened.append("meeting"),
            }
            if not setting.world:
                yield _world_tools(log, root, WorldClock(lambda: NOW), setting.looks)
                return
            with disturbed_world(
                root=root, clock=lambda: NOW, events=events, journal=base / "journal"
            ) as world:
                yield _world_tools(log, root, world.clock, setting.looks)

    def _converse(self, log: Log, tools: Sequence[Callable[..., Any]]) -> None:
        by_name: dict[str, Any] = {one.__name__: one for one in tools}
        messages: list[Any] = [{"role": "user", "content": self.setting.ask}]
        for _ in range(STEPS):
            begun = time.monotonic()
            try:
                said, calls = self._spoken(log, messages, tools)
            except (openai.APIError, anthropic.APIError, httpx2.HTTPError, ValueError) as error:
                log.met.append(error)
                continue
            finally:
                log.took.append(time.monotonic() - begun)
            messages.append(said)
            if not calls:
                return
            self._answer(messages, [(one, _ran(log, by_name, one)) for one in calls])

    def _spoken(self, log: Log, messages: Any, tools: Any) -> tuple[Any, list[Says]]:
        """Ask the model; give its message, and the calls in it."""
        client, system = self._driven[self.setting.model_tap], self.setting.system
        made = calling.chat_tool if self.wire == "chat" else calling.anthropic_tool
        given: dict[str, Any] = {"model": "m"}
        if tools:
            given["tools"] = [defined(one, made) for one in tools]
        if self.wire == "anthropic":
            given |= {"max_tokens": 99, **({"system": system} if system else {})}
            reply = client.do(client.client.messages.create, messages=messages, **given)
            log.heard.append(reply.model_dump())
            blocks = [one.model_dump(exclude_none=True) for one in reply.content]
            uses = [one for one in blocks if one["type"] == "tool_use"]
            calls = [Says(one["name"], json.dumps(one["input"]), one["id"]) for one in uses]
            return {"role": "assistant", "content": blocks}, calls
        begun = [{"role": "system", "content": system}] if system else []
        create, all_ = client.client.chat.completions.create, [*begun, *messages]
        if self.streamed:
            stream = client.do(create, messages=all_, stream=True, **given)
            chunks: list[Any] = []
            log.heard.append(chunks)
            for one in client.items(_kept(stream, chunks, self.colour)):
                del one
            return gathered(chunks)
        reply = client.do(create, messages=all_, **given)
        log.heard.append(reply.model_dump())
        message = reply.choices[0].message
        calls = [
            Says(one.function.name, one.function.arguments, one.id)
            for one in message.tool_calls or ()
        ]
        return calling.chat_message(*calls, text=message.content), calls

    def _answer(self, messages: list[Any], results: Sequence[tuple[Says, str]]) -> None:
        if self.wire == "chat":
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": text} for call, text in results
            ]
            return
        blocks = [
            {"type": "tool_result", "tool_use_id": call.id, "content": text}
            for call, text in results
        ]
        messages.append({"role": "user", "content": blocks})


def _kept(stream: Any, chunks: list[Any], colour: str) -> Any:
    """Give a stream of which each piece is kept, also where an error ends it."""
    if colour == "async":

        async def pieces() -> Any:
            async for one in stream:
                chunks.append(one.model_dump())
                yield one

        return pieces()

    def all_() -> Iterator[Any]:
        for one in stream:
            chunks.append(one.model_dump())
            yield one

    return all_()


def gathered(chunks: Sequence[Any]) -> tuple[Any, list[Says]]:
    """Put a stream's pieces together, as agents do."""
    text, calls, ended = "", dict[int, Says](), False
    for chunk in chunks:
        for choice in chunk["choices"]:
            delta = choice["delta"]
            ended = ended or choice["finish_reason"] is not None
            text += delta.get("content") or ""
            for one in delta.get("tool_calls") or ():
                known = calls.get(one["index"], Says("", "", ""))
                function = one["function"]
                calls[one["index"]] = replace(
                    known,
                    id=known.id or one.get("id") or "",
                    name=known.name or function.get("name") or "",
                    arguments=known.arguments + (function.get("arguments") or ""),
                )
    if not ended:
        raise ValueError("the stream did not end")
    found = list(calls.values())
    return calling.chat_message(*found, text=text), found


def defined(tool: Any, made: Callable[..., Any] = calling.chat_tool) -> Any:
    """Define a tool for a wire format."""
    name = next(iter(tool.__annotations__))
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": f"Which {name}."},
            "nights": {"type": "integer", "description": "How many nights."},
        },
        "required": [name],
    }
    return made(tool.__name__, schema, description=tool.__doc__)


def _ran(log: Log, tools: Mapping[str, Any], call: Says) -> str:
    """Run a tool, as agents do: an error is told to the model."""
    begun = time.monotonic()
    try:
        given = json.loads(call.arguments)
        result = tools[call.name](**given)
    except Exception as error:
        log.got.append(error)
        return f"it failed: {error!r}"
    finally:
        log.worked.append(time.monotonic() - begun)
    log.got.append(result)
    return result if isinstance(result, str) else json.dumps(result)


# ------------------------------------------------------------------ LangGraph


class Graph(Scene):
    """The same agent, of ``create_agent``, on LangChain's own model."""

    def __post_init__(self) -> None:
        super().__post_init__()
        package = pytest.importorskip("langchain_openai")
        given: dict[str, Any] = {"verify": False, "trust_env": False}
        self._models: dict[bool, Any] = {}
        for tapped in (True, False):
            client = self._stack.enter_context(openai.DefaultHttpxClient(**given))
            self._models[tapped] = package.ChatOpenAI(
                model="m",
                api_key="sk-secret",
                base_url=f"{self.server.url}/v1",
                http_client=client,
                max_retries=0,
            )
        self._pipeline = Bench(settings=STAGING).pipeline

    def agent(self, case: str) -> None:
        """Work on the case."""
        from langchain.agents import create_agent
        from langchain_core.tools import StructuredTool

        from sealegs_adapters.langgraph import SealegsMiddleware, enable

        log, setting = Log(), self.setting
        self.logs.append(log)
        self.server.script = script(self.wire, self.streamed, setting)
        self.server.asked = log.asked
        tools = [StructuredTool.from_function(one) for one in _plain_tools(log)]
        middleware: list[Any] = [_writer(log)]
        model = self._models[setting.model_tap]
        if setting.tool_tap:
            middleware.append(SealegsMiddleware(pipeline=self._pipeline))
        elif setting.model_tap:
            enable(model, pipeline=self._pipeline)
        made = create_agent(
            model,
            tools if setting.tools else [],
            middleware=middleware,
            system_prompt=setting.system or None,
        )
        asked: Any = {"messages": [{"role": "user", "content": setting.ask}]}
        with contextlib.suppress(GaveUpError):
            made.invoke(asked, {"recursion_limit": 40})
        log.got = [one for _, one in sorted(log.got, key=lambda pair: str(pair[0]))]


class GaveUpError(Exception):
    """The model failed too often."""


def _writer(log: Log) -> Any:
    """Make the outermost middleware: it writes down what the agent gets, and tries again."""
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.messages import ToolMessage

    def got(request: Any, result: Any) -> None:
        """Write down a result with its call: those of one turn run at once, in any order."""
        call = request.tool_call
        log.got.append(((call["name"], call["args"]), result))

    class Writer(AgentMiddleware[Any, Any, Any]):
        def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
            while len(log.took) < STEPS:
                begun = time.monotonic()
                try:
                    reply = handler(request)
                except (openai.APIError, ValueError) as error:
                    log.met.append(error)
                    continue
                finally:
                    log.took.append(time.monotonic() - begun)
                log.heard.append([one.model_dump(exclude={"id"}) for one in reply.result])
                return reply
            raise GaveUpError

        def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
            begun = time.monotonic()
            try:
                result = handler(request)
            except Exception as error:
                got(request, error)
                said = f"it failed: {error!r}"
                return ToolMessage(said, tool_call_id=request.tool_call["id"], status="error")
            finally:
                log.worked.append(time.monotonic() - begun)
            got(request, result.content)
            return result

    return Writer()
