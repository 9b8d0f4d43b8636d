"""``sealegs audit``: recorded traffic replayed as by a client that forgets."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest
import yaml

from corpus import corpus, index
from flows import Step
from loopback import chat, chat_events
from sealegs import Pipeline, hookimpl
from sealegs.cli import main
from sealegs.exchange import GapReason
from sealegs.flow import Call, Flow, Reply, send
from sealegs_plugins.commands.audit.recordings import read
from sealegs_plugins.commands.audit.replay import Finding, replay

SECRET = "the harbour is closed on Sundays"
URL = "https://api.deepseek.com/v1/chat/completions"
HEAD = {"method": "POST", "host": "api.deepseek.com", "url_path": "/v1/chat/completions"}
HELLO = {"role": "user", "content": "Hello"}


def said(text: str, reasoning: str = SECRET) -> dict[str, Any]:
    message: dict[str, Any] = chat(text, reasoning=reasoning)["choices"][0]["message"]
    return message


def bodies(*history: dict[str, Any]) -> list[dict[str, Any]]:
    """Two requests: a first one, and one with a history."""
    again = {"role": "user", "content": "And?"}
    messages = [[HELLO], [HELLO, *history, again]]
    return [{"model": "deepseek-reasoner", "messages": one} for one in messages]


def recording(*history: dict[str, Any], golden: bool = True) -> dict[str, Any]:
    replies = [chat("Hi", reasoning=SECRET), chat("Well", reasoning="more")]
    exchanges = [
        {
            "request": {**HEAD, "headers": {}, "body": request},
            "response": {"status": 200, "body_encoding": "json", "body": reply},
        }
        for request, reply in zip(bodies(*history), replies, strict=True)
    ]
    features = {"replay": {"replayed_verbatim": int(golden)}}
    return {"id": "mine", "provider": "deepseek", "features": features, "exchanges": exchanges}


def cassette(*history: dict[str, Any]) -> dict[str, Any]:
    """The same as VCR writes it; the first reply streams."""
    streamed = b"".join(chat_events("Hi", reasoning=SECRET)).decode()
    whole = json.dumps(chat("Well"))
    kinds = ("text/event-stream", "application/json")
    interactions = [
        {
            "request": {"method": "POST", "uri": URL, "headers": {}, "body": json.dumps(request)},
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": [kind]},
                "body": {"string": reply},
            },
        }
        for request, kind, reply in zip(bodies(*history), kinds, (streamed, whole), strict=True)
    ]
    return {"version": 1, "interactions": interactions}


def written(folder: Path, value: dict[str, Any], name: str = "mine.json") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(value) if path.suffix == ".yaml" else json.dumps(value))
    return path


def audit(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    """Run the command; give its status, its JSON, and all that it printed."""
    status = main(["audit", "--json", *map(str, arguments)])
    out, err = capsys.readouterr()
    return status, json.loads(out), out + err


# ------------------------------------------------------------------ small recordings


def test_what_a_client_forgot_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found, text = audit(capsys, written(tmp_path, recording(said("Hi"))))
    totals = {
        "recordings": 1,
        "atoms": 1,
        "exact": 1,
        "missing": 0,
        "wrong": 0,
        "further": 0,
        "gaps": {},
        "failures": 0,
        "skipped_exchanges": 0,
    }
    assert status == 0
    assert found["golden"] == found["providers"]["deepseek"] == totals
    assert found["trouble"] is False
    assert SECRET not in text


def test_a_cassette_is_read_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, cassette(said("Hi")), "mine.yaml")
    status, found, text = audit(capsys, path)
    (row,) = found["recordings"]
    assert (status, row["provider"], row["atoms"], row["exact"]) == (0, "api.deepseek.com", 1, 1)
    assert SECRET not in text


@pytest.mark.parametrize(("golden", "expected"), [(True, 1), (False, 0)])
def test_a_turn_that_was_never_seen_is_a_gap_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: bool, expected: int
) -> None:
    other = recording(said("Something else"), golden=golden)
    status, found, _ = audit(capsys, written(tmp_path, other))
    (row,) = found["recordings"]
    assert (status, row["atoms"], row["exact"], row["gaps"]) == (expected, 1, 0, {"never_seen": 1})


def test_without_the_layer_everything_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALEGS_DISABLED_PLUGINS", "reasoning")
    status, found, _ = audit(capsys, written(tmp_path, recording(said("Hi"))))
    assert (status, found["golden"]["exact"], found["golden"]["missing"]) == (1, 0, 1)


def _everywhere(call: Call) -> Flow[Reply]:
    """Put the same reasoning on every assistant turn: what must never happen."""
    turns = {
        index: {**call.wire.message(turn.raw), "reasoning_content": SECRET}
        for index, turn in enumerate(call.document.turns)
        if turn.role == "assistant"
    }
    return (yield from send(replace(call, document=call.document.edited(turns=turns))))


def test_reasoning_on_a_wrong_turn_is_called_wrong(tmp_path: Path) -> None:
    layers = hookimpl(specname="middleware")(lambda: [Step(_everywhere, stage=900)])
    pipeline = Pipeline.load(SimpleNamespace(name="bad", middleware=layers))
    invented = {"role": "assistant", "content": "Nobody said this"}
    path = written(tmp_path, recording(said("Hi"), HELLO, invented))
    found = replay(read(path), pipeline)
    assert (found.expected, found.exact, found.wrong) == (1, 1, 1)


def test_a_folder_is_searched_and_what_is_no_recording_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    written(tmp_path / "inner", recording(said("Hi")))
    written(tmp_path, {"exchanges": 3}, "bad.json")
    written(tmp_path, {"version": 1}, "bad.yaml")
    status, found, _ = audit(capsys, tmp_path)
    assert (status, len(found["recordings"])) == (0, 1)
    names = [line.partition(": ")[0] for line in found["unreadable"]]
    assert names == [str(tmp_path / "bad.json"), str(tmp_path / "bad.yaml")]


def test_nothing_to_replay_is_a_status_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(tmp_path)]) == 2
    assert "nothing to replay" in capsys.readouterr().out


def test_the_table_names_a_golden_recording_that_is_not_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, recording(said("Something else")))
    assert main(["audit", str(path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[1:4]] == [
        ["deepseek", "1", "1", "0"],
        ["golden", "1", "1", "0"],
        ["all", "1", "1", "0"],
    ]
    assert lines[4].startswith("mine: 0 of 1 atoms exact, 0 wrong, gaps {'never_seen': 1}")


def test_the_audit_leaves_the_users_store_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kept.db"
    monkeypatch.setenv("SEALEGS_STORE", f"sqlite:{file}")
    audit(capsys, written(tmp_path, recording(said("Hi"))))
    assert not file.exists()


# ------------------------------------------------------------------ the corpus


@cache
def pipeline() -> Pipeline:
    return Pipeline.load(store="memory:")


def findings(*, golden: bool) -> Iterator[Finding]:
    for row in index():
        recorded = read(corpus("traffic", row["file"]))
        if recorded.golden is golden:
            yield replay(recorded, pipeline())


def test_every_atom_of_every_golden_recording_comes_back() -> None:
    corpus("traffic", "index.json")
    found = list(findings(golden=True))
    assert (len(found), sum(one.expected for one in found)) == (110, 231)
    assert [one.sequence for one in found if one.exact != one.expected or one.wrong] == []
    assert [failure for one in found for failure in one.failures] == []


def test_of_all_other_recordings_none_comes_back_wrong_and_each_gap_has_a_reason() -> None:
    corpus("traffic", "index.json")
    found = list(findings(golden=False))
    assert [one.sequence for one in found if one.wrong or one.failures] == []
    assert {reason for one in found for reason in one.gaps} <= set(get_args(GapReason))
    short = [one for one in found if one.exact + sum(one.gaps.values()) < one.expected]
    assert [one.sequence for one in short] == []


@pytest.mark.parametrize("seed", range(3))
def test_how_a_stream_is_cut_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)

    def cut(data: bytes) -> Iterator[bytes]:
        while data:
            size = dice.choice((1, 2, 3, 7, 40, 400))
            yield data[:size]
            data = data[size:]

    def streamed(row: dict[str, Any]) -> bool:
        return bool(row["stream"] and row["n_llm"] > 1)

    corpus("traffic", "index.json")
    files = [corpus("traffic", row["file"]) for row in index() if streamed(row)]
    assert len(files) > 20
    for file in dice.sample(files, 20):
        recorded = read(file)
        assert replay(recorded, pipeline(), chunker=cut) == replay(recorded, pipeline())
