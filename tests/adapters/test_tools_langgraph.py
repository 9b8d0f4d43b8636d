"""Tools of agents: on the wire (ChatOpenAI), and at the level of messages (ChatAnthropic)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import pydantic
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage
from langchain_core.tools import StructuredTool
from langgraph.checkpoint.memory import InMemorySaver

from calling import LONG, Says, anthropic_answer, chat_answer
from loopback import Answer, Asked, Loopback, loopback
from sealegs import Settings
from sealegs_adapters._holders import _clients
from sealegs_adapters.langgraph import _PATHS, SealegsMiddleware
from web import Bench

UNIQUE = "call_Zb2kQ7LmWx4"
SAID = {"messages": [{"role": "user", "content": "Order some tea."}]}
WAYS = pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])


class Order(pydantic.BaseModel):
    """What an order needs."""

    item: str
    count: Annotated[int, pydantic.Field(ge=1)] = 1
    kind: Literal["green", "black"] | None = None
    labels: dict[str, str] = {}


class Shop:
    """Tools with awkward names that write down what they are given."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []
        self.looks: list[str] = []

    @property
    def tools(self) -> list[StructuredTool]:
        def order(**given: Any) -> str:
            self.orders.append(given)
            return f"ordered {given['item']}"

        def look(city: str) -> str:
            self.looks.append(city)
            return "sunny"

        make: Any = StructuredTool
        return [
            make.from_function(order, name="shop.order", description="Order.", args_schema=Order),
            make.from_function(look, name=LONG, description="Look."),
        ]


