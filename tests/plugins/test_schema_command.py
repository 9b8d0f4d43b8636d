"""``sealegs schema``: run as people run it, on files, folders, standard input, and wrong ones."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from corpus import corpus
from sealegs.cli import main
from sealegs.schema.planning import ToolsPlan, plan_tools
from sealegs.schema.reading import definitions
from sealegs.schema.report import Report
from sealegs_plugins.dialects import ALL as DIALECTS
from sealegs_plugins.forms import ALL as FORMS

Ran = tuple[int, str, str]
Here = Callable[..., Ran]

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


@pytest.fixture
def here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Here:
    """Run the command in this process: much is refused in many ways, and each start takes time."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        try:
            status = main(["schema", *arguments])
        except SystemExit as ended:
            status = int(str(ended.code))
        return (status, *capsys.readouterr())

    return run


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


def test_a_named_dialect_is_told_with_source_and_doubts(here: Here) -> None:
    status, out, err = here("dialects", "gemini", "cohere-strict")
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


def test_the_dialects_as_json_are_the_data_themselves(here: Here) -> None:
    status, out, err = here("dialects", "--json")
    assert (status, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)["dialects"]}
    assert list(rows) == sorted(dialect.name for dialect in DIALECTS)
    for dialect in DIALECTS:
        row = rows[dialect.name]
        assert (row["source"], row["checked"]) == (dialect.source, dialect.checked)
        assert (row["wires"], row["form"]) == (sorted(dialect.wires), dialect.form)


# ------------------------------------------------------------------ convert

BAD = {"name": "bad", "inputSchema": 3}
CHAT = {
    "type": "function",
    "function": {"name": "ask", "description": "Ask.", "parameters": WEATHER["inputSchema"]},
    "cache_control": {"type": "ephemeral"},
}


def planned(tools: list[Any], name: str, strict: str = "") -> ToolsPlan:
    """What the library itself makes of the tools."""
    named = {dialect.name: dialect for dialect in DIALECTS}
    return plan_tools(
        definitions(tools, FORMS),
        named[name],
        strict=named.get(strict or named[name].strict),
        policy="always" if strict else "asked",
        tolerant=True,
    )


def entries(report: Report) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in report.entries]


def test_converted_definitions_are_what_a_request_has_as_its_tools(tmp_path: Path) -> None:
    put(tmp_path, "tools.json", {"tools": [WEATHER, PING, {"type": "web_search"}]})
    status, out, err = schema("convert", "tools.json", "--to", "openai-chat-strict", cwd=tmp_path)
    plan = planned([WEATHER, PING], "openai-chat", "openai-chat-strict")
    sent = plan.tools[0].sent
    assert json.loads(out) == [
        {
            "type": "function",
            "function": {
                "name": tool.sent,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": True,
            },
        }
        for tool in plan.tools
    ]
    assert (status, sent.isidentifier()) == (0, True)
    first, *rest = err.splitlines()
    assert first == (
        f"weather.now (sent as {sent}): {plan.reports[0].level}; strict: "
        "fits the dialect and the budget"
    )
    assert rest[-2] == (
        "left out: tools.json /tools/2: a tool that the provider runs itself (web_search)"
    )
    assert rest[-1].startswith("2 tools for openai-chat-strict: ")
    assert rest[-1].endswith(", 2 in strict mode")
    told = [line.split() for line in rest[:-2] if line.startswith("    ")]
    assert [" ".join(line) for line in told] == [
        " ".join(
            [one.pointer or "the root", one.keyword, one.change, "by", one.enforced_by, one.reason]
        )
        for report in plan.reports
        for one in report.entries
    ]


def test_everything_is_told_as_json(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", [WEATHER, CHAT])
    status, out, err = here("convert", "tools.json", "--to", "anthropic", "--json")
    plan = planned([WEATHER, CHAT], "anthropic")
    payloads = [
        {"name": tool.sent, "description": tool.description, "input_schema": tool.parameters}
        for tool in plan.tools
    ]
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "dialect": "anthropic",
        "tools": payloads,
        "reports": [
            {
                "tool": tool.definition.name,
                "sent": tool.sent,
                "file": "tools.json",
                "pointer": f"/{number}",
                "form": tool.definition.form,
                "error": None,
                "payload": payloads[number],
                "level": tool.report.level,
                "exact": tool.report.exact,
                "strict": False,
                "strict_reason": tool.report.strict_reason,
                "entries": entries(tool.report),
                "violations": [],
            }
            for number, tool in enumerate(plan.tools)
        ],
        "violations": [],
        "left_out": [],
    }


