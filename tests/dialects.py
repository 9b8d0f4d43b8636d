"""What models say, and how each wire format spells it, written without the library's lenses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from sealegs.wire import RequestHead

__all__ = ["ANTHROPIC", "CHAT", "GEMINI", "RESPONSES", "TOOL", "Called", "Dialect", "Said"]

TURN = "_turn"
"""The member by which a test knows which turn a message is, whatever a framework did to it."""

TOOL = "look_up"


@dataclass(frozen=True)
class Called:
    """One tool call, its arguments as the model wrote them."""

    id: str
    arguments: str = "{}"
    name: str = TOOL


@dataclass(frozen=True)
class Said:
    """One turn of a model; an empty reasoning is none."""

    text: str = ""
    calls: tuple[Called, ...] = ()
    reasoning: str = ""
    signature: str = ""


def sse(events: Sequence[tuple[str, Any]]) -> list[bytes]:
    """Frame events; each is one chunk."""
    framed = []
    for name, data in events:
        head = f"event: {name}\n" if name else ""
        text = data if isinstance(data, str) else json.dumps(data)
        framed.append(f"{head}data: {text}\n\n".encode())
    return framed


class Dialect(Protocol):
    """A provider's JSON, as its own client library reads and writes it."""

    @property
    def turns(self) -> str: ...
    def head(self, host: str, model: str, key: str) -> RequestHead: ...
    def body(
        self, turns: Sequence[Any], system: str, tools: bool, model: str, stream: bool
    ) -> dict[str, Any]: ...
    def user(self, text: str) -> dict[str, Any]: ...
    def results(self, said: Sequence[tuple[str, str]]) -> list[dict[str, Any]]: ...
    def reply(self, said: Said) -> dict[str, Any]: ...
    def events(self, said: Said) -> list[bytes]: ...
    def kept(self, reply: Any) -> list[dict[str, Any]]: ...
    def call_ids(self, reply: Any) -> list[str]: ...
    def is_model(self, turn: Mapping[str, Any]) -> bool: ...
    def given(self, said: Said) -> Any: ...
    def carried(self, turn: Mapping[str, Any]) -> Any: ...
    def forgotten(self, turn: Mapping[str, Any]) -> dict[str, Any] | None: ...


def _head(url: str, **headers: str) -> RequestHead:
    parts = urlsplit(url)
    return RequestHead("POST", url, parts.netloc, parts.path, parts.query, headers)


@dataclass(frozen=True)
class Chat:
    """Chat completions; reasoning is a text in one member."""

    field: str = "reasoning_content"
    turns: str = "messages"

    def head(self, host: str, model: str, key: str) -> RequestHead:
        del model
        return _head(f"https://{host}/v1/chat/completions", authorization=f"Bearer {key}")

    def body(
        self, turns: Sequence[Any], system: str, tools: bool, model: str, stream: bool
    ) -> dict[str, Any]:
        first = [{"role": "system", "content": system}] if system else []
        tool = {"type": "function", "function": {"name": TOOL, "parameters": {"type": "object"}}}
        return {
            "model": model,
            "messages": [*first, *turns],
            **({"tools": [tool]} if tools else {}),
            **({"stream": True} if stream else {}),
        }

    def user(self, text: str) -> dict[str, Any]:
        return {"role": "user", "content": text}

    def results(self, said: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{"role": "tool", "tool_call_id": one, "content": text} for one, text in said]

    def message(self, said: Said) -> dict[str, Any]:
        calls = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in said.calls
        ]
        return {
            "role": "assistant",
            "content": said.text,
            **({self.field: said.reasoning} if said.reasoning else {}),
            **({"tool_calls": calls} if calls else {}),
        }

    def reply(self, said: Said) -> dict[str, Any]:
        choice = {"index": 0, "message": self.message(said), "finish_reason": "stop"}
        return {"id": "r", "object": "chat.completion", "choices": [choice]}

    def events(self, said: Said) -> list[bytes]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        half = len(said.reasoning) // 2
        deltas += [{self.field: s} for s in (said.reasoning[:half], said.reasoning[half:]) if s]
        deltas += [{"content": said.text}] if said.text else []
        for index, call in enumerate(said.calls):
            head = {"name": call.name, "arguments": ""}
            begun = {"index": index, "id": call.id, "type": "function", "function": head}
            rest = {"index": index, "function": {"arguments": call.arguments}}
            deltas += [{"tool_calls": [begun]}, {"tool_calls": [rest]}]
        chunks: list[Any] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        return sse([("", chunk) for chunk in (*chunks, "[DONE]")])

    def kept(self, reply: Any) -> list[dict[str, Any]]:
        return [dict(reply["choices"][0]["message"])]

    def call_ids(self, reply: Any) -> list[str]:
        return [call["id"] for call in reply["choices"][0]["message"].get("tool_calls", ())]

    def is_model(self, turn: Mapping[str, Any]) -> bool:
        return bool(turn["role"] == "assistant")

    def given(self, said: Said) -> Any:
        return said.reasoning or None

    def carried(self, turn: Mapping[str, Any]) -> Any:
        return turn.get(self.field)

    def forgotten(self, turn: Mapping[str, Any]) -> dict[str, Any] | None:
        fields = ("reasoning", "reasoning_content", "reasoning_details")
        return {key: value for key, value in turn.items() if key not in fields}


