"""The public types, as a user's type checker sees them. Checked, never called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_type

import httpx
from anthropic import Anthropic, AsyncAnthropic
from openai import AsyncOpenAI, OpenAI

from sealegs import (
    Catalog,
    Exchange,
    Pipeline,
    Retention,
    SealegsError,
    Session,
    Settings,
    StoreError,
    hookimpl,
    session,
)
from sealegs.exchange import GapReason
from sealegs.flow import Call, Flow, Layer, Reply, send
from sealegs.knowledge import Provider
from sealegs.records import Store
from sealegs.stores import MemoryStore
from sealegs_adapters import anthropic_client, http, openai_client


def clients() -> None:
    """An enabled client is the client that was given, for the checker too."""
    assert_type(http.wrap(httpx.Client()), httpx.Client)
    assert_type(http.wrap(httpx.AsyncClient()), httpx.AsyncClient)
    assert_type(openai_client.enable(OpenAI()), OpenAI)
    assert_type(openai_client.enable(AsyncOpenAI()), AsyncOpenAI)
    assert_type(openai_client.disable(OpenAI()), OpenAI)
    assert_type(anthropic_client.enable(Anthropic()), Anthropic)
    assert_type(anthropic_client.enable(AsyncAnthropic()), AsyncAnthropic)


def pipelines() -> None:
    """Settings and pipelines."""
    settings = Settings.load(store="memory:", retention={"mode": "report"})
    assert_type(settings.store, str)
    assert_type(settings.disabled_plugins, tuple[str, ...])
    pipeline = Pipeline.load(settings=settings, store=MemoryStore())
    assert_type(pipeline, Pipeline)
    assert_type(pipeline.store, Store)
    assert_type(pipeline.catalog, Catalog)
    assert_type(pipeline.forget("customer-4711"), int)


def ask(question: str, *, loud: bool = False) -> int:
    return len(question) + loud


def sessions() -> None:
    """Sessions keep the type of what they wrap."""
    with session("a", agent="b") as here:
        assert_type(here, Session)
        assert_type(here.headers, Mapping[str, str])
        assert_type(here.wrap(ask)("?", loud=True), int)


class Quiet:
    """A layer that does nothing."""

    name = "quiet"
    stage = 10
    fails_open = True

    def model(self, call: Call, /) -> Flow[Reply]:
        return (yield from send(call))


class Mine:
    """A plugin."""

    @hookimpl
    def middleware(self) -> Iterable[Layer]:
        return [Quiet()]

    @hookimpl
    def providers(self) -> Iterable[Provider]:
        return [Provider(name="mine", wires=frozenset({"openai-chat"}), demand="tool_loop")]

    @hookimpl
    def exchange_finished(self, exchange: Exchange) -> None:
        assert_type(exchange.retention, Retention | None)
        if exchange.retention is not None:
            assert_type(exchange.retention.gaps, tuple[tuple[int, GapReason], ...])


def errors() -> None:
    """Errors are one family, with facts as attributes."""
    assert_type(Catalog.load(Mine(), blocked={"reasoning"}), Catalog)
    try:
        Pipeline.load(store="sqlite:x.db")
    except StoreError as error:
        assert_type(error.reason, str)
    except SealegsError as error:
        assert_type(error, SealegsError)
