"""The same task against a real endpoint, where nobody counts but the client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from sealegs.jsons import Json
from sealegs_plugins.commands.demo.cases import chat_loop
from sealegs_plugins.commands.demo.runner import ARMS, Arm, Load, Result, attempt, loaded, spanned
from sealegs_plugins.commands.demo.script import CODE
from sealegs_plugins.commands.demo.server import Tally
from sealegs_plugins.commands.demo.vault import Vault
from sealegs_plugins.commands.demo.watching import Watcher

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

    from sealegs import Pipeline

__all__ = ["Endpoint", "Listener", "run_endpoint"]

_REASONING: Final = ("reasoning_content", "reasoning", "reasoning_details", "reasoning_text")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible chat endpoint.

    Attributes:
        base_url: where it is, up to the part before ``/chat/completions``.
        model: the model's name.
        key: the key.
    """

    base_url: str
    model: str
    key: str = field(repr=False)

    @property
    def name(self) -> str:
        """Host and model, without what an address may hold of secrets."""
        return f"{urlsplit(self.base_url).hostname}, {self.model}"


@dataclass(slots=True)
class Listener:
    """Counts what comes off the wire, and overhears the code word which the model chooses.

    Attributes:
        tally: turns and tokens; what arrived at the endpoint is not known here.
        thinking: how many turns came with reasoning.
        codes: what looked like a code word in the reasoning of the turn that armed the vault.
    """

    tally: Tally = field(default_factory=Tally)
    thinking: int = 0
    codes: set[str] = field(default_factory=set[str])

    def hear(self, completion: Json) -> None:
        """Take in one reply."""
        message = completion["choices"][0]["message"]
        usage: Json = completion.get("usage") or {}
        self.tally.turns += 1
        self.tally.prompt_tokens += usage.get("prompt_tokens") or 0
        self.tally.completion_tokens += usage.get("completion_tokens") or 0
        reasoning = _reasoning(message)
        self.thinking += bool(reasoning)
        calls = message.get("tool_calls") or ()
        if any(call["function"]["name"] == "arm_vault" for call in calls):
            self.codes.update(CODE.findall(reasoning))

    def accepts(self, code: str) -> bool:
        """Say whether the model chose this code word, as far as can be seen."""
        return code in self.codes


def run_endpoint(
    endpoint: Endpoint, load: Load, tracer: Tracer, tell: Callable[[str], None]
) -> Iterator[Result]:
    """Run the task without sealegs and with it."""
    for arm in ARMS:
        tell(f"{endpoint.name}, {arm} sealegs")
        with loaded(load, arm) as (pipeline, watcher):
            yield spanned(tracer, partial(_run, endpoint, arm, pipeline, watcher))


def _run(endpoint: Endpoint, arm: Arm, pipeline: Pipeline | None, watcher: Watcher) -> Result:
    listener = Listener()
    vault = Vault(listener.accepts, listener.hear)
    play = chat_loop(endpoint.model, {}, endpoint.key)
    outcome = attempt(lambda: play(endpoint.base_url, pipeline, vault), vault)
    silent = "" if listener.thinking else "no reply carried reasoning"
    note = "; ".join(filter(None, (silent, watcher.note)))
    tally, client = listener.tally, "openai, plain loop"
    return Result(endpoint.name, client, arm, outcome, tally, note, watcher.fault)


def _reasoning(message: Json) -> str:
    """Give a message's reasoning, wherever an OpenAI-compatible endpoint puts it."""
    fields = [json.dumps(message[name]) for name in _REASONING if message.get(name)]
    content = message.get("content") or ""
    tagged, closed, _ = content.partition("</think>")
    return "\n".join([*fields, tagged if closed else ""]).strip()
