"""What a trial costs a request: nothing fires, and five operators active on 200 messages.

Run it with ``python benchmarks/perturbation/request_cost.py``. All ways take turns in one process;
each figure is the median of the rounds, with the quarters around it, of CPU time in microseconds.
The conversation grows by a call and its result with each request, as an agent's does; ``first`` is
a conversation that was never seen before.

Ways: ``orjson`` parses and dumps the body; ``bare`` is a pipeline without layers; ``asleep`` one
with the layer, and no trial; ``clean`` a trial of the clean arm; ``quiet`` five operators that can
fire and do not; ``five`` five that do, tools renamed among them.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import orjson

from sealegs import Catalog, Pipeline, Settings
from sealegs.drivers import Performer, run
from sealegs.flow import Call, Reply
from sealegs.perturbation.edits import ToolChange, ToolsEdit
from sealegs.perturbation.operators import Sheet
from sealegs.perturbation.profiles import Budget, Profile, Use
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.perturbation.trials.engine import begin
from sealegs.stores.memory import MemoryStore
from sealegs.wire import RequestHead

ROUNDS, MESSAGES = 41, 200
SENTENCE = "The harbour opens at dawn, and look_up_3 reports the cargo of every vessel."
HEAD = RequestHead(
    "POST", "http://127.0.0.1:1/v1/chat/completions", "127.0.0.1:1", "/v1/chat/completions"
)
REPLY = json.dumps(
    {
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Done."},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }
).encode()
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": f"look_up_{n}",
            "description": f"Looks things up, as look_up_{n} does.",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}},
                "required": ["query"],
            },
        },
    }
    for n in range(20)
]


class _Named:
    surface: Any = "user_prompt"

    def __init__(self, name: str, surface: Any) -> None:
        self.name = name
        self.sheet = Sheet(
            name=name,
            code="X",
            surface=surface,
            label="invariant",
            summary=name,
            parameters=({}, {}, {}),
            source="a benchmark",
        )


class Noise(_Named):
    def text(self, text: str, about: Any, /) -> str:
        at = about.draw.below(len(text))
        return text[:at] + "~" + text[at:]


class Cut(_Named):
    def result(self, call: Any, value: Any, about: Any, /) -> tuple[Any]:
        return (str(value)[: 3 * len(str(value)) // 4],)


class Names(_Named):
    def tools(self, tools: Any, about: Any, /) -> ToolsEdit:
        return ToolsEdit({tool.name: ToolChange(name=f"find_{tool.name[8:]}") for tool in tools})


OPERATORS = {
    one.name: one
    for one in (
        Noise("system-noise", "system_prompt"),
        Noise("user-noise", "user_prompt"),
        Cut("cut", "tool_response"),
        Cut("cut-again", "tool_response"),
        Names("names", "tool_info"),
    )
}


def messages(seed: int) -> Iterator[dict[str, Any]]:
    """Give a conversation: a prompt, a task, and then calls with their results."""
    text = " ".join([SENTENCE] * 11)
    yield {"role": "system", "content": f"{seed} Use look_up_1. {text}"}
    yield {"role": "user", "content": f"{seed} {text}"}
    number = 0
    while True:
        number += 1
        call = {
            "id": f"call_{number}",
            "type": "function",
            "function": {
                "name": f"look_up_{number % 20}",
                "arguments": json.dumps({"query": f"{seed}/{number}"}),
            },
        }
        yield {"role": "assistant", "content": f"{number} {text}", "tool_calls": [call]}
        yield {"role": "tool", "tool_call_id": f"call_{number}", "content": f"{number} {text}"}


class Port:
    def send(self, call: Call) -> Reply:
        call.document.encode()
        return Reply(200, {}, REPLY)

    def close(self, reply: Reply) -> None:
        """Nothing is open."""


def exchanged(pipeline: Pipeline, body: bytes) -> None:
    begun = pipeline.begin(HEAD, body, adapter="benchmark")
    assert begun is not None
    run(begun.exchange(), Performer(Port(), pipeline.store))


def trial(rate: float, arm: Any = "disturbed") -> Any:
    uses = tuple(Use(operator=name, rate=rate) for name in OPERATORS)
    budget = Budget(requests=None, seconds=None)
    return begin(
        Profile(name="benchmark", uses=uses, budget=budget),
        catalog=OPERATORS,
        arm=arm,
        settings=Settings.model_validate({"perturbation": {"environment": "test"}}),
    )


def parsed_and_dumped(body: bytes) -> None:
    orjson.dumps(orjson.loads(body))


def ways() -> dict[str, Callable[[bytes], None]]:
    catalog, settings = Catalog.load(), Settings.model_validate({"telemetry": {"enabled": False}})

    def pipeline(*layers: Any) -> Pipeline:
        return Pipeline(settings, catalog, MemoryStore(), layers=layers)

    def within(running: Any) -> Callable[[bytes], None]:
        one = pipeline(PerturbationLayer(catalog, settings))
        with running or nullcontext():
            pass

        def go(body: bytes) -> None:
            exchanged(one, body)

        return go if running is None else running.wrap(go)

    bare = pipeline()
    return {
        "orjson": parsed_and_dumped,
        "bare": lambda body: exchanged(bare, body),
        "asleep": within(None),
        "clean": within(trial(1.0, "clean")),
        "quiet": within(trial(0.0)),
        "five": within(trial(1.0)),
    }


def bodies(seed: int, count: int) -> list[bytes]:
    """Give the requests of one conversation, the last ones with about so many messages."""
    stream = messages(seed)
    said = [next(stream) for _ in range(count - 2 * ROUNDS if count > 2 * ROUNDS else 2)]
    found = []
    for _ in range(ROUNDS + 1):
        found.append(json.dumps({"model": "m", "messages": said, "tools": TOOLS}).encode())
        said = [*said, next(stream), next(stream)]
    return found


def timed(work: Callable[[bytes], None], body: bytes) -> float:
    began = time.process_time_ns()
    work(body)
    return (time.process_time_ns() - began) / 1000


def shown(name: str, figures: list[float]) -> None:
    low, middle, high = statistics.quantiles(figures, n=4)
    print(f"  {name:10} {middle:9.0f}  ({low:.0f} to {high:.0f})")


def main() -> None:
    for count, title in ((2, "small"), (MESSAGES + ROUNDS, "large")):
        known = ways()
        figures: dict[str, list[float]] = {name: [] for name in known}
        requests = bodies(count, count)
        for work in known.values():
            work(requests[0])
        names = list(known)
        for turn, body in enumerate(requests[1:]):  # whoever comes first finds the body not cached
            at = turn % len(names)
            for name in [*names[at:], *names[:at]]:
                figures[name].append(timed(known[name], body))
        size = len(requests[len(requests) // 2])
        print(f"{title}: a growing conversation, in the middle {size} bytes")
        for name, found in figures.items():
            shown(name, found)
    print("first: conversations of 200 messages that were never seen before")
    for name, work in ways().items():
        fresh = [bodies(1000 + n, MESSAGES + 2 * ROUNDS)[0] for n in range(9)]
        shown(name, [timed(work, body) for body in fresh])


if __name__ == "__main__":
    main()