class Kind:
    """One class of chat models, on one of the two ways."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.anthropic = name == "ChatAnthropic"

    def model(self, server: Loopback, **more: Any) -> Any:
        if self.anthropic:
            package: Any = pytest.importorskip("langchain_anthropic")
            given = {"model": "claude-opus-4-5", "max_tokens": 99, "base_url": server.url}
            return package.ChatAnthropic(api_key="k", max_retries=0, **{**given, **more})
        package = pytest.importorskip("langchain_openai")
        base = server.url + "/v1"
        return package.ChatOpenAI(model="m", base_url=base, api_key="k", max_retries=0, **more)

    def answer(self, seen: Asked, *calls: Says, **more: Any) -> Answer:
        streamed = bool(seen.json.get("stream"))
        return (anthropic_answer if self.anthropic else chat_answer)(streamed, *calls, **more)

    def names(self, seen: Asked) -> list[str]:
        tools = seen.json["tools"]
        return [tool["name"] if self.anthropic else tool["function"]["name"] for tool in tools]

    def schema(self, seen: Asked, number: int = 0) -> Any:
        tool = seen.json["tools"][number]
        return tool["input_schema"] if self.anthropic else tool["function"]["parameters"]

    def bench(self, **tools: Any) -> Bench:
        dialects = {
            "openai-compatible": "openai-chat",
            "anthropic-compatible": "anthropic",
            "anthropic": "anthropic",
        }
        return Bench(settings=Settings.load(tools={"dialects": dialects, **tools}))

    def turns(self, seen: Asked) -> list[Any]:
        return [turn for turn in seen.json["messages"] if turn["role"] == "assistant"]

    def sent_calls(self, turn: Any) -> list[tuple[str, Any, str]]:
        if self.anthropic:
            blocks = [block for block in turn["content"] if block["type"] == "tool_use"]
            return [(block["name"], block["input"], block["id"]) for block in blocks]
        return [
            (c["function"]["name"], json.loads(c["function"]["arguments"]), c["id"])
            for c in turn["tool_calls"]
        ]


KINDS = (Kind("ChatOpenAI"), Kind("ChatAnthropic"))
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback() as running:
        yield running


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def run() -> Iterator[Callable[..., Any]]:
    """Ask an agent in one of four ways, and give the messages of its state."""
    models: list[Any] = []
    with asyncio.Runner() as runner:

        def run(
            kind: Kind, server: Loopback, shop: Shop, bench: Bench | None, way: str, *more: Any
        ) -> Any:
            model = kind.model(server)
            models.append(model)
            sealegs = [SealegsMiddleware(pipeline=bench.pipeline)] if bench else []
            layers = [*more, *sealegs]
            agent: Any = create_agent(
                model, shop.tools, middleware=layers, checkpointer=InMemorySaver()
            )
            config = {"configurable": {"thread_id": "t"}}
            match way:
                case "invoke":
                    agent.invoke(SAID, config)
                case "ainvoke":
                    runner.run(agent.ainvoke(SAID, config))
                case "stream":
                    assert list(agent.stream(SAID, config, stream_mode="messages"))
                case _:
                    runner.run(_taken(agent.astream(SAID, config, stream_mode="messages")))
            return agent.get_state(config).values["messages"]

        yield run
        for _, _, client in [found for model in models for found in _clients(model, _PATHS)]:
            if hasattr(client, "aclose"):
                runner.run(client.aclose())
            else:
                client.close()


async def _taken(stream: Any) -> None:
    assert [piece async for piece in stream]


def conversation(kind: Kind, *rounds: Callable[[list[str]], list[Says]]) -> Callable[..., Answer]:
    """Make a script: one round of calls after the other, and an answer at the end."""
    count = [0]

    def script(seen: Asked) -> Answer:
        number, count[0] = count[0], count[0] + 1
        if number < len(rounds):
            return kind.answer(seen, *rounds[number](kind.names(seen)))
        return kind.answer(seen, text="All done.")

    return script


PAIRS = [{"key": "a", "value": "b"}]
STRICT = {"item": "tea", "count": None, "kind": None, "labels": PAIRS}


@kinds
@WAYS
def test_an_agents_tools_get_their_own_arguments(
    kind: Kind, way: str, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    bench = kind.bench(strict="always")
    given = {"item": "tea", "labels": PAIRS} if kind.anthropic else STRICT
    server.script = conversation(
        kind,
        lambda names: [
            Says(names[0], json.dumps(given), UNIQUE),
            Says(names[1], '{"city": "Oslo"}', UNIQUE + "2"),
        ],
        lambda names: [Says(names[1], '{"city": "Rome"}', UNIQUE + "3")],
    )
    messages = run(kind, server, shop, bench, way)
    assert shop.orders == [{"item": "tea", "count": 1, "kind": None, "labels": {"a": "b"}}]
    assert shop.looks == ["Oslo", "Rome"]
    assert messages[-1].text == "All done."
    said = [m for m in messages if isinstance(m, AIMessage)]
    assert [call["name"] for call in said[0].tool_calls] == ["shop.order", LONG]
    assert said[0].tool_calls[0]["args"] == {"item": "tea", "labels": {"a": "b"}}
    names = kind.names(server.asked[0])
    assert all(len(name) <= 64 and "." not in name for name in names)
    assert kind.schema(server.asked[0])["properties"]["labels"] != {"type": "object"}
    history = kind.turns(server.asked[2])
    assert kind.sent_calls(history[0]) == [
        (names[0], given, UNIQUE),
        (names[1], {"city": "Oslo"}, UNIQUE + "2"),
    ]
    assert kind.turns(server.asked[1]) == history[:1]
    for exchange in bench.exchanges:
        assert exchange.failures == ()
        assert exchange.tools is not None
        assert [report.strict for report in exchange.tools.reports] == [True, True]


@kinds
@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_an_agents_calls_are_mended(
    kind: Kind, way: str, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    bench = kind.bench()
    given = '{"item": "tea", "count": "3", "labels": "{\\"a\\": \\"b\\"}"}'
    server.script = conversation(kind, lambda names: [Says(names[0], given, UNIQUE)])
    messages = run(kind, server, shop, bench, way)
    assert shop.orders == [{"item": "tea", "count": 3, "kind": None, "labels": {"a": "b"}}]
    assert [m.status for m in messages if m.type == "tool"] == ["success"]
    assert bench.exchanges[0].tools is not None
    assert [call.outcome for call in bench.exchanges[0].tools.calls] == ["mended"]
    assert kind.sent_calls(kind.turns(server.asked[1])[0])[0][1] == {
        "item": "tea",
        "count": 3,
        "labels": {"a": "b"},
    }


@kinds
@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_call_that_must_not_run_is_made_again_before_the_agent_sees_it(
    kind: Kind, way: str, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    bench = kind.bench()
    server.script = conversation(
        kind,
        lambda names: [Says(names[0], '{"item": "tea", "count": "many"}', UNIQUE)],
        lambda names: [Says(names[0], '{"item": "tea", "count": 2}', UNIQUE + "2")],
    )
    messages = run(kind, server, shop, bench, way)
    assert shop.orders == [{"item": "tea", "count": 2, "kind": None, "labels": {}}]
    assert [m.type for m in messages] == ["human", "ai", "tool", "ai"]
    assert len(server.asked) == 3
    turn, told = server.asked[1].json["messages"][1:]
    assert kind.sent_calls(turn)[0][2] == UNIQUE
    assert "/count" in json.dumps(told)
    assert kind.names(server.asked[0])[0] in json.dumps(told)
    assert len(server.asked[2].json["messages"]) == 3
    assert [one.attempts for one in bench.exchanges] == [2, 1]
    assert bench.exchanges[0].tools is not None
    assert bench.exchanges[0].tools.retries == 1


@pytest.mark.parametrize("sealegs", [False, True], ids=["without", "with"])
def test_a_call_that_was_cut_off_in_a_stream_is_never_run(
    sealegs: bool, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    kind = KINDS[0]
    cut, whole = '{"item": "tea", "count": 1', '{"item": "tea", "count": 12}'
    rounds = iter([(cut, UNIQUE, "length"), (whole, UNIQUE + "2", "tool_calls"), None])

    def script(seen: Asked) -> Answer:
        now = next(rounds)
        if now is None:
            return kind.answer(seen, text="All done.")
        arguments, call_id, reason = now
        return kind.answer(seen, Says(kind.names(seen)[0], arguments, call_id), reason=reason)

    server.script = script
    messages = run(kind, server, shop, kind.bench() if sealegs else None, "stream")
    ordered = [order["count"] for order in shop.orders]
    if not sealegs:  # LangChain completes the text of a call, and its agent runs it
        assert ordered == [1, 12]
        return
    assert ordered == [12]
    told = [m.content for m in messages if m.type == "tool"]
    assert "shop.order (not run: its arguments were cut off) is not a valid tool" in told[0]


@kinds
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_in_report_mode_the_agent_sends_and_gets_what_it_does_without_sealegs(
    kind: Kind, way: str, server: Loopback, run: Callable[..., Any]
) -> None:
    seen, given = [], []
    for bench in (None, kind.bench(mode="report")):
        shop = Shop()
        server.script = conversation(
            kind, lambda names: [Says(names[0], '{"item": "tea", "count": "3"}', UNIQUE)]
        )
        run(kind, server, shop, bench, way)
        seen.append([one.json for one in server.asked])
        given.append(shop.orders)
        server.asked.clear()
    assert seen[0] == seen[1]
    assert given[0] == given[1]


class Choosing(AgentMiddleware[Any, Any, Any]):
    """Lets the model call one tool alone."""

    def __init__(self, choice: Any) -> None:
        super().__init__()
        self._choice = choice

    def wrap_model_call(self, request: Any, handler: Any) -> Any:
        return handler(request.override(tool_choice=self._choice))


@kinds
@pytest.mark.parametrize("spelled", ["name", "object", "any"])
def test_the_choice_of_a_tool_names_it_as_it_is_sent(
    kind: Kind, spelled: str, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    named: Any = {"type": "tool", "name": "shop.order"}
    if not kind.anthropic:
        named = {"type": "function", "function": {"name": "shop.order"}}
    choice = {"name": "shop.order", "object": named, "any": "any"}[spelled]
    server.script = conversation(kind)
    run(kind, server, shop, kind.bench(), "invoke", Choosing(choice))
    sent = server.asked[0].json["tool_choice"]
    (name, _) = kind.names(server.asked[0])
    if spelled == "any":
        assert sent == ({"type": "any"} if kind.anthropic else "required")
    else:
        assert sent == json.loads(json.dumps(named).replace("shop.order", name))


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_an_agent_without_sealegs_fails_on_these_tools(
    way: str, server: Loopback, shop: Shop, run: Callable[..., Any]
) -> None:
    """The control: names go out illegal."""
    kind = KINDS[0]
    server.script = conversation(kind)
    run(kind, server, shop, None, way)
    assert kind.names(server.asked[0]) == ["shop.order", LONG]
