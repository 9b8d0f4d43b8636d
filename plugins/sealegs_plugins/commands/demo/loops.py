"""Plain loops around the official clients, which keep what a typical project keeps.

That is role, visible text and tool calls: what one needs to go on, if one does not know that the
reasoning has to go back.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sealegs.jsons import Json
from sealegs_plugins.commands.demo.vault import QUESTIONS, SYSTEM, TOOLS, Tool, Vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anthropic import Anthropic
    from openai import OpenAI

__all__ = ["ROUNDS", "ChatLoop", "MessagesLoop", "ResponsesLoop", "chat_tool"]

ROUNDS: Final = 24
"""How many turns of the model a question may take before the loop ends it."""

_TAGS: Final = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)


def chat_tool(tool: Tool) -> Json:
    """Write a tool as chat completions have it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return {"type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class ChatLoop:
    """An agent on ``openai``'s chat completions.

    Attributes:
        client: the client.
        model: the model's name.
        parameters: what goes out as ``extra_body``.
    """

    client: OpenAI
    model: str
    parameters: Mapping[str, Json]

    def run(self, vault: Vault) -> str:
        """Ask the questions in one conversation, and give the last answer."""
        history: list[Json] = [{"role": "system", "content": SYSTEM}]
        answer = ""
        for question in QUESTIONS:
            history.append({"role": "user", "content": question})
            answer = self._answer(history, vault)
        return answer

    def _answer(self, history: list[Json], vault: Vault) -> str:
        for _ in range(ROUNDS):
            completion = self.client.chat.completions.create(
                model=self.model,
                messages=history,
                tools=[chat_tool(tool) for tool in TOOLS],
                extra_body=dict(self.parameters),
            )
            vault.heed(completion.model_dump())
            message = completion.choices[0].message
            # Think tags are cut: the text is shown to a user.
            text = _TAGS.sub("", message.content or "")
            kept: Json = {"role": "assistant", "content": text}
            history.append(kept)
            calls: list[Json] = list(message.tool_calls or ())
            if not calls:
                return text
            kept["tool_calls"] = [_kept_call(call) for call in calls]
            for call in calls:
                result = vault.use(call.function.name, _arguments(call.function.arguments))
                history.append({"role": "tool", "tool_call_id": call.id, "content": result})
        return ""


@dataclass(frozen=True, slots=True)
class ResponsesLoop:
    """An agent on ``openai``'s Responses, with its history at the client.

    Attributes:
        client: the client.
        model: the model's name.
    """

    client: OpenAI
    model: str

    def run(self, vault: Vault) -> str:
        """Ask the questions in one conversation, and give the last answer."""
        history: list[Json] = []
        answer = ""
        for question in QUESTIONS:
            history.append({"role": "user", "content": question})
            answer = self._answer(history, vault)
        return answer

    def _answer(self, history: list[Json], vault: Vault) -> str:
        for _ in range(ROUNDS):
            response = self.client.responses.create(
                model=self.model,
                instructions=SYSTEM,
                input=history,
                tools=[_response_tool(tool) for tool in TOOLS],
                store=False,
                include=["reasoning.encrypted_content"],
            )
            calls: list[Json] = [i for i in response.output if i.type == "function_call"]
            if response.output_text:
                history.append({"role": "assistant", "content": response.output_text})
            if not calls:
                return response.output_text
            history.extend(call.model_dump(exclude_none=True) for call in calls)
            for call in calls:
                result = vault.use(call.name, _arguments(call.arguments))
                output = {"call_id": call.call_id, "output": result}
                history.append({"type": "function_call_output", **output})
        return ""


@dataclass(frozen=True, slots=True)
class MessagesLoop:
    """An agent on ``anthropic``'s Messages, with thinking enabled.

    Attributes:
        client: the client.
        model: the model's name.
    """

    client: Anthropic
    model: str

    def run(self, vault: Vault) -> str:
        """Ask the questions in one conversation, and give the last answer."""
        history: list[Json] = []
        answer = ""
        for question in QUESTIONS:
            history.append({"role": "user", "content": question})
            answer = self._answer(history, vault)
        return answer

    def _answer(self, history: list[Json], vault: Vault) -> str:
        for _ in range(ROUNDS):
            message = self.client.messages.create(
                model=self.model,
                system=SYSTEM,
                messages=history,
                tools=[_anthropic_tool(tool) for tool in TOOLS],
                thinking={"type": "enabled", "budget_tokens": 1024},
                max_tokens=4096,
            )
            blocks: list[Json] = [b.model_dump(exclude_none=True) for b in message.content]
            kept = [block for block in blocks if block["type"] in ("text", "tool_use")]
            history.append({"role": "assistant", "content": kept})
            calls = [block for block in kept if block["type"] == "tool_use"]
            if not calls:
                return "".join(block["text"] for block in kept)
            results = [(call["id"], vault.use(call["name"], call["input"])) for call in calls]
            history.append({"role": "user", "content": [_result(*pair) for pair in results]})
        return ""


def _response_tool(tool: Tool) -> Json:
    return {**chat_tool(tool)["function"], "type": "function"}


def _anthropic_tool(tool: Tool) -> Json:
    return {"name": tool.name, "description": tool.description, "input_schema": tool.schema}


def _result(call: str, content: str) -> Json:
    return {"type": "tool_result", "tool_use_id": call, "content": content}


def _kept_call(call: Json) -> Json:
    function = {"name": call.function.name, "arguments": call.function.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _arguments(text: str) -> Json:
    """Read a call's arguments; a real model may write what is not a JSON object."""
    try:
        value: Json = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if hasattr(value, "items") else {}