@dataclass(frozen=True)
class Anthropic:
    """Messages; reasoning is a signed block before everything else."""

    turns: str = "messages"

    def head(self, host: str, model: str, key: str) -> RequestHead:
        del model
        return _head(f"https://{host}/v1/messages", **{"x-api-key": key})

    def body(
        self, turns: Sequence[Any], system: str, tools: bool, model: str, stream: bool
    ) -> dict[str, Any]:
        tool = {"name": TOOL, "input_schema": {"type": "object"}}
        return {
            "model": model,
            "max_tokens": 1000,
            **({"system": system} if system else {}),
            "messages": [*turns],
            **({"tools": [tool]} if tools else {}),
            **({"stream": True} if stream else {}),
        }

    def user(self, text: str) -> dict[str, Any]:
        return {"role": "user", "content": text}

    def results(self, said: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        blocks = [{"type": "tool_result", "tool_use_id": i, "content": text} for i, text in said]
        return [{"role": "user", "content": blocks}]

    def _blocks(self, said: Said) -> list[dict[str, Any]]:
        calls = [
            {"type": "tool_use", "id": c.id, "name": c.name, "input": json.loads(c.arguments)}
            for c in said.calls
        ]
        text = [{"type": "text", "text": said.text}] if said.text else []
        return [*self.given(said), *text, *calls]

    def reply(self, said: Said) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": self._blocks(said),
            "stop_reason": "tool_use" if said.calls else "end_turn",
        }

    def events(self, said: Said) -> list[bytes]:
        message = {**self.reply(said), "content": [], "stop_reason": None}
        events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
        for index, block in enumerate(self._blocks(said)):
            empty, deltas = _begun(block)
            events.append({"type": "content_block_start", "index": index, "content_block": empty})
            events += [{"type": "content_block_delta", "index": index, "delta": d} for d in deltas]
            events.append({"type": "content_block_stop", "index": index})
        reason = self.reply(said)["stop_reason"]
        events += [
            {"type": "message_delta", "delta": {"stop_reason": reason}},
            {"type": "message_stop"},
        ]
        return sse([(event["type"], event) for event in events])

    def kept(self, reply: Any) -> list[dict[str, Any]]:
        return [{"role": "assistant", "content": list(reply["content"])}]

    def call_ids(self, reply: Any) -> list[str]:
        return [block["id"] for block in reply["content"] if block["type"] == "tool_use"]

    def is_model(self, turn: Mapping[str, Any]) -> bool:
        return bool(turn["role"] == "assistant")

    def given(self, said: Said) -> Any:
        if not said.reasoning:
            return []
        sign = {"signature": said.signature} if said.signature else {}
        return [{"type": "thinking", "thinking": said.reasoning, **sign}]

    def carried(self, turn: Mapping[str, Any]) -> Any:
        content = turn["content"] if isinstance(turn["content"], list) else []
        return [block for block in content if "thinking" in block["type"]]

    def forgotten(self, turn: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.is_model(turn) or not isinstance(turn["content"], list):
            return dict(turn)
        rest = [block for block in turn["content"] if "thinking" not in block["type"]]
        return {**turn, "content": rest}


def _begun(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": block["thinking"]}]
        if "signature" in block:
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    return {**block, "input": {}}, [delta]


@dataclass(frozen=True)
class Responses:
    """Responses without storage; reasoning is a sealed item before what it led to."""

    turns: str = "input"
    extra: Mapping[str, Any] = field(default_factory=lambda: {"store": False})

    def head(self, host: str, model: str, key: str) -> RequestHead:
        del model
        return _head(f"https://{host}/v1/responses", authorization=f"Bearer {key}")

    def body(
        self, turns: Sequence[Any], system: str, tools: bool, model: str, stream: bool
    ) -> dict[str, Any]:
        tool = {"type": "function", "name": TOOL, "parameters": {"type": "object"}}
        return {
            "model": model,
            **({"instructions": system} if system else {}),
            "input": [*turns],
            **self.extra,
            **({"tools": [tool]} if tools else {}),
            **({"stream": True} if stream else {}),
        }

    def user(self, text: str) -> dict[str, Any]:
        return {"role": "user", "content": text}

    def results(self, said: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        return [{"type": "function_call_output", "call_id": i, "output": t} for i, t in said]

    def _items(self, said: Said) -> list[dict[str, Any]]:
        text = {"type": "output_text", "text": said.text, "annotations": []}
        message = {"type": "message", "id": "", "role": "assistant", "content": [text]}
        items = [*self.given(said), *([message] if said.text else [])]
        for call in said.calls:
            named = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
            items.append({"type": "function_call", "id": f"fc_{call.id}", **named})
        return [{k: v for k, v in item.items() if v != ""} for item in items]

    def reply(self, said: Said) -> dict[str, Any]:
        return {"id": "resp_1", "status": "completed", "output": self._items(said)}

    def events(self, said: Said) -> list[bytes]:
        events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "resp_1"}}]
        for index, item in enumerate(self._items(said)):
            done = {"type": "response.output_item.done", "output_index": index, "item": item}
            events += [{**done, "type": "response.output_item.added"}, done]
        events.append({"type": "response.completed", "response": self.reply(said)})
        return sse([(event["type"], event) for event in events])

    def kept(self, reply: Any) -> list[dict[str, Any]]:
        return [dict(item) for item in reply["output"]]

    def call_ids(self, reply: Any) -> list[str]:
        return [item["call_id"] for item in reply["output"] if item["type"] == "function_call"]

    def is_model(self, turn: Mapping[str, Any]) -> bool:
        return turn.get("role") == "assistant" or turn.get("type") in ("function_call", "reasoning")

    def given(self, said: Said) -> Any:
        if not said.reasoning:
            return []
        summary = [{"type": "summary_text", "text": said.reasoning}]
        sealed = {"summary": summary, "encrypted_content": said.signature}
        return [{"type": "reasoning", "id": f"rs_{said.reasoning}", **sealed}]

    def carried(self, turn: Mapping[str, Any]) -> Any:
        return [dict(turn)] if turn.get("type") == "reasoning" else []

    def forgotten(self, turn: Mapping[str, Any]) -> dict[str, Any] | None:
        return None if turn.get("type") == "reasoning" else dict(turn)


