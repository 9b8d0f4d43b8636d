"""What is run: each provider's rules with each client, as rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from anthropic import Anthropic
from langchain_core.language_models import BaseChatModel
from openai import OpenAI

from sealegs_adapters import anthropic_client, langgraph, openai_client
from sealegs_plugins.commands.demo.agents import (
    KEY,
    Agent,
    anthropic_model,
    chat_model,
    responses_model,
)
from sealegs_plugins.commands.demo.chat import ChatApi
from sealegs_plugins.commands.demo.loops import ChatLoop, MessagesLoop, ResponsesLoop
from sealegs_plugins.commands.demo.messages import MessagesApi
from sealegs_plugins.commands.demo.responses import ResponsesApi
from sealegs_plugins.commands.demo.rules import CHAT_RULES, ChatRule
from sealegs_plugins.commands.demo.server import Api
from sealegs_plugins.commands.demo.vault import Vault

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["CASES", "Case", "Play", "chat_loop"]

_CLAUDE: Final = "claude-opus-4-5"
_GPT: Final = "gpt-5.6"

Play: TypeAlias = "Callable[[str, Pipeline | None, Vault], str]"
"""Runs the task against an origin, with sealegs where a pipeline is given; gives the answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """One provider's rules with one client.

    Attributes:
        rule: the provider and its rule.
        client: the client, as the table names it.
        api: makes the API that a fresh server speaks.
        play: runs the task.
    """

    rule: str
    client: str
    api: Callable[[], Api]
    play: Play


def chat_loop(model: str, parameters: dict[str, object], key: str = KEY) -> Play:
    """Give a play of the plain loop on ``openai``'s chat completions."""

    def play(origin: str, pipeline: Pipeline | None, vault: Vault) -> str:
        with OpenAI(base_url=origin, api_key=key, max_retries=0) as client:
            if pipeline is not None:
                openai_client.enable(client, pipeline=pipeline)
            return ChatLoop(client, model, parameters).run(vault)

    return play


def _openai_chat(rule: ChatRule) -> Play:
    inner = chat_loop(rule.model, dict(rule.parameters))
    return lambda origin, pipeline, vault: inner(f"{origin}/v1", pipeline, vault)


def _openai_responses(origin: str, pipeline: Pipeline | None, vault: Vault) -> str:
    with OpenAI(base_url=f"{origin}/v1", api_key=KEY, max_retries=0) as client:
        if pipeline is not None:
            openai_client.enable(client, pipeline=pipeline)
        return ResponsesLoop(client, _GPT).run(vault)


def _anthropic(origin: str, pipeline: Pipeline | None, vault: Vault) -> str:
    with Anthropic(base_url=origin, api_key=KEY, max_retries=0) as client:
        enabled = client
        if pipeline is not None:
            enabled = anthropic_client.enable(client, pipeline=pipeline)
        return MessagesLoop(enabled, _CLAUDE).run(vault)


def _agent(make: Callable[[str], BaseChatModel]) -> Play:
    def play(origin: str, pipeline: Pipeline | None, vault: Vault) -> str:
        middleware = [langgraph.SealegsMiddleware(pipeline=pipeline)] if pipeline else []
        return Agent(make(origin), middleware).run(vault)

    return play


def _agent_chat(rule: ChatRule) -> Play:
    return _agent(lambda origin: chat_model(origin, rule.model, rule.parameters))


def _chat_rows(rule: ChatRule) -> tuple[Case, Case]:
    api = partial(ChatApi, rule)
    return (
        Case(rule.name, "LangGraph, ChatOpenAI", api, _agent_chat(rule)),
        Case(rule.name, "openai, plain loop", api, _openai_chat(rule)),
    )


def _rows() -> tuple[Case, ...]:
    chat = [case for rule in CHAT_RULES.values() for case in _chat_rows(rule)]
    claude = _agent(lambda origin: anthropic_model(origin, _CLAUDE))
    gpt = _agent(lambda origin: responses_model(origin, _GPT))
    signed, sealed = "Anthropic: signed thinking", "OpenAI Responses: encrypted"
    return (
        *chat,
        Case(signed, "LangGraph, ChatAnthropic", MessagesApi, claude),
        Case(signed, "anthropic, plain loop", MessagesApi, _anthropic),
        Case(sealed, "LangGraph, ChatOpenAI", ResponsesApi, gpt),
        Case(sealed, "openai, plain loop", ResponsesApi, _openai_responses),
    )


CASES: Final = _rows()
