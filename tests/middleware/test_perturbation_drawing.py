"""Draws depend on their key alone, and decisions on draws alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from sealegs.perturbation.drawing import Draw, begun, digest
from sealegs.perturbation.edits import Spliced
from sealegs.perturbation.profiles import Profile, Use
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.plans import Plan
from sites import OPERATORS, PROFILE, Noise, injections, places, run, start

SEEDS = range(500)
PARTS = st.lists(st.text(max_size=8) | st.integers(), min_size=1, max_size=5)


@given(PARTS, st.text(max_size=20))
def test_a_begun_key_gives_the_draw_of_all_its_parts(parts: list[Any], last: str) -> None:
    hasher = begun(*parts)
    hasher.update(last.encode("utf-8", "surrogatepass"))
    assert Draw(hasher.digest()).unit() == Draw.of(*parts, last).unit()


@given(st.integers(), st.text(max_size=10), st.integers(1, 1000))
def test_a_draw_stays_within_its_limits(seed: int, purpose: str, limit: int) -> None:
    draw = Draw.of(seed)
    assert 0 <= draw.unit(purpose) < 1
    assert 0 <= draw.below(limit, purpose) < limit


@given(st.integers(), st.lists(st.integers(), max_size=12), st.integers(0, 12))
def test_a_smaller_sample_is_a_part_of_a_larger_one(
    seed: int, items: list[int], count: int
) -> None:
    draw, indexes = Draw.of(seed), list(range(len(items)))
    smaller, larger = draw.sample(indexes, count), draw.sample(indexes, count + 1)
    assert set(smaller) <= set(larger)
    assert smaller == sorted(smaller)
    assert sorted(draw.shuffled(items)) == sorted(items)


def test_draws_are_even() -> None:
    units = [Draw.of(n).unit() for n in range(20_000)]
    tenths = [sum(1 for unit in units if int(unit * 10) == tenth) for tenth in range(10)]
    assert all(1800 < count < 2200 for count in tenths)


def test_purposes_and_keys_below_one_draw_are_told_apart() -> None:
    draw = Draw.of(0, "a")
    units = {draw.unit(), draw.unit("x"), draw.sub("x").unit(), draw.sub("x", "y").unit()}
    units |= {Draw.of(0, "b").unit(), Draw.of("0a").unit(), Draw.of(0, "a", "").unit()}
    assert len(units) == 7


def test_a_draw_is_a_keyed_blake2b_of_its_purpose() -> None:
    key = blake2b(b"7\x1fcase\x1fnoise", digest_size=32).digest()
    raw = blake2b(b"fires", key=key, digest_size=8).digest()
    assert Draw.of(7, "case", "noise").unit("fires") == (int.from_bytes(raw, "big") >> 11) / 2**53


def test_texts_that_are_no_unicode_have_digests() -> None:
    assert digest("\ud800") == digest("\ud800".encode("utf-8", "surrogatepass"))


def realised(seed: int, profile: Profile = PROFILE, order: str = "forth") -> Mapping[str, Any]:
    """Run the script, and give what was injected."""
    reached = places()
    if order == "back":
        reached.reverse()
    elif order == "shuffled":
        random.Random(seed).shuffle(reached)
    return injections(run(reached, seed=seed, profile=profile))


def test_no_plan_depends_on_the_order_of_calls() -> None:
    forth = [realised(seed) for seed in SEEDS]
    assert forth == [realised(seed, order="back") for seed in SEEDS]
    assert forth == [realised(seed, order="shuffled") for seed in SEEDS]
    assert sum(map(len, forth)) > 8 * len(SEEDS)
    assert len({str(sorted(plan)) for plan in forth}) > 100


def test_no_plan_depends_on_other_threads() -> None:
    def concurrent(seed: int) -> dict[str, Injection]:
        with start(seed=seed) as trial, ThreadPoolExecutor(4) as pool:
            [pool.submit(trial.wrap(reach), trial) for reach in places()]
        return injections(trial.record())

    assert [concurrent(seed) for seed in SEEDS] == [realised(seed) for seed in SEEDS]


def test_no_plan_depends_on_another_operator() -> None:
    operators = {**OPERATORS, "extra": Noise("extra")}
    again = tuple(Use(operator=name, severity=3) for name in OPERATORS)
    more = Profile(name="more", uses=(Use(operator="extra"), *PROFILE.uses, *again))
    fewer = Profile(name="fewer", uses=PROFILE.uses[2:])
    for seed in SEEDS:
        plan = realised(seed)
        larger = injections(run(places(), seed=seed, profile=more, catalog=operators))
        assert {name: larger.get(name) for name in plan} == plan
        smaller = realised(seed, fewer)
        kept = {use.operator for use in fewer.uses}
        assert smaller == {name: one for name, one in plan.items() if one.operator in kept}


def test_a_second_use_of_an_operator_has_draws_of_its_own() -> None:
    twice = Profile(name="twice", uses=(Use(operator="empties"), Use(operator="empties")))
    once = Profile(name="once", uses=(Use(operator="empties"),))
    shared = alone = 0
    for seed in range(100):
        record = run(places(), seed=seed, profile=twice)
        first = {one.injection.site.key for one in record.receipts if one.use == 0}
        second = {one.injection.site.key for one in record.receipts if one.use == 1}
        single = run(places(), seed=seed, profile=once)
        assert first == {one.injection.site.key for one in single.receipts}
        shared += len(first & second)
        alone += len(first)
    assert 0.35 < shared / alone < 0.65


def marked(seed: int, severity: int) -> dict[str, set[int]]:
    use = Use.model_validate({"operator": "noise", "severity": severity})
    record = run(places(), seed=seed, profile=Profile(name="noise", uses=(use,)))
    found: dict[str, set[int]] = {}
    for one in injections(record).values():
        (part,) = cast("tuple[Spliced]", one.edit)
        found[one.site.key] = {at for at, char in enumerate(part.text) if char == "#"}
    return found


def test_what_a_mild_severity_disturbs_every_severer_one_does() -> None:
    for seed in range(50):
        mild, medium, severe = (marked(seed, severity) for severity in (1, 2, 3))
        assert all(mild[key] <= medium[key] <= severe[key] for key in mild)


def test_a_higher_rate_keeps_what_a_lower_one_disturbs() -> None:
    def disturbed(seed: int, rate: float) -> set[str]:
        return set(realised(seed, Profile(name="r", uses=(Use(operator="resets", rate=rate),))))

    for seed in range(100):
        assert disturbed(seed, 0.0) == set()
        assert disturbed(seed, 0.2) <= disturbed(seed, 0.5) <= disturbed(seed, 1.0)


ELSEWHERE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from sealegs.perturbation.trials.plans import Plan
from sites import PROFILE, places, run
made = [Plan.of(PROFILE, seed, [run(places()[::-1], seed=seed)]).to_json() for seed in range(500)]
json.dump(made, sys.stdout)
"""


def test_no_plan_depends_on_the_process() -> None:
    own = [Plan.of(PROFILE, seed, [run(places(), seed=seed)]).to_json() for seed in SEEDS]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(Path(__file__).parents[1])],
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(own))
