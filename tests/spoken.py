"""What a model says, as each wire format streams it in pieces of any size, and whole."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """Reasoning, then text, then calls (id, name, arguments as JSON text)."""

    text: str = ""
    calls: tuple[tuple[str, str, str], ...] = ()
    reasoning: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Speech:
    """How one format says it."""

    wire: str
    whole: Callable[[Said], Body]
    stream: Callable[[Said, int], list[bytes]]


def pieces(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def sse(value: Any, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return (head + f"data: {json.dumps(value)}\n\n").encode()


def aws(value: Body, name: str, *, wrapped: bool = False) -> bytes:
    """One frame of an AWS event stream."""
    data = json.dumps(value).encode()
    if wrapped:
        data = b'{"bytes":"' + base64.b64encode(data) + b'"}'
    named = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(text)) + text.encode()
        for key, text in named.items()
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(data), len(headers))
    frame = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + data
    return frame + struct.pack(">I", zlib.crc32(frame))


# ---------------------------------------------------------------- chat completions, Mistral


def _chat_reason(said: Said) -> str:
    return "length" if said.cut else "tool_calls" if said.calls else "stop"


def _chat_call(call: tuple[str, str, str]) -> Body:
    return {"id": call[0], "type": "function", "function": {"name": call[1], "arguments": call[2]}}


def chat_whole(said: Said) -> Body:
    message: Body = {"role": "assistant", "content": said.text or None}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    if said.calls:
        message["tool_calls"] = [_chat_call(call) for call in said.calls]
    choice = {"index": 0, "message": message, "finish_reason": _chat_reason(said)}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    head: Body = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m"}
    return {**head, "choices": [choice], "usage": usage}


def chat_chunks(said: Said, size: int) -> Iterator[Body]:
    yield {"role": "assistant", "content": ""}
    for piece in pieces(said.reasoning, size):
        yield {"reasoning_content": piece}
    for piece in pieces(said.text, size):
        yield {"content": piece}
    for index, (call_id, name, arguments) in enumerate(said.calls):
        begun = {**_chat_call((call_id, name, "")), "index": index}
        yield {"tool_calls": [begun]}
        for piece in pieces(arguments, size):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def chat_stream(said: Said, size: int) -> list[bytes]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

    def chunk(delta: Body, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return sse({**head, "choices": [choice]})

    out = [chunk(delta) for delta in chat_chunks(said, size)]
    out.append(chunk({}, _chat_reason(said)))
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return [*out, sse({**head, "choices": [], "usage": usage}), b"data: [DONE]\n\n"]


def mistral_whole(said: Said) -> Body:
    reply = chat_whole(said)
    message = reply["choices"][0]["message"]
    if said.reasoning:
        del message["reasoning_content"]
        thought = {"type": "thinking", "thinking": [{"type": "text", "text": said.reasoning}]}
        text = [{"type": "text", "text": said.text}] if said.text else []
        message["content"] = [thought, *text]
    return reply


def mistral_stream(said: Said, size: int) -> list[bytes]:
    """Mistral sends all calls at once, and the finish reason with the last piece."""
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    deltas = list(chat_chunks(Said(said.text, (), said.reasoning), size))
    if said.calls:
        calls = [{**_chat_call(call), "index": n} for n, call in enumerate(said.calls)]
        deltas.append({"tool_calls": calls})
    for delta in deltas:
        text = delta.pop("reasoning_content", None)
        if text is not None:
            thought = {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
            delta["content"] = [thought]
    last = deltas.pop() if len(deltas) > 1 else {"content": ""}
    choices: list[Body] = [{"index": 0, "delta": one, "finish_reason": None} for one in deltas]
    choices.append({"index": 0, "delta": last, "finish_reason": _chat_reason(said)})
    return [*(sse({**head, "choices": [choice]}) for choice in choices), b"data: [DONE]\n\n"]


# ---------------------------------------------------------------- Responses


def responses_items(said: Said) -> list[Body]:
    items: list[Body] = []
    if said.reasoning:
        summary = [{"type": "summary_text", "text": said.reasoning}]
        items.append({"id": "rs_1", "type": "reasoning", "summary": summary})
    if said.text:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        status = "incomplete" if said.cut and not said.calls else "completed"
        items.append({"id": "msg_1", "type": "message", "role": "assistant", "status": status,
                      "content": [part]})  # fmt: skip
    for number, (call_id, name, arguments) in enumerate(said.calls, 1):
        cut = said.cut and number == len(said.calls)
        items.append({"id": f"fc_{number}", "type": "function_call", "call_id": call_id,
                      "name": name, "arguments": arguments,
                      "status": "incomplete" if cut else "completed"})  # fmt: skip
    return items


def responses_whole(said: Said) -> Body:
    details = {"input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
               "output_tokens_details": {"reasoning_tokens": 0}}  # fmt: skip
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m",
            "status": "incomplete" if said.cut else "completed", "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if said.cut else None,
            "instructions": None, "metadata": {}, "parallel_tool_calls": True, "temperature": 1,
            "tool_choice": "auto", "tools": [], "top_p": 1, "output": responses_items(said),
            "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                      **details}}  # fmt: skip


def _responses_events(said: Said, size: int) -> Iterator[Body]:
    whole = responses_whole(said)
    yield {"type": "response.created", "response": {**whole, "output": [], "status": "in_progress"}}
    for index, item in enumerate(whole["output"]):
        of = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress"}
        if item["type"] == "message":
            begun["content"] = []
        elif item["type"] == "function_call":
            begun["arguments"] = ""
        yield {"type": "response.output_item.added", "output_index": index, "item": begun}
        if item["type"] == "message":
            part = item["content"][0]
            of["content_index"] = 0
            kind = "response.output_text"
            yield {"type": "response.content_part.added", **of, "part": {**part, "text": ""}}
            for piece in pieces(part["text"], size):
                yield {"type": f"{kind}.delta", **of, "delta": piece, "logprobs": []}
            yield {"type": f"{kind}.done", **of, "text": part["text"], "logprobs": []}
            yield {"type": "response.content_part.done", **of, "part": part}
        elif item["type"] == "function_call":
            kind = "response.function_call_arguments"
            for piece in pieces(item["arguments"], size):
                yield {"type": f"{kind}.delta", **of, "delta": piece}
            yield {"type": f"{kind}.done", **of, "name": item["name"],
                   "arguments": item["arguments"]}  # fmt: skip
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    kind = "incomplete" if said.cut else "completed"
    yield {"type": f"response.{kind}", "response": whole}


def responses_stream(said: Said, size: int) -> list[bytes]:
    events = _responses_events(said, size)
    return [sse({**one, "sequence_number": n}, one["type"]) for n, one in enumerate(events)]


# ---------------------------------------------------------------- Anthropic


def anthropic_whole(said: Said) -> Body:
    content: list[Body] = []
    if said.reasoning:
        content.append({"type": "thinking", "thinking": said.reasoning, "signature": "s=="})
    if said.text:
        content.append({"type": "text", "text": said.text})
    for call_id, name, arguments in said.calls:
        content.append({"type": "tool_use", "id": call_id, "name": name, "input": _read(arguments)})
    reason = "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": content, "stop_reason": reason, "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip


def _read(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _anthropic_events(said: Said, size: int) -> Iterator[Body]:
    whole = anthropic_whole(said)
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    for index, block in enumerate(whole["content"]):
        begun = dict(block)
        if block["type"] == "thinking":
            begun |= {"thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": one}
                      for one in pieces(block["thinking"], size)]  # fmt: skip
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "text":
            begun["text"] = ""
            deltas = [{"type": "text_delta", "text": one} for one in pieces(block["text"], size)]
        else:
            begun["input"] = {}
            given = next(call[2] for call in said.calls if call[0] == block["id"])
            deltas = [{"type": "input_json_delta", "partial_json": one}
                      for one in pieces(given, size)]  # fmt: skip
        yield {"type": "content_block_start", "index": index, "content_block": begun}
        yield {"type": "ping"}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def anthropic_stream(said: Said, size: int) -> list[bytes]:
    return [sse(one, one["type"]) for one in _anthropic_events(said, size)]


def bedrock_stream(said: Said, size: int) -> list[bytes]:
    return [aws(one, "chunk", wrapped=True) for one in _anthropic_events(said, size)]


# ---------------------------------------------------------------- Gemini


def gemini_whole(said: Said) -> Body:
    parts: list[Body] = []
    if said.reasoning:
        parts.append({"text": said.reasoning, "thought": True})
    if said.text:
        parts.append({"text": said.text})
    for _, name, arguments in said.calls:
        parts.append({"functionCall": {"name": name, "args": _read(arguments)}})
    return _gemini(parts, "MAX_TOKENS" if said.cut else "STOP")


def _gemini(parts: list[Body], reason: str | None) -> Body:
    candidate: Body = {"content": {"role": "model", "parts": parts}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "g",
            "responseId": "r1"}  # fmt: skip


def gemini_stream(said: Said, size: int) -> list[bytes]:
    parts: list[Body] = [{"text": one, "thought": True} for one in pieces(said.reasoning, size)]
    parts += [{"text": one} for one in pieces(said.text, size)]
    parts += gemini_whole(Said(calls=said.calls))["candidates"][0]["content"]["parts"]
    out = [_gemini([part], None) for part in parts]
    out.append(_gemini([{"text": "", "thoughtSignature": "c2ln"}], "STOP"))
    if said.cut:
        out[-1]["candidates"][0]["finishReason"] = "MAX_TOKENS"
    return [sse(one) for one in out]


# ---------------------------------------------------------------- Bedrock Converse


def converse_whole(said: Said) -> Body:
    content: list[Body] = []
    if said.reasoning:
        text = {"text": said.reasoning, "signature": "s=="}
        content.append({"reasoningContent": {"reasoningText": text}})
    if said.text:
        content.append({"text": said.text})
    for call_id, name, arguments in said.calls:
        use = {"toolUseId": call_id, "name": name, "input": _read(arguments)}
        content.append({"toolUse": use})
    reason = "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"
    return {"output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reason, "usage": {"inputTokens": 1, "outputTokens": 1,
                                            "totalTokens": 2}}  # fmt: skip


def _converse_events(said: Said, size: int, *, split: bool) -> Iterator[tuple[str, Body]]:
    """Give the events; split: each piece of text is a block, as Nova has it by invoke."""
    yield "messageStart", {"role": "assistant"}
    index = 0
    if said.reasoning:
        for delta in [{"text": one} for one in pieces(said.reasoning, size)]:
            yield _delta(index, {"reasoningContent": delta})
        yield _delta(index, {"reasoningContent": {"signature": "s=="}})
        yield "contentBlockStop", {"contentBlockIndex": index}
        index += 1
    for number, piece in enumerate(pieces(said.text, size)):
        if split and number:
            yield "contentBlockStop", {"contentBlockIndex": index}
            index += 1
        yield _delta(index, {"text": piece})
    if said.text:
        yield "contentBlockStop", {"contentBlockIndex": index}
        index += 1
    for call_id, name, arguments in said.calls:
        start = {"toolUse": {"toolUseId": call_id, "name": name}}
        yield "contentBlockStart", {"contentBlockIndex": index, "start": start}
        for piece in pieces(arguments, size):
            yield _delta(index, {"toolUse": {"input": piece}})
        yield "contentBlockStop", {"contentBlockIndex": index}
        index += 1
    whole = converse_whole(said)
    yield "messageStop", {"stopReason": whole["stopReason"]}
    yield "metadata", {"usage": whole["usage"], "metrics": {"latencyMs": 1}}


def _delta(index: int, delta: Body) -> tuple[str, Body]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}


def converse_stream(said: Said, size: int) -> list[bytes]:
    events = _converse_events(said, size, split=False)
    return [aws({**data, "p": "abc"}, name) for name, data in events]


def nova_stream(said: Said, size: int) -> list[bytes]:
    events = _converse_events(said, size, split=True)
    return [aws({name: data}, "chunk", wrapped=True) for name, data in events]


# ---------------------------------------------------------------- Ollama


def _ollama(message: Body, *, done: bool, cut: bool = False) -> Body:
    line: Body = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
    line |= {"message": {"role": "assistant", "content": "", **message}, "done": done}
    if done:
        line |= {"done_reason": "length" if cut else "stop", "eval_count": 1, "total_duration": 1}
    return line


def _ollama_calls(said: Said) -> Body:
    calls = [{"function": {"name": n, "arguments": _read(a)}} for _, n, a in said.calls]
    return {"tool_calls": calls} if calls else {}


def ollama_whole(said: Said) -> Body:
    thought = {"thinking": said.reasoning} if said.reasoning else {}
    return _ollama({"content": said.text, **thought, **_ollama_calls(said)},
                   done=True, cut=said.cut)  # fmt: skip


def ollama_stream(said: Said, size: int) -> list[bytes]:
    lines = [_ollama({"thinking": one}, done=False) for one in pieces(said.reasoning, size)]
    lines += [_ollama({"content": one}, done=False) for one in pieces(said.text, size)]
    if said.calls:
        lines.append(_ollama(_ollama_calls(said), done=False))
    lines.append(_ollama({}, done=True, cut=said.cut))
    return [json.dumps(line).encode() + b"\n" for line in lines]


# ---------------------------------------------------------------- Cohere


def _cohere_reason(said: Said) -> str:
    return "MAX_TOKENS" if said.cut else "TOOL_CALL" if said.calls else "COMPLETE"


def cohere_whole(said: Said) -> Body:
    content: list[Body] = []
    if said.reasoning:
        content.append({"type": "thinking", "thinking": said.reasoning})
    if said.text:
        content.append({"type": "text", "text": said.text})
    message: Body = {"role": "assistant"}
    if content:
        message["content"] = content
    if said.calls:
        message["tool_calls"] = [_chat_call(call) for call in said.calls]
        message["tool_plan"] = "I will call."
    return {"id": "c1", "message": message, "finish_reason": _cohere_reason(said)}


def _cohere_events(said: Said, size: int) -> Iterator[Body]:
    message: Body = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    yield {"type": "message-start", "id": "c1", "delta": {"message": message}}
    parts = cohere_whole(said)["message"].get("content", [])
    for index, part in enumerate(parts):
        kind = part["type"]
        for step, text in (("start", ""), *(("delta", one) for one in pieces(part[kind], size))):
            content = {kind: text} if step == "delta" else {"type": kind, kind: text}
            yield {"type": f"content-{step}", "index": index,
                   "delta": {"message": {"content": content}}}  # fmt: skip
        yield {"type": "content-end", "index": index}
    if said.calls:
        yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will call."}}}
    for index, call in enumerate(said.calls):
        entry = _chat_call((call[0], call[1], ""))
        yield {"type": "tool-call-start", "index": index,
               "delta": {"message": {"tool_calls": entry}}}  # fmt: skip
        for piece in pieces(call[2], size):
            entry = {"function": {"arguments": piece}}
            yield {"type": "tool-call-delta", "index": index,
                   "delta": {"message": {"tool_calls": entry}}}  # fmt: skip
        yield {"type": "tool-call-end", "index": index}
    yield {"type": "message-end", "delta": {"finish_reason": _cohere_reason(said)}}


def cohere_stream(said: Said, size: int) -> list[bytes]:
    return [sse(one, one["type"]) for one in _cohere_events(said, size)]


SPEECHES: Sequence[Speech] = (
    Speech("openai-chat", chat_whole, chat_stream),
    Speech("mistral", mistral_whole, mistral_stream),
    Speech("openai-responses", responses_whole, responses_stream),
    Speech("anthropic-messages", anthropic_whole, anthropic_stream),
    Speech("anthropic-bedrock", anthropic_whole, bedrock_stream),
    Speech("gemini", gemini_whole, gemini_stream),
    Speech("bedrock-converse", converse_whole, converse_stream),
    Speech("bedrock-converse", converse_whole, nova_stream),
    Speech("ollama", ollama_whole, ollama_stream),
    Speech("cohere-v2", cohere_whole, cohere_stream),
)