@dataclass(frozen=True)
class Gemini:
    """``generateContent``; reasoning is the signature on the first call, or on the text."""

    turns: str = "contents"

    def head(self, host: str, model: str, key: str) -> RequestHead:
        url = f"https://{host}/v1beta/models/{model}:generateContent"
        return _head(url, **{"x-goog-api-key": key})

    def body(
        self, turns: Sequence[Any], system: str, tools: bool, model: str, stream: bool
    ) -> dict[str, Any]:
        del model, stream
        said = {"systemInstruction": {"parts": [{"text": system}]}} if system else {}
        tool = {"functionDeclarations": [{"name": TOOL}]}
        return {"contents": [*turns], **said, **({"tools": [tool]} if tools else {})}

    def user(self, text: str) -> dict[str, Any]:
        return {"role": "user", "parts": [{"text": text}]}

    def results(self, said: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        answers = [{"name": TOOL, "response": {"result": text}} for _, text in said]
        return [{"role": "user", "parts": [{"functionResponse": answer} for answer in answers]}]

    def reply(self, said: Said) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
        parts += [
            {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}}
            for call in said.calls
        ]
        if said.signature:
            first = next((part for part in parts if "functionCall" in part), parts[-1])
            first["thoughtSignature"] = said.signature
        return {"candidates": [{"content": {"role": "model", "parts": parts}}]}

    def events(self, said: Said) -> list[bytes]:
        raise NotImplementedError

    def kept(self, reply: Any) -> list[dict[str, Any]]:
        return [dict(reply["candidates"][0]["content"])]

    def call_ids(self, reply: Any) -> list[str]:
        parts = reply["candidates"][0]["content"]["parts"]
        return ["" for part in parts if "functionCall" in part]

    def is_model(self, turn: Mapping[str, Any]) -> bool:
        return bool(turn["role"] == "model")

    def given(self, said: Said) -> Any:
        return [said.signature] if said.signature else []

    def carried(self, turn: Mapping[str, Any]) -> Any:
        return [part["thoughtSignature"] for part in turn["parts"] if "thoughtSignature" in part]

    def forgotten(self, turn: Mapping[str, Any]) -> dict[str, Any] | None:
        if not self.is_model(turn):
            return dict(turn)
        bare = [{k: v for k, v in p.items() if k != "thoughtSignature"} for p in turn["parts"]]
        return {**turn, "parts": bare}


CHAT, ANTHROPIC, RESPONSES, GEMINI = Chat(), Anthropic(), Responses(), Gemini()