def test_what_is_not_understood_stays_within_its_own_form_only(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", CHAT)
    _, same, _ = here("convert", "tools.json", "--to", "openai-chat")
    _, other, _ = here("convert", "tools.json", "--to", "mistral")
    assert json.loads(same)[0]["cache_control"] == {"type": "ephemeral"}
    assert set(json.loads(other)[0]) == {"type", "function"}


def test_gemini_gets_its_declarations_in_one_tool(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.jsonl", f"{json.dumps(WEATHER)}\n\n{json.dumps(PING)}\n")
    status, out, _ = here("convert", "tools.jsonl", "--to", "gemini")
    (tool,) = json.loads(out)
    assert status == 0
    assert [one["name"] for one in tool["functionDeclarations"]] == ["weather.now", "ping"]
    assert all("parametersJsonSchema" in one for one in tool["functionDeclarations"])


def test_files_folders_and_standard_input_are_read_together_in_order(tmp_path: Path) -> None:
    put(tmp_path, "one.json", WEATHER)
    put(tmp_path, "folder/b.json", {**PING, "name": "b"})
    put(tmp_path, "folder/a/z.snap", {**PING, "name": "z"})
    put(tmp_path, "folder/package.json", {"version": "1"})
    put(tmp_path, "folder/.hidden.json", {**PING, "name": "hidden"})
    put(tmp_path, "folder/README.md", "# no")
    arguments = ("convert", "-", "folder", "one.json", "--to", "openai-responses")
    status, out, err = schema(*arguments, cwd=tmp_path, given="\ufeff" + json.dumps([PING]))
    assert status == 0
    sent = planned([WEATHER], "openai-responses").tools[0].sent
    assert [one["name"] for one in json.loads(out)] == ["ping", "z", "b", sent]
    (left_out,) = [line for line in err.splitlines() if line.startswith("left out")]
    assert left_out.startswith(
        "left out: folder/package.json: no tool definition: it has 'version'"
    )


def test_a_definition_that_cannot_be_converted_is_named_and_the_others_are(
    tmp_path: Path, here: Here
) -> None:
    put(tmp_path, "tools.json", [BAD, PING])
    status, out, err = here("convert", "tools.json", "--to", "mistral")
    (error,) = [tool.error for tool in planned([BAD, PING], "mistral").tools if tool.error]
    assert status == 1
    assert [one["function"]["name"] for one in json.loads(out)] == ["ping"]
    first, *_, last = err.splitlines()
    assert first == f"bad (tools.json /0): cannot be converted: {error}"
    assert last == "2 tools for mistral: 1 lossless, 1 not converted"


def test_more_tools_than_a_request_may_have_are_told(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", [{**PING, "name": f"t{n}"} for n in range(129)])
    status, out, err = here("convert", "tools.json", "--to", "openai-chat")
    assert (status, len(json.loads(out))) == (1, 129)
    assert "would be refused: 129 tools in one request, at most 128 are taken\n" in err


def test_converting_is_the_same_in_every_process(tmp_path: Path) -> None:
    put(tmp_path, "tools.json", [WEATHER, PING, CHAT])
    runs = {
        schema("convert", "tools.json", "--to", "openai-chat-strict", "--json", cwd=tmp_path)
        for _ in range(2)
    }
    assert len(runs) == 1


def test_what_was_converted_converts_to_itself(tmp_path: Path) -> None:
    put(tmp_path, "tools.json", [WEATHER, PING, CHAT])
    _, once, _ = schema("convert", "tools.json", "--to", "openai-responses-strict", cwd=tmp_path)
    _, twice, _ = schema("convert", "-", "--to", "openai-responses", cwd=tmp_path, given=once)
    assert twice == once


# ------------------------------------------------------------------ lint


def test_what_would_be_refused_is_told_with_place_and_remedy(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", {"tools": [WEATHER, {**PING, "description": ""}]})
    status, out, err = here(
        "lint", "tools.json", "--for", "anthropic-strict", "--for", "bedrock-converse",
        "--for", "gemini")  # fmt: skip
    plan = planned([WEATHER], "anthropic", "anthropic-strict")
    (minimum,) = [one for one in plan.reports[0].entries if one.keyword == "minimum"]
    (closed,) = [one for one in plan.reports[0].entries if one.keyword == "additionalProperties"]
    sent = plan.tools[0].sent
    named = [
        "  'weather.now' (tools.json /tools/0)",
        "    /name: 'weather.now' is no name that is taken",
        f"        sealegs: sent as '{sent}'; calls come back under the tool's own name",
    ]
    shut = [
        "    /parameters additionalProperties: an object must say false here",
        f"        sealegs: narrowed ({closed.reason})",
    ]
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "anthropic-strict: 2 of 2 tools would be refused",
        *named,
        *shut,
        "    /parameters/properties/days minimum: is not taken",
        "        sealegs: told in the description, and checked when the tool is called "
        f"({minimum.reason})",
        "  'ping' (tools.json /tools/1)",
        *shut,
        "  with sealegs: 0 of 2 tools would be refused",
        "bedrock-converse: 2 of 2 tools would be refused",
        *named,
        "  'ping' (tools.json /tools/1)",
        "    /description: must not be empty",
        "        sealegs: described as 'No description.'",
        "  with sealegs: 0 of 2 tools would be refused",
        "gemini: nothing would be refused of 2 tools",
        "dialect           tools  refused  refused with sealegs",
        "anthropic-strict  2      2        0",
        "bedrock-converse  2      2        0",
        "gemini            2      0        0",
    ]


def test_where_nothing_would_be_refused_the_status_is_0(tmp_path: Path) -> None:
    put(tmp_path, "ping.json", PING)
    assert schema("lint", "ping.json", "--for", "openai-chat", cwd=tmp_path) == (
        0,
        "openai-chat: nothing would be refused of 1 tool\n",
        "",
    )


def test_a_property_that_must_be_required_is_told_of_where_it_stands(
    tmp_path: Path, here: Here
) -> None:
    put(tmp_path, "tools.json", {**WEATHER, "name": "weather"})
    _, out, _ = here("lint", "tools.json", "--for", "openai-chat-strict")
    lines = out.splitlines()
    place = "    /parameters required: every property must be required, 'days' is not"
    assert lines[lines.index(place) + 1].startswith("        sealegs: said in another way (")


def test_a_tool_that_no_strict_mode_can_hold_goes_without_it(tmp_path: Path, here: Here) -> None:
    properties = {f"p{n}": {"type": "string"} for n in range(101)}
    wide = {"name": "wide", "inputSchema": {"type": "object", "properties": properties}}
    put(tmp_path, "tools.json", wide)
    name = "azure-openai-chat-strict"
    (report,) = planned([wide], "azure-openai-chat", name).reports
    status, out, _ = here("lint", "tools.json", "--for", name)
    assert (status, report.strict) == (1, False)
    assert f"        sealegs: sent without strict mode ({report.strict_reason})\n" in out
    assert out.endswith("  with sealegs: 0 of 1 tool would be refused\n")
    status, _, err = here("convert", "tools.json", "--to", name)
    assert status == 0
    assert f"wide: {report.level}; not strict: {report.strict_reason}\n" in err


def test_a_schema_that_cannot_be_read_has_no_remedy(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", [BAD, {**PING, "name": "bad"}])
    status, out, _ = here("lint", "tools.json", "--for", "openai-chat")
    (error,) = [tool.error for tool in planned([BAD], "openai-chat").tools]
    assert status == 1
    assert f"        sealegs: none, the schema cannot be read: {error}\n" in out
    assert "    /name: another tool has the same name\n        sealegs: none, it would" in out


def test_all_dialects_are_linted_and_told_as_json(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", [WEATHER, {"type": "web_search"}])
    status, out, err = here("lint", "tools.json", "--for", "all", "--json")
    assert (status, err) == (1, "")
    told = json.loads(out)
    assert told["left_out"] == [
        {
            "file": "tools.json",
            "pointer": "/1",
            "reason": "a tool that the provider runs itself (web_search)",
        }
    ]
    rows = {row["dialect"]: row for row in told["dialects"]}
    assert list(rows) == sorted(dialect.name for dialect in DIALECTS)
    plan = planned([WEATHER], "openai-chat")
    report = plan.reports[0]
    assert rows["openai-chat"] == {
        "dialect": "openai-chat",
        "refused": 1,
        "violations": [],
        "tools": [
            {
                "tool": "weather.now",
                "file": "tools.json",
                "pointer": "/0",
                "violations": [
                    {
                        "pointer": "/name",
                        "keyword": "",
                        "reason": "'weather.now' is no name that is taken",
                        "remedy": f"sent as {report.sent!r}; calls come back under the tool's own "
                        "name",
                    }
                ],
                "with_sealegs": {
                    "sent": report.sent,
                    "error": None,
                    "level": report.level,
                    "strict": False,
                    "strict_reason": report.strict_reason,
                    "entries": entries(report),
                    "violations": [],
                },
            }
        ],
    }
    for row in rows.values():
        assert [tool["with_sealegs"]["violations"] for tool in row["tools"]] == [[]], row["dialect"]


def test_the_limits_of_a_request_are_told_of_all_tools_together(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "tools.json", [{**PING, "name": f"t{n}"} for n in range(129)])
    status, out, _ = here("lint", "tools.json", "--for", "groq", "--for", "mistral")
    assert status == 1
    assert out.splitlines() == [
        "groq: 0 of 129 tools would be refused",
        "  all together: 129 tools in one request, at most 128 are taken",
        "  all together, with sealegs: 129 tools in one request, at most 128 are taken",
        "  with sealegs: 0 of 129 tools would be refused",
        "mistral: nothing would be refused of 129 tools",
        "dialect  tools  refused              refused with sealegs",
        "groq     129    0, and all together  0, and all together",
        "mistral  129    0                    0",
    ]


@pytest.mark.parametrize("source", ["github-mcp-server", "livemcpbench"])
def test_every_tool_of_real_mcp_servers_is_made_to_fit(source: str, here: Here) -> None:
    folder = corpus("toolschema", source)
    names = ("openai-chat-strict", "anthropic-strict", "gemini", "gemini-parameters", "mistral")
    wanted = [word for name in names for word in ("--for", name)]
    status, out, err = here("lint", str(folder), *wanted, "--json")
    assert (status, err) == (1, "")
    for row in json.loads(out)["dialects"]:
        left = [tool for tool in row["tools"] if tool["with_sealegs"]["violations"]]
        assert (row["dialect"], left) == (row["dialect"], [])


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
    here: Here, name: str, told: str
) -> None:
    status, out, err = here("dialects", name)
    assert (status, out) == (2, "")
    assert err.startswith(f"sealegs: unknown dialect {name!r}; ")
    assert told in err
    assert err.endswith("`sealegs schema dialects` lists all of them\n")


def test_an_unknown_dialect_is_refused_before_files_are_read(here: Here) -> None:
    for action in (("convert", "none.json", "--to"), ("lint", "none.json", "--for")):
        status, out, err = here(*action, "mistrall")
        assert (status, out) == (2, "")
        assert err.startswith("sealegs: unknown dialect 'mistrall'; did you mean 'mistral'")


WRONG: dict[str, tuple[Any, str]] = {
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
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, here: Here, name: str
) -> None:
    content, told = WRONG[name]
    if content is not None:
        put(tmp_path, name, content)
    assert here("lint", name, "--for", "openai-chat") == (
        2,
        "",
        f"sealegs: {told}\n",
    )


def test_how_far_it_is_with_many_files_is_shown_to_people_only(
    tmp_path: Path,
    here: Here,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in "ab":
        put(tmp_path, f"{name}.json", {**PING, "name": name})
    arguments = ("lint", "a.json", "b.json", "--for", "mistral")
    assert here(*arguments)[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert here(*arguments)[2] == "\r1/2 \r2/2 \r"
    assert here(*arguments, "--json")[2] == ""


def test_a_folder_without_definitions_says_what_it_looked_for(tmp_path: Path, here: Here) -> None:
    put(tmp_path, "empty/README.md", "no")
    put(tmp_path, "others/package.json", {"version": "1"})
    assert here("lint", "empty", "--for", "openai-chat") == (
        2,
        "",
        "sealegs: empty: the folder has no files .json, .jsonl, .ndjson, .snap; name others one by "
        "one\n",
    )
    status, out, err = here("lint", "others", "--for", "openai-chat")
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
    here: Here, arguments: tuple[str, ...], told: str
) -> None:
    status, out, err = here(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("usage: sealegs schema")
    assert told in err


@pytest.mark.parametrize("action", ["convert", "lint", "dialects"])
def test_help_has_examples(here: Here, action: str) -> None:
    status, out, err = here(action, "--help")
    assert (status, err) == (0, "")
    assert f"examples:\n  sealegs schema {action}" in out


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m sealegs.cli schema dialects --json | head -c 1"
    ran = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "{", "")
