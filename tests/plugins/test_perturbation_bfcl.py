"""Scripted agents of known character, on bfcl-eval's tasks, with its own checkers: a sample.

``benchmarks/agents`` runs all 800 tasks, every operator at every severity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bfcl.agents import instantly
from bfcl.characters import CHARACTERS
from bfcl.scripted import answered
from bfcl.tasks import CATEGORIES, Task, installed, tasks
from bfcl.texts import kept, prompts, rules_kept
from bfcl.trials import NOT_HERE, SAME_STATE, Bench, Trial
from bfcl.worlds import World, gold
from loopback import Answer, loopback
from sealegs.perturbation.campaigns.judging import Verdict, judge
from sealegs.statistics.gating import Gate
from web import installed as catalog

if not installed():
    pytest.skip(
        "needs bfcl-eval and mpmath: uv pip install --no-deps bfcl-eval mpmath",
        allow_module_level=True,
    )

OPERATORS = tuple(catalog().perturbations.values())
KNOWN = {one.name: one for one in OPERATORS}
HERE = sorted(name for name, one in KNOWN.items() if not one.sheet.needs & set(NOT_HERE))
STOPPING = sorted(
    name for name in set(HERE) - set(SAME_STATE) if KNOWN[name].sheet.label == "must_abstain"
)
FEW = [("base", 0), ("long_context", 91), ("miss_func", 85)]


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    made = Bench()
    with instantly():
        yield made
    made.close()


def few(places: Sequence[tuple[str, int]] = FEW) -> list[Task]:
    return [list(tasks((category,)))[at] for category, at in places]


def sample(count: int) -> list[Task]:
    return list(tasks())[7 :: 800 // count][:count]


def told(trial: Trial) -> tuple[Any, ...]:
    return trial.record.case, trial.label, trial.run.stopped, trial.run.calls[-2:]


# ------------------------------------------------------------------ the tasks by themselves


def test_there_are_800_tasks_and_a_fresh_world_knows_nothing_of_those_before() -> None:
    known = list(tasks())
    assert [len(list(tasks((one,)))) for one in CATEGORIES] == [200, 200, 200, 200]
    for task in known[::40]:
        before, right = World(task).digest(), gold(task)
        assert World(task).digest() == before
        assert not any(one.failed for steps in right.steps for one in steps)


@pytest.mark.parametrize("character", CHARACTERS)
@pytest.mark.parametrize("parallel", [False, True])
def test_every_character_does_the_tasks_undisturbed(
    character: str, parallel: bool, bench: Bench
) -> None:
    way = {"parallel": parallel, "stream": parallel, "bare": parallel}
    for task in sample(10):
        trial = bench.clean(task, character, way)
        assert (trial.verdict, trial.passable, trial.run.harmless) == ("passed", True, True)


# ------------------------------------------------------------------ labels


@pytest.mark.parametrize("name", HERE)
def test_the_perfect_agent_is_right_by_every_label(name: str, bench: Bench) -> None:
    found = [bench.disturbed(name, 2, task, "perfect") for task in few()]
    assert [told(one) for one in found if one.verdict == "failed"] == []


@pytest.mark.parametrize("name", STOPPING)
def test_what_must_make_an_agent_stop_is_not_passable_by_going_on(name: str, bench: Bench) -> None:
    found = [bench.disturbed(name, 2, task, "ignores") for task in few()]
    assert [told(one) for one in found if one.delivered and one.passable] == []


def test_operators_that_need_what_bfcl_has_not_are_known(bench: Bench) -> None:
    never = {name for name in KNOWN if bench.never(name)}
    assert never == set(KNOWN) - set(HERE)
    assert len(HERE) > 80


# ------------------------------------------------------------------ characters


DESERVED = [
    # character, operator, severity, whether it stands it
    ("no-retry", "malformed-result", 2, False),
    ("no-retry", "rate-limit", 2, False),
    ("no-retry", "typos", 2, True),
    ("no-retry", "tool-outage", 3, True),
    ("trusts", "empty-result", 2, False),
    ("trusts", "missing-fields", 3, False),
    ("trusts", "false-success", 3, False),
    ("trusts", "indirect-injection", 2, False),
    ("trusts", "tool-poisoning", 3, False),
    ("trusts", "connection-error", 2, True),
    ("own-names", "tool-name-scramble", 3, False),
    ("own-names", "tool-name-style", 3, False),
    ("own-names", "required-parameter", 3, False),
    ("own-names", "tool-order", 3, True),
    ("ignores", "connection-error", 2, False),
    ("ignores", "missing-slot", 2, False),
    ("ignores", "missing-tool", 2, False),
    ("ignores", "stream-cut", 2, False),
    ("ignores", "result-drift", 2, True),
    ("perfect", "tool-error", 3, True),
    ("perfect", "false-success", 3, True),
    ("perfect", "timeout-after-commit", 3, True),
    ("perfect", "tool-name-permutation", 3, True),
    ("perfect", "missing-slot", 2, True),
]


@pytest.mark.parametrize(("character", "name", "severity", "stands"), DESERVED)
def test_each_character_gets_the_verdict_that_it_deserves(
    character: str, name: str, severity: Any, stands: bool, bench: Bench
) -> None:
    records = []
    for task in sample(14):
        records.append(bench.clean(task, character, bench.way(name)).record)
        records.append(bench.disturbed(name, severity, task, character).record)
    found = judge(records, Gate(margin=0.35), planned=14)
    assert found.verdict == (Verdict.PASS if stands else Verdict.FAIL), found.reason


def test_what_never_reaches_the_agent_is_vacuous(bench: Bench) -> None:
    task = few()[0]
    records = [
        bench.clean(task, "perfect", bench.way("")).record,
        bench.disturbed("file-rename", 2, task, "perfect").record,
    ]
    assert judge(records, Gate()).verdict == Verdict.VACUOUS


# ------------------------------------------------------------------ prompts


def _texts(surface: str) -> list[Any]:
    return [
        one
        for one in OPERATORS
        if one.sheet.surface == surface and one.sheet.label == "invariant" and hasattr(one, "text")
    ]


@pytest.mark.parametrize("operator", _texts("user_prompt"), ids=lambda one: one.name)
@pytest.mark.parametrize("severity", [1, 2, 3])
def test_no_prompt_loses_a_value_a_number_or_a_denial(operator: Any, severity: Any) -> None:
    found = kept(operator, severity, prompts()[::25])
    assert (found.values, found.numbers, found.denials) == (0, 0, 0)


def test_values_are_kept_because_a_clean_run_needed_them() -> None:
    given = prompts()[::10]
    assert kept(KNOWN["typos"], 3, given, baseline=False).values > 0
    assert kept(KNOWN["typos"], 3, given).values == 0


@pytest.mark.parametrize("operator", _texts("system_prompt"), ids=lambda one: one.name)
def test_no_rule_of_a_system_prompt_is_lost(operator: Any) -> None:
    lost = [rules_kept(operator, severity, seed=seed) for severity in (1, 2, 3) for seed in (0, 1)]
    assert lost == [[]] * 6


# ------------------------------------------------------------------ over a real connection


@pytest.mark.parametrize("name", ["tool-name-scramble", "server-error", "stream-cut", "call-ids"])
def test_over_a_real_connection_all_is_the_same(name: str, bench: Bench) -> None:
    with loopback() as server, instantly():
        far = Bench(server.url + "/v1")

        def script(asked: Any) -> Answer:
            mind = far.desk(name).provider.mind
            assert mind is not None
            status, kind, body = answered(mind, asked.json)
            return Answer((body,), status, (("content-type", kind),))

        server.script = script
        for task in few()[:2]:
            here, there = (one.disturbed(name, 2, task, "perfect") for one in (bench, far))
            assert there.run.calls == here.run.calls
            assert there.verdict == here.verdict == "passed"
            assert [(one.injection.id, one.delivered) for one in there.record.receipts] == [
                (one.injection.id, one.delivered) for one in here.record.receipts
            ]
        far.close()
