"""The way of an injection, from planned to seen, and the table that many of them make."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sealegs.errors import ProfileError
from sealegs.perturbation.edits import Spliced
from sealegs.perturbation.literals import Literals
from sealegs.perturbation.operators import FaultOperator, Site, TextOperator, ToolsOperator
from sealegs.perturbation.profiles import Scope, Use
from sealegs.perturbation.trials.coverage import Cell, Coverage, Uncovered
from sealegs.perturbation.trials.journal import Journal, read_journal
from sealegs.perturbation.trials.receipts import Receipt, TrialRecord, UseRecord
from sealegs.perturbation.trials.records import read_record, write_record
from sites import OPERATORS, call, first, offer, places, run, say, send, start, using

ALWAYS = Use(operator="empties", rate=1.0)


def only(record: TrialRecord) -> Receipt:
    (receipt,) = record.receipts
    return receipt


# ------------------------------------------------------------------ receipts


def test_what_fired_is_not_delivered_until_somebody_says_so() -> None:
    trial = start(using("noise"))
    (injection,) = say(trial, "hello")
    assert only(trial.record()) == Receipt(injection, 0)
    assert not trial.record().delivered


def test_a_delivery_counts_once_with_its_first_evidence() -> None:
    trial = start(using("noise"))
    (injection,) = say(trial, "hello")
    trial.delivered(injection, "the server took the request")
    trial.delivered(injection, "again")
    trial.undelivered(injection, "too late")
    assert only(trial.record()) == Receipt(
        injection, 0, delivered=True, evidence="the server took the request"
    )


def test_what_was_undelivered_may_yet_be_delivered() -> None:
    trial = start(using("noise"))
    (injection,) = say(trial, "hello")
    trial.undelivered(injection, "the connection was refused")
    assert only(trial.record()).reason == "the connection was refused"
    trial.delivered(injection, "at the second try")
    assert (only(trial.record()).delivered, only(trial.record()).reason) == (True, "")


def test_an_injection_of_another_trial_is_nothing_to_this_one() -> None:
    trial = start(using("noise"))
    (injection,) = say(start(using("noise")), "hello")
    trial.delivered(injection, "x")
    trial.undelivered(injection, "x")
    assert trial.record().receipts == ()


def test_it_is_seen_when_the_agent_asks_again() -> None:
    trial = start(using("noise"))
    (injection,) = say(trial, "hello")
    trial.asked("", [])
    assert not only(trial.record()).seen
    trial.delivered(injection, "x")
    assert not only(trial.record()).seen
    trial.asked("", [])
    assert only(trial.record()).seen


def test_it_is_not_seen_when_another_agent_asks() -> None:
    trial = start(using("noise"))
    site = Site("user_prompt", "text:1", agent="researcher")
    found = trial.consider(first(trial, TextOperator), site, lambda _: (Spliced(0, 1, "x"),))
    assert found is not None
    trial.delivered(found, "x")
    trial.asked("writer", [])
    assert not only(trial.record()).seen
    trial.asked("researcher", [])
    assert only(trial.record()).seen


def test_a_result_is_seen_when_a_request_holds_it() -> None:
    trial = start(using(ALWAYS))
    (injection,) = call(trial, "search", 1)
    trial.awaits(injection, '{"seat": 12}')
    trial.delivered(injection, "x")
    trial.asked("", ["another result"])
    assert not only(trial.record()).seen
    trial.asked("someone", ['search gave {"seat": 12}'])
    assert only(trial.record()).seen


def test_what_was_not_delivered_is_not_seen() -> None:
    trial = start(using(ALWAYS))
    (injection,) = call(trial, "search", 1)
    trial.awaits(injection, "text")
    trial.asked("", ["text"])
    assert not only(trial.record()).seen


def test_skips_are_counted_by_reason_within_the_scope_alone() -> None:
    trial = start(using(Use(operator="resets", scope=Scope(turns=(0,)))))
    active = first(trial, FaultOperator)
    for turn in (0, 0, 1):
        trial.skipped(active, Site("transport", "model:x", turn=turn), "no transport")
    (use,) = trial.record().uses
    assert use.reasons == {"no transport": 2}


def test_eligible_places_are_counted_once_and_by_step() -> None:
    trial = start(using("empties"))
    for turn in (0, 1, 2, 3, 5, 9, 40):
        call(trial, "search", turn, turn=turn)
        call(trial, "search", turn, turn=turn)
    (use,) = trial.record().uses
    assert use.eligible == {"0": 1, "1": 1, "16+": 1, "2-3": 2, "4-7": 1, "8-15": 1}


def test_receipts_stand_in_one_order_whatever_the_order_of_calls() -> None:
    forth, back = run(places()), run(reversed(places()))
    assert forth.receipts == back.receipts
    assert forth.uses == back.uses


# ------------------------------------------------------------------ records


def thorough() -> TrialRecord:
    """A record in which everything says something."""
    with start(using(*OPERATORS, ALWAYS), literals=Literals(["AMS"]), seed=7) as trial:
        for reach in places():
            for injection in reach(trial):
                trial.delivered(injection, "x")
        trial.asked("", [])
        trial.spent(5)
        trial.skipped(first(trial, FaultOperator), Site("transport", "x"), "no tap")
        return trial.finish("failed", "wrong seat")


def test_records_survive_json() -> None:
    for record in (thorough(), run(places(), arm="clean"), run([])):
        written = json.loads(json.dumps(write_record(record)))
        assert read_record(written, "here") == record


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "here: version: is 2; this is version 1"),
        ({"extra": 1}, "here: record.extra: is unknown; known: profile, seed"),
        ({"seed": "x"}, "here: record: Expected `int`, got `str`"),
        ({"arm": "other"}, "here: record: Invalid enum value 'other'"),
        ({"receipts": {}}, "here: record: Expected `array`, got `object`"),
        ({"receipts": [{"use": 0}]}, r"here: receipts\[0\]: Object missing required field"),
    ],
)
def test_what_is_no_record_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        read_record({**write_record(run([])), **change}, "here")


def test_what_is_no_object_is_no_record() -> None:
    with pytest.raises(ProfileError, match="version: is None"):
        read_record([], "here")


def test_a_judged_record_has_an_outcome() -> None:
    record = run([])
    assert record.judged("passed", "ok") == replace(record, outcome="passed", detail="ok")
    assert replace(record, failure="broken").judged("passed").outcome == "error"
    assert replace(record, exceeded="tokens").judged("passed").outcome == "failed"
    over = replace(record, exceeded="tokens")
    assert over.judged("error", "APIConnectionError").outcome == "failed"
    assert over.judged("failed", "x").detail == "x"


# ------------------------------------------------------------------ coverage


def delivering(seed: int, *uses: Use | str, keep: Sequence[str] = ()) -> TrialRecord:
    """Run the script, and deliver what the operators named in ``keep`` did not do."""
    with start(using(*uses), seed=seed) as trial:
        for reach in places():
            for injection in reach(trial):
                if injection.operator not in keep:
                    trial.delivered(injection, "x")
    trial.asked("", [])
    return trial.record()


def test_the_table_adds_up() -> None:
    records = [delivering(seed, *OPERATORS) for seed in range(10)]
    table = Coverage.of([*records, run(places(), arm="clean")])
    whole = {cell.operator: cell for cell in table.cells if not cell.step}
    assert list(whole) == ["renames", "prompt-noise", "noise", "empties", "resets"]
    assert whole["noise"] == Cell("user_prompt", "", "noise", 10, 30, 30, 30, 0)
    for name, cell in whole.items():
        parts = [part for part in table.cells if part.operator == name and part.step]
        for field in ("eligible", "fired", "delivered", "seen"):
            assert sum(getattr(part, field) for part in parts) == getattr(cell, field)
        receipts = [one for record in records for one in record.receipts]
        assert cell.fired == sum(one.injection.operator == name for one in receipts)
    steps = [cell.step for cell in table.cells if cell.operator == "resets"]
    assert steps == ["", "0", "1", "2-3"]
    assert (table.trials, table.delivered, table.uncovered) == (10, 10, ())
    assert not table.vacuous


def test_a_surface_that_was_never_delivered_is_vacuous_and_says_why() -> None:
    resets = Use(operator="resets", rate=1.0)
    records = [delivering(seed, "noise", resets, keep=["resets"]) for seed in range(3)]
    table = Coverage.of(records)
    why = {"resets: it fired, and nobody said what became of it": 12}
    assert table.uncovered == (Uncovered("transport", why),)
    assert table.vacuous
    assert not Coverage.of(records, ["user_prompt"]).vacuous
    assert not Coverage.of(records, []).vacuous


NEITHER = (
    "no tapped tool was called, and no request to a model passed a tap: tap the tools or the "
    "client, and run the agent in the trial's own context"
)


def test_reasons_of_what_had_no_place_no_luck_or_no_tap_are_told() -> None:
    with start(using("resets", "empties", "renames", Use(operator="noise", rate=0))) as trial:
        trial.skipped(first(trial, FaultOperator), Site("transport", "x"), "no transport")
        say(trial, "hello")
        for injection in offer(trial):
            trial.undelivered(injection, "the request failed")
    table = Coverage.of([trial.record()])
    assert table.uncovered == (
        Uncovered("tool_info", {"renames: the request failed": 1}),
        Uncovered(
            "user_prompt", {"noise: no draw of its fired, at the places that were reached": 1}
        ),
        Uncovered("tool_response", {f"empties: {NEITHER}": 1}),
        Uncovered("transport", {"resets: no transport": 1}),
    )


def test_a_surface_that_is_required_and_unknown_is_uncovered() -> None:
    assert Coverage.of([run(places())], ["environment"]).uncovered == (Uncovered("environment"),)


def test_of_nothing_everything_is_vacuous() -> None:
    assert Coverage.of([]).vacuous
    assert Coverage.of([run([], arm="clean")]).vacuous
    assert Coverage.of([run([], profile=using())]).vacuous


def test_a_dry_run_is_vacuous() -> None:
    dry = run(places(), profile=using("noise", dry_run=True))
    assert Coverage.of([dry]).uncovered == (Uncovered("user_prompt", {"noise: dry run": 3}),)


def test_both_figures_can_be_made_of_records() -> None:
    records = [delivering(seed, Use(operator="resets", rate=0.1)) for seed in range(40)]
    table = Coverage.of(records)
    assert table.trials == len(records) == 40
    assert table.delivered == sum(record.delivered for record in records)
    assert 0 < table.delivered < 40


def test_coverage_is_told_as_json() -> None:
    table = Coverage.of([delivering(0, "noise")])
    told = json.loads(json.dumps(table.to_json()))
    assert told["cells"][0] == {
        "surface": "user_prompt",
        "step": "",
        "operator": "noise",
        "planned": 1,
        "eligible": 3,
        "fired": 3,
        "delivered": 3,
        "seen": 0,
    }
    assert (told["trials"], told["delivered"], told["uncovered"]) == (1, 1, [])


# ------------------------------------------------------------------ the journal


def events(path: Path) -> list[dict[str, Any]]:
    return list(read_journal(path))


def test_a_trial_is_written_down_as_it_happens(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Journal(path) as journal, start(using("noise", "resets"), journal=journal) as trial:
        (injection,) = say(trial, "a secret text")
        assert [line["event"] for line in events(path)] == ["begun", "fired"]
        trial.delivered(injection, "x")
        trial.asked("", [])
        for _ in range(3):
            trial.skipped(first(trial, FaultOperator), Site("transport", "x"), "no tap")
    told = events(path)
    assert [line["event"] for line in told] == [
        "begun",
        "fired",
        "delivered",
        "seen",
        "skipped",
        "ended",
    ]
    assert {(line["case"], line["repetition"], line["arm"]) for line in told} == {
        ("case-1", 0, "disturbed")
    }
    assert {key: told[1][key] for key in ("id", "operator", "surface", "label", "turn")} == {
        "id": injection.id,
        "operator": "noise",
        "surface": "user_prompt",
        "label": "invariant",
        "turn": 0,
    }
    assert (told[2]["id"], told[2]["evidence"]) == (injection.id, "x")


def test_no_text_is_written_down_unless_it_is_wanted(tmp_path: Path) -> None:
    for content in (False, True):
        path = tmp_path / f"{content}.jsonl"
        with Journal(path, content=content) as journal, start(journal=journal) as trial:
            site = Site("user_prompt", "text:1")
            edit = (Spliced(0, 1, "SECRET"),)
            trial.consider(first(trial, TextOperator), site, lambda _, edit=edit: edit)  # type: ignore[misc]
        assert ("SECRET" in path.read_text()) is content


def test_only_its_owner_may_read_a_journal(tmp_path: Path) -> None:
    Journal(tmp_path / "run.jsonl").close()
    assert stat.S_IMODE((tmp_path / "run.jsonl").stat().st_mode) == 0o600
    own = Journal.own(tmp_path / "folder")
    own.close()
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(own.path.parent.stat().st_mode) == 0o700


def test_every_process_has_a_journal_of_its_own(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from sealegs.perturbation.trials.journal import Journal\n"
        "Journal.own(Path(sys.argv[1])).write('x', {})\n"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=60)
    names = [Journal.own(tmp_path).path.name for _ in range(2)]
    assert names == [f"journal-{os.getpid()}-0.jsonl", f"journal-{os.getpid()}-1.jsonl"]
    assert len(list(tmp_path.iterdir())) == 4


def test_lines_of_several_threads_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Journal(path) as journal, ThreadPoolExecutor(8) as pool:
        for number in range(400):
            pool.submit(journal.write, "x", {"number": number, "text": "é" * 500})
    told = events(path)
    assert sorted(line["number"] for line in told) == list(range(400))


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    whole = b'{"event":"a"}\n{"event":"b"}\n'
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        names = [line["event"] for line in events(path)]
        assert names == ["a", "b"][: whole[:cut].count(b"\n")]


@pytest.mark.parametrize("line", ["{", "[]", '{"no": "event"}'])
def test_a_broken_line_among_others_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text('{"event":"a"}\n' + line + '\n{"event":"b"}\n')
    with pytest.raises(ProfileError, match=r"run\.jsonl: line 2: is no"):
        events(path)


def test_a_closed_journal_takes_no_more(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.jsonl")
    journal.close()
    journal.write("late", {})
    assert events(journal.path) == []


def test_uses_say_what_became_of_them() -> None:
    with start(using("noise")) as trial:
        send(trial, 0)
    (use,) = trial.record().uses
    assert replace(use, reasons={}) == UseRecord("noise", "user_prompt", 2)
    assert [why.partition(":")[0] for why in use.reasons] == [
        "no request to a model passed a tap in the trial"
    ]


def test_an_operator_that_nothing_within_its_scope_reached_says_so() -> None:
    scope = Scope(tools=("search_*", "find"), turns=(1, 2))
    with start(using(Use(operator="empties", scope=scope), "noise")) as trial:
        trial.tapped("book")
        say(trial, "hello")
    said = 'nothing within its scope was reached: tools ["search_*","find"], turns [1,2]'
    assert trial.record().uses[0].reasons == {said: 1}
    assert trial.record().uses[1].reasons == {}


def test_what_became_of_injections_is_told_before_where_none_was_made() -> None:
    with start(using("renames")) as trial:
        active = first(trial, ToolsOperator)
        for number in range(3):
            trial.skipped(active, Site("tool_info", f"x{number}"), "no lens")
        for injection in offer(trial):
            trial.undelivered(injection, "HTTP 500")
    (lacking,) = Coverage.of([trial.record()]).uncovered
    assert [*lacking.reasons.items()] == [("renames: HTTP 500", 1), ("renames: no lens", 3)]
