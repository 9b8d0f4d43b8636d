"""What a decision costs, beside the hash that it is made of; and what a trial costs a tap.

    python benchmarks/perturbation/decisions.py
    python benchmarks/perturbation/decisions.py --rounds 40 --json decisions.json

Rounds are interleaved, each measure once in each; the table gives the median and the span of the
middle half, in microseconds for one piece of work. ``blake2b`` is a bare keyed hash of what names a
place; a decision is two of them. ``new place`` is all that `Trial.consider` does where a place was
not seen before and nothing fires, ``known place`` where it was; ``Random`` is the standard
library's generator, made for one key, which is what sequential draws would cost in its place.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.operators import About, Site, TextOperator
from sealegs.perturbation.profiles import Use
from sealegs.perturbation.trials.selecting import choose
from sites import OPERATORS, start, using

PIECES = 2000
BUDGET = 5.0
KEY = b"k" * 32


def never(about: About) -> None:
    raise AssertionError(about)


def measures() -> dict[str, Callable[[int], None]]:
    profile = using(Use(operator="noise", rate=1e-12))
    trial = start(profile)
    (active,) = trial.of(TextOperator)
    (choice,) = choose(profile, OPERATORS, seed=0, case="case-1", repetition=0, supplies={})
    known = Site("user_prompt", "text:0123456789abcdef")
    trial.consider(active, known, never, before="x")
    fresh = iter(range(10**9))

    def places() -> list[Site]:
        return [Site("user_prompt", f"text:{next(fresh):016x}") for _ in range(PIECES)]

    def bare(number: int) -> None:
        raw = [f"0\x1fcase-1\x1f0\x1fuser_prompt\x1fnoise\x1f{n}".encode() for n in range(PIECES)]
        started(number)
        for one in raw:
            blake2b(one, key=KEY, digest_size=8).digest()

    def decision(number: int) -> None:
        keys = [place.key for place in places()]
        started(number)
        for key in keys:
            choice.fires(choice.draw(key))

    def draw(number: int) -> None:
        keys = [place.key for place in places()]
        started(number)
        for key in keys:
            Draw.of(0, "case-1", 0, "user_prompt", "noise", key).unit("fires")

    def sequential(number: int) -> None:
        keys = [place.key for place in places()]
        started(number)
        for key in keys:
            Random(key).random()

    def new(number: int) -> None:
        sites = places()
        started(number)
        for site in sites:
            trial.consider(active, site, never, before="x")

    def again(number: int) -> None:
        started(number)
        for _ in range(PIECES):
            trial.consider(active, known, never, before="x")

    def of(number: int) -> None:
        started(number)
        for _ in range(PIECES):
            trial.of(TextOperator, "user_prompt")

    return {
        "blake2b": bare,
        "decision": decision,
        "Draw.of and unit": draw,
        "Random": sequential,
        "consider, new place": new,
        "consider, known place": again,
        "of": of,
    }


_STARTED: dict[int, float] = {}


def started(number: int) -> None:
    """Begin to count: what stands before is made ready."""
    _STARTED[number] = time.perf_counter()


def run(rounds: int) -> dict[str, list[float]]:
    work = measures()
    times: dict[str, list[float]] = {name: [] for name in work}
    for number in range(rounds + 3):
        for name, measure in work.items():
            measure(number)
            spent = (time.perf_counter() - _STARTED[number]) / PIECES * 1e6
            if number >= 3:  # the first rounds warm up
                times[name].append(spent)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    table: dict[str, Any] = {}
    for name, times in run(given.rounds).items():
        low, middle, high = statistics.quantiles(times, n=4)
        table[name] = {"median": middle, "from": low, "to": high, "least": min(times)}
        print(f"{name:24} {middle:7.2f} us   {low:6.2f} to {high:6.2f}   least {min(times):6.2f}")
    if given.json:
        given.json.write_text(json.dumps({"unit": "us", "pieces": PIECES, "work": table}, indent=1))
    return int(table["decision"]["median"] > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
