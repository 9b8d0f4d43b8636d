"""Plans: written down, read again, and done again to the letter."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calling import Says, chat_message, chat_said, chat_tool
from flows import WIRES, Port, answered, drive, head
from sealegs import Catalog
from sealegs.errors import ProfileError
from sealegs.exchange import Ledger
from sealegs.flow import Call
from sealegs.perturbation import edits
from sealegs.perturbation.edits import (
    AddedTool,
    BrokenBody,
    BrokenCalls,
    BrokenResults,
    CutStream,
    EditedStream,
    Failed,
    Inserted,
    Pace,
    Pretended,
    Raised,
    Refused,
    Said,
    Slowed,
    Spliced,
    ToolChange,
    ToolsEdit,
    TurnsEdit,
)
from sealegs.perturbation.kinds import read_edit, read_injection, write_edit, write_injection
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import Site, TextOperator
from sealegs.perturbation.profiles import Scope, Use
from sealegs.perturbation.requests.layer import PerturbationLayer
from sealegs.perturbation.trial import Injection
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.perturbation.trials.plans import Plan, PlannedTrial, write_atomically
from sealegs.perturbation.trials.receipts import TrialRecord
from sealegs.perturbation.world import Change
from sites import (
    OPERATORS,
    PROFILE,
    STAGING,
    call,
    first,
    injections,
    places,
    run,
    say,
    start,
    using,
)
from web import asked, compact, installed

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)  # lone surrogates too
NAMES = st.dictionaries(TEXT, TEXT, max_size=3)


def some(kind: Any) -> Any:
    return st.lists(kind, max_size=3).map(tuple)


CHANGE = st.builds(
    ToolChange,
    st.none() | TEXT,
    st.none() | TEXT,
    JSON,
    NAMES,
    some(TEXT),
)
EDITS: Any = st.one_of(
    st.builds(
        ToolsEdit,
        st.dictionaries(TEXT, CHANGE, max_size=2),
        some(st.builds(AddedTool, TEXT, TEXT, JSON, TEXT, TEXT)),
        some(TEXT),
        some(TEXT),
    ),
    st.lists(st.builds(Spliced, st.integers(0), st.integers(0), TEXT), min_size=1).map(tuple),
    st.builds(TurnsEdit, some(TEXT), some(st.builds(Inserted, TEXT, st.just("user"), TEXT))),
    st.builds(Said, JSON, st.none() | st.booleans()),
    st.builds(Failed, st.sampled_from(["error", "timeout", "value"]), TEXT, st.booleans()),
    st.builds(Pretended, JSON),
    st.builds(Slowed, st.floats(0, 60)),
    st.builds(Pace, st.floats(0, 60), st.floats(0, 60), st.floats(0, 60)),
    st.builds(Raised, st.sampled_from(["dns", "reset"]), st.floats(0, 60), st.booleans()),
    st.builds(Refused, st.just("rate_limit"), st.integers(400, 599), NAMES, TEXT),
    st.builds(CutStream, st.integers(0), st.just("hang"), st.booleans(), st.floats(0, 60)),
    st.builds(EditedStream, st.sampled_from(["duplicate", "no_done"]), st.integers(0)),
    st.builds(BrokenBody, st.just("html"), st.floats(0, 1)),
    st.builds(
        BrokenCalls,
        st.integers(0),
        st.none() | TEXT,
        st.booleans(),
        st.none() | TEXT,
        st.none() | TEXT,
        st.floats(0, 1),
        st.booleans(),
        st.sampled_from(["", "stop"]),
        TEXT,
        st.floats(0, 9),
    ),
    st.builds(BrokenResults, st.just("swapped"), st.integers(0)),
    st.lists(st.builds(Change, st.sampled_from(["write", "sql"]), TEXT, NAMES), min_size=1).map(
        tuple
    ),
)


def injection(edit: Any) -> Injection:
    site = Site("user_prompt", "text:x", "agent", 2, 3, "search")
    return Injection("id", "noise", "user_prompt", "invariant", 2, site, edit, "b", "a")


def plan_of(*found: Injection) -> Plan:
    return Plan(PROFILE, 0, (PlannedTrial("case", 0, found),))


# ------------------------------------------------------------------ files


@given(EDITS)
def test_every_edit_survives_a_plan(edit: Any) -> None:
    plan = plan_of(injection(edit))
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())), "here")
    assert again == plan
    (trial,) = again.trials
    assert (trial.injections[0].site.turn, trial.injections[0].site.tool) == (3, "search")
    assert type(trial.injections[0].edit) is type(edit)


def test_every_kind_of_edit_has_a_name_of_its_own() -> None:
    kinds = {
        value
        for name, value in vars(edits).items()
        if name in edits.__all__ and isinstance(value, type)
    }
    parts = {AddedTool, ToolChange, Inserted, edits.SaidTurn, edits.ToolCall, Spliced}
    made: set[str] = set()
    for kind in kinds - parts:
        edit = EXAMPLES[kind]
        made.add(write_edit(edit)["type"])
        assert read_edit(write_edit(edit), "here", "edit") == edit
    assert len(made) == len(kinds - parts)


EXAMPLES: dict[type, Any] = {
    ToolsEdit: ToolsEdit(removed=("a",)),
    TurnsEdit: TurnsEdit(("a",)),
    Said: Said([1]),
    Failed: Failed("timeout", "late"),
    Pretended: Pretended({"ok": True}),
    Slowed: Slowed(1.5),
    Pace: Pace(1.0),
    Raised: Raised("tls"),
    Refused: Refused("quota", 402, {"retry-after": "1"}),
    CutStream: CutStream(3, "end"),
    EditedStream: EditedStream("no_done"),
    BrokenBody: BrokenBody("empty"),
    BrokenCalls: BrokenCalls(id=""),
    BrokenResults: BrokenResults("missing"),
}


def test_numbers_that_json_does_not_know_survive(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    plan_of(injection(Said([float("inf"), 10**40, "\ud800"]))).write(path)
    (trial,) = Plan.read(path).trials
    assert trial.injections[0].edit == Said([float("inf"), 10**40, "\ud800"])


def test_only_its_owner_may_read_a_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)
    plan_of().write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]


def test_a_plan_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["plan.json"]


def changed(plan: Any, place: list[Any], value: Any) -> Any:
    whole = json.loads(json.dumps(plan))
    inner = whole
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return whole


FIRST = ["trials", 0, "injections", 0]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (["version"], 2, "version: is 2; this is version 1"),
        (["extra"], 2, r"plan\.extra: is unknown"),
        (["seed"], "x", "plan: Expected `int`"),
        (["trials", 0, "case"], 1, r"trials\[0\]: Expected `str`"),
        (["trials", 0, "cases"], 1, r"trials\[0\]\.cases: is unknown"),
        ([*FIRST, "severity"], 4, r"trials\[0\]\.injections\[0\]: Invalid enum value 4"),
        ([*FIRST, "edit", "type"], "magic", r"injections\[0\]\.edit\.type: 'magic' is no type"),
        ([*FIRST, "edit"], [], r"injections\[0\]\.edit\.type: None is no type"),
        ([*FIRST, "edit", "type"], [], r"injections\[0\]\.edit\.type: \[\] is no type"),
        ([*FIRST, "edit", "x"], 1, r"injections\[0\]\.edit\.parts: is not all that there is"),
        ([*FIRST, "edit", "parts"], 1, r"injections\[0\]\.edit\.parts: is not all"),
        ([*FIRST, "edit", "parts", 0, "start"], "x", r"edit\.parts\[0\]: Expected `int`"),
        ([*FIRST, "edit", "parts", 0, "end "], 1, r"edit\.parts\[0\]\.end : is unknown"),
        (["profile", "uses", 0, "severity"], 9, r"profile\.uses\.0\.severity: Input should be"),
        (["profile", "usse"], [], r"profile\.usse: unknown key; did you mean 'uses'"),
    ],
)
def test_what_is_no_plan_is_refused_with_file_and_place(
    tmp_path: Path, place: list[Any], value: Any, said: str
) -> None:
    path = tmp_path / "plan.json"
    written = plan_of(injection((Spliced(0, 1, "x"),))).to_json()
    path.write_text(json.dumps(changed(written, place, value)))
    with pytest.raises(ProfileError, match=rf"plan\.json: .*{said}"):
        Plan.read(path)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_with_the_file(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(raw)
    with pytest.raises(ProfileError, match=r"plan\.json: cannot be read"):
        Plan.read(path)
    with pytest.raises(ProfileError, match=r"none\.json: cannot be read"):
        Plan.read(tmp_path / "none.json")


def test_a_deep_result_is_read_again() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = [deep]
    found = injection(Said(deep))
    assert read_injection(write_injection(found), "here", "it") == found


# ------------------------------------------------------------------ what a plan is of


def test_a_plan_is_of_disturbed_trials_in_the_order_of_cases() -> None:
    records = [run(places(), case=case) for case in ("b", "a")]
    clean = run(places(), case="a", arm="clean")
    plan = Plan.of(PROFILE, 0, [*records, clean])
    assert [trial.case for trial in plan.trials] == ["a", "b"]
    found = plan.trial("b", 0)
    assert found is not None
    assert {one.id: one for one in found.injections} == injections(records[0])
    assert plan.trial("b", 1) is None
    assert plan.only([("b", 0)]).trials == plan.trials[1:]


def test_supplies_stay_out_of_a_plan() -> None:
    profile = using(Use(operator="noise", supplies={"variants": print}))
    plan = Plan.of(profile, 0, [run(places(), profile=profile)])
    assert plan.profile.uses[0].supplies == {}
    assert Plan.from_json(json.loads(json.dumps(plan.to_json())), "here") == plan


def test_the_key_of_a_plan_tells_all_that_it_follows_from() -> None:
    def key(**more: Any) -> str:
        seed, profile = more.pop("seed", 0), more.pop("profile", PROFILE)
        records = [run([], seed=seed, profile=profile, case=more.pop("case", "a"), **more)]
        return Plan.of(profile, seed, records).key

    keys = [
        key(),
        key(seed=1),
        key(case="b"),
        key(profile=using("noise")),
        key(literals=Literals(["AMS"])),
        key(literals=Literals(["AMS", "LIS"])),
    ]
    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


# ------------------------------------------------------------------ replays


def replayed(record: TrialRecord, order: Any = None, **more: Any) -> TrialRecord:
    plan = Plan.of(PROFILE, record.seed, [record])
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())), "here")
    return run(order or places(), plan=again.trial(record.case, 0), profile=again.profile, **more)


def test_a_replay_does_the_very_same_whatever_its_seed() -> None:
    for seed in range(50):
        record = run(places(), seed=seed)
        again = replayed(record, places()[::-1], seed=seed + 1)
        assert again.receipts == record.receipts
        assert again.replay
        assert {use.operator: use.planned for use in again.uses} == {
            name: sum(one.operator == name for one in injections(record).values())
            for name in OPERATORS
        }


def test_a_replay_asks_no_operator() -> None:
    record = run(places(), profile=using("noise"))
    plan = Plan.of(using("noise"), 0, [record]).trial("case-1", 0)
    trial = start(using("noise"), plan=plan)

    def never(_: Any) -> Any:
        raise AssertionError

    (one, *_) = injections(record).values()
    found = trial.consider(first(trial, TextOperator), one.site, never, before=one.before)
    assert found == one


def test_a_replay_hears_neither_scope_nor_rate_nor_budget() -> None:
    wide = using(Use(operator="empties", rate=1.0))
    record = run(places(), profile=wide)
    narrow = using(
        Use(operator="empties", rate=0.0, scope=Scope(cases=("none",), first=1)),
        budget={"injections": 1},
    )
    plan = Plan.of(wide, 0, [record]).trial("case-1", 0)
    again = run(places(), profile=narrow, plan=plan)
    assert injections(again) == injections(record)
    assert again.uses[0].reasons == {}


def test_a_place_that_is_not_reached_is_told() -> None:
    profile = using(Use(operator="empties", rate=1.0))
    record = run(places(), profile=profile)
    plan = Plan.of(profile, 0, [record]).trial("case-1", 0)
    with start(profile, plan=plan) as trial:
        (found,) = call(trial, "search", 0)
    told = {one.injection.id: (one.fired, one.reason) for one in trial.record().receipts}
    others = {name: (False, "not reached") for name in injections(record) if name != found.id}
    assert told == {found.id: (True, ""), **others}


def test_what_has_changed_where_a_plan_disturbs_is_told() -> None:
    profile = using("noise")
    with start(profile) as trial:
        say(trial, "hello")
    record = trial.record()
    (one,) = injections(record).values()
    plan = Plan.of(profile, 0, [record]).trial("case-1", 0)
    with start(profile, plan=plan) as again:
        active = first(again, TextOperator)
        assert again.consider(active, one.site, lambda _: None, before="another") is None
    (receipt,) = again.record().receipts
    assert (receipt.injection, receipt.fired, receipt.reason) == (
        one,
        False,
        "what stood there has changed",
    )


def test_a_replay_may_be_dry_and_the_clean_arm_has_none() -> None:
    record = run(places())
    dry = replayed(record)
    assert injections(dry) == injections(record)
    plan = Plan.of(PROFILE, 0, [record]).trial("case-1", 0)
    profile = PROFILE.model_copy(update={"dry_run": True})
    with start(profile, plan=plan) as trial:
        assert [reach(trial) for reach in places()] == [[]] * len(places())
    assert injections(trial.record()) == injections(record)
    assert run(places(), plan=plan, arm="clean").receipts == ()


def test_two_uses_of_one_operator_are_told_apart() -> None:
    profile = using(Use(operator="empties", rate=0.5), Use(operator="empties", rate=0.9))
    record = run(places(), profile=profile)
    plan = Plan.of(profile, 0, [record]).trial("case-1", 0)
    assert run(places(), profile=profile, plan=plan).receipts == record.receipts


def test_a_plan_of_another_profile_is_refused() -> None:
    plan = Plan.of(PROFILE, 0, [run(places())]).trial("case-1", 0)
    with pytest.raises(ProfileError, match=r"injections\[\d+\]: is not of an operator of the"):
        start(using("resets"), plan=plan)


# ------------------------------------------------------------------ replays of requests

TOOLS = [
    chat_tool("search_flights", {"type": "object", "properties": {"to": {"type": "string"}}}),
    chat_tool("book", {"type": "object", "properties": {"seat": {"type": "integer"}}}),
    chat_tool("cancel"),
]
SYSTEM = "You book flights.\n- Never guess.\n- Ask before you pay.\n- Say prices in euros."
TALK = [
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": "Please find the cheapest flight to AMS. I travel on 2024-05-01."},
    chat_message(Says("search_flights", '{"to": "AMS"}')),
    {"role": "tool", "tool_call_id": "call_1", "content": '{"flights": [{"id": 7, "eur": 80}]}'},
    {"role": "assistant", "content": "Flight 7 costs 80 euros."},
    {"role": "user", "content": "Thank you very much, then book it for me, please."},
]
WIRED = (
    "tool-name-scramble",
    "parameter-name-noise",
    "tool-order",
    "distractor-tools",
    "prompt-format",
    "rule-order",
    "typos",
    "distractor-sentence",
    "result-drift",
    "result-noise",
)


def requests(running: RunningTrial, catalog: Catalog) -> list[bytes]:
    """Send a talk as it grows, and give what was sent."""
    layer, wire, where = PerturbationLayer(catalog, STAGING), WIRES["openai-chat"], head()
    sent: list[bytes] = []
    with running:
        for length in (2, 4, 6):
            raw = compact(asked(TALK[:length], tools=TOOLS))
            document = wire.read(raw, where)
            port = Port([answered(compact(chat_said(text="Fine.")))])
            call = Call(where, wire, document, document, None, Ledger())
            drive(layer.model(call), port, "sync")
            sent += port.sent
    return sent


def test_a_replay_sends_the_very_same_bytes() -> None:
    catalog = installed()
    profile = using(*(Use(operator=name, rate=0.7) for name in WIRED))
    different: set[bytes] = set()
    for seed in range(20):
        given: dict[str, Any] = {"catalog": catalog.perturbations, "profile": profile}
        running = start(**given, seed=seed)
        sent = requests(running, catalog)
        plan = Plan.of(profile, seed, [running.record()])
        again = Plan.from_json(json.loads(json.dumps(plan.to_json())), "here")
        replay = start(**given, seed=seed + 1, plan=again.trial("case-1", 0))
        assert requests(replay, catalog) == sent
        assert replay.record().receipts == running.record().receipts
        assert all(receipt.delivered for receipt in replay.record().receipts)
        different.update(sent)
    assert len(different) == 60
