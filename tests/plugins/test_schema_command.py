"""``sealegs schema``: run as people run it, on files, folders, standard input, and wrong ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sealegs_plugins.dialects import ALL as DIALECTS

Ran = tuple[int, str, str]

WEATHER = {
    "name": "weather.now",
    "description": "Tell the weather.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer", "minimum": 1, "default": 3},
        },
        "required": ["city"],
    },
}
PING = {"name": "ping", "description": "Ping.", "inputSchema": {"type": "object", "properties": {}}}


def schema(*arguments: str, cwd: Path, given: str = "") -> Ran:
    """Run the command in a folder."""
    command = [sys.executable, "-m", "sealegs.cli", "schema", *arguments]
    ran = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, cwd=cwd, timeout=60
    )
    return ran.returncode, ran.stdout, ran.stderr


def put(folder: Path, name: str, value: Any) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    return file


# ------------------------------------------------------------------ dialects


def test_the_dialects_are_listed_with_date_evidence_and_limits(tmp_path: Path) -> None:
    status, out, err = schema("dialects", cwd=tmp_path)
    assert (status, err) == (0, "")
    head, *rows = out.splitlines()
    assert head.split() == ["dialect", "form", "checked", "evidence", "limits"]
    assert {row.split()[0] for row in rows} == {dialect.name for dialect in DIALECTS}
    known = {row.split()[0]: " ".join(row.split()[1:]) for row in rows}
    assert known["openai-chat"].startswith("openai-chat 20")
    assert known["openai-chat"].endswith("documented names 64; request: tools 128")


def test_a_named_dialect_is_told_with_source_and_doubts(tmp_path: Path) -> None:
    status, out, err = schema("dialects", "gemini", "cohere-strict", cwd=tmp_path)
    assert (status, err) == (0, "")
    first, second = out.split("\n\n")
    assert first.splitlines()[0] == "gemini"
    assert second.splitlines()[0] == "cohere-strict"
    assert [line.split("  ")[1].strip() for line in first.splitlines()[1:]] == [
        "form",
        "wire formats",
        "providers",
        "models",
        "strict mode",
        "enforced",
        "limits",
        "keywords",
        "checked",
        "source",
        "doubts",
    ]


def test_the_dialects_as_json_are_the_data_themselves(tmp_path: Path) -> None:
    status, out, err = schema("dialects", "--json", cwd=tmp_path)
    assert (status, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)["dialects"]}
    assert list(rows) == sorted(dialect.name for dialect in DIALECTS)
    for dialect in DIALECTS:
        row = rows[dialect.name]
        assert (row["source"], row["checked"]) == (dialect.source, dialect.checked)
        assert (row["wires"], row["form"]) == (sorted(dialect.wires), dialect.form)


# ------------------------------------------------------------------ wrong use


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("opnai-chat", "did you mean 'openai-chat'"),
        ("openai", "did you mean 'openai-chat' or 'openai-responses' or 'openai-chat-strict'?"),
        ("Gemini", "did you mean 'gemini'"),
        ("??", "unknown dialect '??'; `sealegs schema dialects` lists all of them"),
    ],
)
def test_an_unknown_dialect_is_refused_with_those_that_may_be_meant(
    tmp_path: Path, name: str, told: str
) -> None:
    status, out, err = schema("dialects", name, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith(f"sealegs: unknown dialect {name!r}; ")
    assert told in err
    assert err.endswith("`sealegs schema dialects` lists all of them\n")


def test_an_unknown_dialect_is_refused_before_files_are_read(tmp_path: Path) -> None:
    for action in (("convert", "none.json", "--to"), ("lint", "none.json", "--for")):
        status, out, err = schema(*action, "mistrall", cwd=tmp_path)
        assert (status, out) == (2, "")
        assert err.startswith("sealegs: unknown dialect 'mistrall'; did you mean 'mistral'")


WRONG: dict[str, tuple[str | None, str]] = {
    "none.json": (None, "none.json: No such file or directory"),
    "empty.json": (" \n", "empty.json: is empty"),
    "text.json": (
        "name: weather",
        "text.json: is neither JSON nor JSON Lines: Expecting value: line 1 column 1 (char 0)",
    ),
    "line.jsonl": (
        json.dumps(PING) + "\n{oops}\n",
        "line.jsonl: line 2 is not JSON: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    ),
    "deep.json": ("[" * 100_000, "deep.json: is nested too deep"),
    "none_inside.json": ({"tools": []}, "none_inside.json: no tool definitions in it"),
    "server_side.json": (
        [{"type": "web_search"}],
        "server_side.json: no tool definitions in it (server_side.json: a tool that the provider "
        "runs itself (web_search))",
    ),
    "scalar.json": ([PING, 3], "scalar.json: /1: no tool definition, but a single value"),
    "other.json": (
        {"tools": [PING, {"nam": "x", "inputSchema": {}}]},
        "other.json: /tools/1: no tool definition: it has 'nam', 'inputSchema'. A definition has a "
        'name and a schema, as in {"name": …, "description": …, "inputSchema": {…}}; known forms '
        "are bedrock-converse, openai-chat, anthropic, mcp, openai-responses, openai-functions, "
        "gemini-json-schema, gemini-parameters, cohere, mistral, ollama, json-schema",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    content, told = WRONG[name]
    if content is not None:
        put(tmp_path, name, content)
    assert schema("lint", name, "--for", "openai-chat", cwd=tmp_path) == (
        2,
        "",
        f"sealegs: {told}\n",
    )


def test_a_folder_without_definitions_says_what_it_looked_for(tmp_path: Path) -> None:
    put(tmp_path, "empty/README.md", "no")
    put(tmp_path, "others/package.json", {"version": "1"})
    assert schema("lint", "empty", "--for", "openai-chat", cwd=tmp_path) == (
        2,
        "",
        "sealegs: empty: the folder has no files .json, .jsonl, .ndjson, .snap; name others one by "
        "one\n",
    )
    status, out, err = schema("lint", "others", "--for", "openai-chat", cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith(
        "sealegs: others: no tool definitions in it (others/package.json: no tool definition: it "
        "has 'version'. "
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "the following arguments are required: ACTION"),
        (("convrt",), "invalid choice: 'convrt'"),
        (("convert", "a.json"), "the following arguments are required: --to"),
        (("lint", "a.json"), "the following arguments are required: --for"),
    ],
)
def test_wrong_use_ends_with_status_2_and_the_usage(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    status, out, err = schema(*arguments, cwd=tmp_path)
    assert (status, out) == (2, "")
    assert err.startswith("usage: sealegs schema")
    assert told in err


@pytest.mark.parametrize("action", ["convert", "lint", "dialects"])
def test_help_has_examples(tmp_path: Path, action: str) -> None:
    status, out, err = schema(action, "--help", cwd=tmp_path)
    assert (status, err) == (0, "")
    assert f"examples:\n  sealegs schema {action}" in out


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m sealegs.cli schema dialects --json | head -c 1"
    ran = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "{", "")
