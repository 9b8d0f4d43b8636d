"""One configuration of ours, timed: asked for a case by a JSON line, it answers in nanoseconds.

Runs in sealegs' own environment, beside the peers' workers in theirs.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from sealegs.errors import SealegsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sealegs.schema.dialect import Dialect

    Work = Callable[[list[Any]], Callable[[], object]]


def _dialect(name: str) -> Dialect:
    from sealegs_plugins.dialects import ALL

    return next(one for one in ALL if one.name == name)


def _lowered(name: str) -> Work:
    """From a schema as it came to a lowered one, with its codec and report."""
    from sealegs.schema.canonical import canonical
    from sealegs.schema.lowering import lower

    dialect = _dialect(name)

    def prepare(schemas: list[Any]) -> Callable[[], object]:
        return lambda: [lower(canonical(schema).schema, dialect) for schema in schemas]

    return prepare


def _planned(schemas: list[Any]) -> Callable[[], object]:
    """A whole request: names, both modes, the lint, the budget."""
    from sealegs.schema.definition import ToolDefinition
    from sealegs.schema.planning import plan_tools

    plain, strict = _dialect("openai-chat"), _dialect("openai-chat-strict")
    definitions = [
        ToolDefinition(f"tool_{number}", "A tool.", schema) for number, schema in enumerate(schemas)
    ]
    return lambda: plan_tools(definitions, plain, strict=strict, policy="always")


def _remembered(schemas: list[Any]) -> Callable[[], object]:
    """A request whose tools were seen before: parsed anew, and looked up by their bytes."""
    from sealegs.normalization.plans import Planner, Rules
    from sealegs.wire import RequestHead
    from sealegs_plugins.forms import ALL as FORMS
    from sealegs_plugins.lenses import ALL as LENSES
    from sealegs_plugins.wires.openai_chat import OpenAIChat

    wire = OpenAIChat()
    lens = next(one for one in LENSES if wire.name in one.wires)
    rules = Rules(wire.name, lens, _dialect("openai-chat"), _dialect("openai-chat-strict"))
    planner = Planner({form.name: form for form in FORMS}, "always")
    body = json.dumps(
        {
            "model": "m",
            "messages": [{"role": "user", "content": "Hello"}],
            "tools": [
                {"type": "function", "function": {"name": f"tool_{number}", "parameters": schema}}
                for number, schema in enumerate(schemas)
            ],
        }
    ).encode()
    head = RequestHead(
        "POST", "http://127.0.0.1/v1/chat/completions", "127.0.0.1", "/v1/chat/completions"
    )
    planner.plan(wire.read(body, head), rules)
    return lambda: planner.plan(wire.read(body, head), rules)


def _back(schemas: list[Any]) -> Callable[[], object]:
    """A call's arguments on their way back: decoded, and checked against the original schema."""
    from sealegs.calls.validating import Validator
    from sealegs.schema.canonical import canonical
    from sealegs.schema.lowering import lower

    ready = []
    for schema in schemas:
        whole = canonical(schema)
        lowered = lower(whole.schema, _dialect("openai-chat-strict"))
        sent = lowered.codec.encode(_document(schema))
        validator = Validator(whole.validated)
        validator.accepts(sent)
        ready.append((lowered.codec, validator, sent))
    return lambda: [validator.accepts(codec.decode(sent)) for codec, validator, sent in ready]


def _document(schema: Any) -> Any:
    """Fill in what a schema requires, roughly; it need not be valid to cost what it costs."""
    fill = {"string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": []}
    wanted = schema.get("required", ())
    return {
        name: one["enum"][0] if "enum" in one else fill.get(one.get("type"), {})
        for name, one in schema.get("properties", {}).items()
        if name in wanted
    }


def _parsed(schemas: list[Any]) -> Callable[[], object]:
    import orjson

    raw = orjson.dumps(schemas)
    return lambda: orjson.loads(raw)


def _dumped(schemas: list[Any]) -> Callable[[], object]:
    import orjson

    return lambda: orjson.dumps(schemas)


def _msgspec(schemas: list[Any]) -> Callable[[], object]:
    import msgspec

    raw = msgspec.json.encode(schemas)
    return lambda: msgspec.json.encode(msgspec.json.decode(raw))


def _copied(schemas: list[Any]) -> Callable[[], object]:
    return lambda: copy.deepcopy(schemas)


WORKS: dict[str, Callable[[], Work]] = {
    "sealegs openai-chat": lambda: _lowered("openai-chat"),
    "sealegs openai-chat-strict": lambda: _lowered("openai-chat-strict"),
    "sealegs anthropic-strict": lambda: _lowered("anthropic-strict"),
    "sealegs gemini-parameters": lambda: _lowered("gemini-parameters"),
    "sealegs plan, both modes": lambda: _planned,
    "sealegs plan, cached": lambda: _remembered,
    "sealegs way back": lambda: _back,
    "floor: orjson parse": lambda: _parsed,
    "floor: orjson dump": lambda: _dumped,
    "floor: msgspec parse, dump": lambda: _msgspec,
    "floor: copy.deepcopy": lambda: _copied,
}


def main() -> None:
    work = WORKS[sys.argv[1]]()
    for line in sys.stdin:
        schemas = json.loads(line)["schemas"]
        began = time.process_time_ns()
        try:
            run = work(schemas)
            began = time.process_time_ns()
            run()
            answer: dict[str, Any] = {}
        except SealegsError as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:120]}
        answer["nanoseconds"] = time.process_time_ns() - began
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
