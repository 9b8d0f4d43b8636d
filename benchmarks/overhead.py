"""Overhead: what sealegs costs beside the bare client and what others' instrumentations cost.

Every configuration runs in a process of its own, made anew in each round; within a round they take
turns batch by batch, and each batch is compared with the bare client's of the same turn. Measured
is CPU time of the whole process, so that waiting for a busy machine does not count (its caches do).
The model is a transport in the same process that gives recorded bytes: sockets would cost more than
what is measured. What the openai client itself costs varies by more than a tap costs, where a
request is long: there the HTTP client's rows are the sharper ones, for the tap does the same work
under both.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --rounds 6 --json overhead.json
    python benchmarks/overhead.py --only stream --only small

An environment is made under `--envs` with uv, from wheels; nothing but a package index is called.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "mutation_audit"))

import environments  # noqa: E402
from overhead_report import rows, table  # noqa: E402

from frameworks import Framework  # noqa: E402

_PEERS = Framework(
    name="overhead",
    title="openai client and its instrumentations",
    requires=(
        "openai>=3,<4",
        "opentelemetry-instrumentation-genai-openai==1.3b0",
        "openinference-instrumentation-openai==0.1.66",
        "opentelemetry-sdk",
        "orjson",
    ),
    shown="openai",
    hook="`http_client=`",
)
_BY_HTTP = ("bare", "tap", "memory", "sqlite")
_BY_OPENAI = (*_BY_HTTP, "memory-sdk", "otel", "openinference", "otel-memory")
_FLOORS = (
    "orjson/long", "orjson-parse/long", "msgspec-raw/long", "spans/long", "orjson/small",
    "msgspec/chunk", "orjson/chunk",
)  # fmt: skip
_BATCHES = {"openai": 16, "http": 16}  # short ones: some of them meet nobody else on the machine
_LONG = {"one/openai": 8, "every/openai": 8}  # the client itself takes tens of milliseconds a call
_CASES = (
    "small/openai", "small/http", "small-restored/openai", "small-restored/http", "one/openai",
    "one/http", "every/openai", "every/http", "cold/http", "filled/http", "stamped/http",
    "stream/openai", "stream/http", "talk300/openai", "talk75/http", "talk150/http", "talk300/http",
)  # fmt: skip
_SLICE = 25


class Worker:
    """One configuration's process."""

    def __init__(self, interpreter: Path, name: str) -> None:
        self._process = subprocess.Popen(
            [str(interpreter), str(HERE / "overhead_worker.py"), name, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.name = name

    def ask(self, case: str, calls: int = 0) -> dict[str, Any]:
        """Have one batch run."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"case": case, "calls": calls}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name}: the process ended in {case}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def end(self) -> None:
        """Let it end; a configuration that did nothing says so now."""
        assert self._process.stdin
        self._process.stdin.close()
        if self._process.wait(timeout=60):
            raise SystemExit(f"{self.name}: the process ended with {self._process.returncode}")


class Figures:
    """Collects what the workers answer."""

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, list[list[float]]]] = {}
        self.sent: dict[str, dict[str, int]] = {}
        self.floors: dict[str, list[float]] = {}

    def start(self, case: str, name: str) -> list[float]:
        """Begin a round's list of one configuration in one case."""
        batches: list[float] = []
        self.cases.setdefault(case, {}).setdefault(name, []).append(batches)
        return batches


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    interpreter = environments.make(
        options.envs, _PEERS, python=options.python, sealegs=options.sealegs
    )
    figures, began, load = Figures(), time.monotonic(), os.getloadavg()
    for number in range(options.rounds):
        _round(interpreter, figures, options.cases)
        _say(f"round {number + 1} of {options.rounds}: {time.monotonic() - began:.0f} s")
    memory = {} if options.only else {name: _memory(interpreter, name) for name in _BY_HTTP}
    results = {
        "load": {"before": load, "after": os.getloadavg(), "processors": os.cpu_count()},
        "seconds": round(time.monotonic() - began),
        "rounds": options.rounds,
        "chunks": 500,
        "installed": environments.versions(interpreter),
        "cases": figures.cases,
        "sent": figures.sent,
        "floor": {work: median(costs) for work, costs in figures.floors.items()},
        "memory": memory,
    }
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")
    print(table(rows(results), memory))
    print(f"\n{_circumstances(results)}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", action="append", metavar="CASE", help="a case, or its beginning; repeatable"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    parser.add_argument("--envs", type=Path, default=environments.default_root())
    parser.add_argument("--python", default="3.11", help="the environment's Python")
    parser.add_argument(
        "--sealegs", type=Path, default=environments.REPOSITORY, help="the source tree to measure"
    )
    options = parser.parse_args()
    starts = tuple(options.only or ("",))
    options.cases = [case for case in _CASES if case.startswith(starts)]
    if not options.cases:
        parser.error(f"no such case; known: {', '.join(_CASES)}")
    return options


def _round(interpreter: Path, figures: Figures, cases: list[str]) -> None:
    """Run every case once, in fresh processes that take turns."""
    floor, workers = (
        Worker(interpreter, "floor"),
        {
            name: Worker(interpreter, name)
            for name in _BY_OPENAI
            if any(name in _configurations(case) for case in cases)
        },
    )
    for case in cases:
        _case(case, [workers[name] for name in _configurations(case)], figures)
        for work in _FLOORS:
            answer = floor.ask(work)
            figures.floors.setdefault(work, []).append(answer["cpu"] / answer["calls"])
    for worker in (floor, *workers.values()):
        worker.end()


def _configurations(case: str) -> tuple[str, ...]:
    return _BY_OPENAI if case.endswith("openai") else _BY_HTTP


def _case(case: str, workers: list[Worker], figures: Figures) -> None:
    lists = {worker.name: figures.start(case, worker.name) for worker in workers}
    if case.startswith("talk"):
        _talk(case, workers, lists, figures)
        return
    for number in range(_LONG.get(case, _BATCHES[case.partition("/")[2]])):
        # each batch in another order, so that nobody always runs behind the same one
        for worker in (*workers[number % len(workers) :], *workers[: number % len(workers)]):
            answer = worker.ask(case)
            lists[worker.name].append(answer["cpu"] / answer["calls"])


def _talk(
    case: str, workers: list[Worker], lists: dict[str, list[float]], figures: Figures
) -> None:
    """Run conversations to their ends in slices; the HTTP client's first only warms up."""
    turns = int(case.partition("/")[0].removeprefix("talk"))
    for number in range(1 if case.endswith("openai") else 3):
        used, sent = dict.fromkeys(lists, 0.0), dict.fromkeys(lists, 0)
        for _ in range(turns // _SLICE):
            for worker in workers:
                answer = worker.ask(case, _SLICE)
                used[worker.name] += answer["cpu"]
                sent[worker.name] += answer["sent"]
        for name, batches in lists.items():
            if number or case.endswith("openai"):
                batches.append(used[name])
        figures.sent[case] = sent


def _memory(interpreter: Path, name: str) -> dict[str, int]:
    done = subprocess.run(
        [str(interpreter), str(HERE / "overhead_worker.py"), name, "memory"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


def _circumstances(results: dict[str, Any]) -> str:
    slow = results["floor"]["orjson/long"] / _ORJSON_THERE
    load, shown = results["load"], ("openai", "httpx2", "msgspec", "orjson", *_INSTRUMENTATIONS)
    versions = ", ".join(f"{name} {results['installed'][name]}" for name in shown)
    return (
        f"{results['rounds']} rounds in {results['seconds']} s on {load['processors']} processors, "
        f"load {load['before'][0]:.1f} before and {load['after'][0]:.1f} after. {versions}. "
        f"orjson took {slow:.1f} times what it took where the budgets were set. "
        "Rows of the bare client and of floors are what these cost themselves, all others what a "
        "configuration costs beyond the bare client. The model answers from within the process: no "
        "sockets."
    )


_ORJSON_THERE = 204e-6
"""Seconds of parse and dump of such a body on the machine on which the budgets were set."""

_INSTRUMENTATIONS = (
    "opentelemetry-sdk",
    "opentelemetry-instrumentation-genai-openai",
    "openinference-instrumentation-openai",
)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
