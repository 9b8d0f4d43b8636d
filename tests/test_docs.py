"""What the documents say is what the code does: snippets run, tables and signatures agree."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import runpy
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import sealegs
from loopback import Asked, Loopback, anthropic, chat, loopback, whole
from sealegs import Catalog, Settings, occurrences, settings, specs, telemetry
from sealegs.exchange import GapReason
from sealegs.knowledge import Evidence
from sealegs.perturbation.campaigns.judging import Verdict
from sealegs.perturbation.loading import load_profile
from sealegs_plugins.pytest_plugin import session as _loaded  # noqa: F401 - pytester forgets it

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PLUGINS = (ROOT / "docs" / "plugins.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
HOOKS = {
    name: function
    for name, function in vars(specs).items()
    if inspect.isfunction(function) and hasattr(function, "sealegs_spec")
}


# ------------------------------------------------------------------ hooks


def signature(name: str, function: Callable[..., object]) -> str:
    return f"{name}{inspect.signature(function)}".replace("'", "")


def test_the_hooks_are_those_that_were_designed() -> None:
    assert list(HOOKS) == [
        "wires",
        "providers",
        "reasoning_formats",
        "tool_forms",
        "tool_lenses",
        "schema_dialects",
        "tool_call_parsers",
        "perturbations",
        "profiles",
        "text_lenses",
        "fault_lenses",
        "middleware",
        "exchange_finished",
    ]


def test_every_hook_has_a_heading_with_its_exact_signature() -> None:
    headings = re.findall(r"^### `(.+)`$", PLUGINS, re.MULTILINE)
    assert headings == [signature(name, function) for name, function in HOOKS.items()]


def test_every_hook_is_explained_where_it_is_specified() -> None:
    assert [name for name, function in HOOKS.items() if not inspect.getdoc(function)] == []


def test_every_hook_has_a_test() -> None:
    tree = ast.parse((ROOT / "tests" / "middleware" / "test_catalog.py").read_text("utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {f"test_hook_{name}" for name in HOOKS} - tests == set()


# ------------------------------------------------------------------ tables


def cells(text: str, first: str) -> list[list[str]]:
    """Read the table whose first heading is given."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def every_setting(model: type[BaseModel], prefix: str = "") -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for name, field in model.model_fields.items():
        default = field.get_default()
        if isinstance(default, BaseModel):
            found += every_setting(type(default), f"{prefix}{name}.")
        else:
            variable = "SEALEGS_" + f"{prefix}{name}".upper().replace(".", "__")
            found.append((f"`{prefix}{name}`", f"`{default!r}`", f"`{variable}`"))
    return found


def test_the_settings_table_is_whole() -> None:
    assert [tuple(row[:3]) for row in cells(README, "setting")] == every_setting(Settings)


def test_every_settings_class_is_in_the_table() -> None:
    parts = [name for name in settings.__all__ if name.endswith("Settings") and name != "Settings"]
    names = [row[0] for row in cells(README, "setting")]
    assert len(parts) == len({name.partition(".")[0] for name in names if "." in name})


EVENTS_AND_COUNTERS = README.partition("**OpenTelemetry.**")[2].partition("| attribute")[0]
"""The paragraph that names them."""


def test_every_attribute_that_telemetry_sets_is_in_the_table() -> None:
    modules = (telemetry, occurrences)
    source = "".join(Path(str(module.__file__)).read_text("utf-8") for module in modules)
    said = set(re.findall(r'"(sealegs\.[a-z_.]+)"', source))
    others = {name for name in said if f"`{name}`" in EVENTS_AND_COUNTERS}
    names = said - others - {"sealegs.attempt"}
    assert {f"`{name}`" for name in names} == {row[0] for row in cells(README, "attribute")}


def test_every_kind_of_evidence_is_explained() -> None:
    assert [row[0] for row in cells(README, "evidence")] == list(get_args(Evidence))


def test_every_reason_for_a_gap_is_explained() -> None:
    assert [row[0].strip("`") for row in cells(ARCHITECTURE, "gap")] == list(get_args(GapReason))


def test_every_command_is_in_the_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    commands = {row[0].strip("`").split()[1] for row in cells(README, "command")}
    assert commands == set(project["entry-points"]["sealegs.commands"])


def test_every_extra_that_is_named_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = set(re.findall(r"sealegs\[(\w+)\]", README)) | set(re.findall(r"\.\[(\w+)\]", README))
    assert named <= set(project["optional-dependencies"])


def test_every_wire_format_is_in_the_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8").lower()
    words = {name.split("-")[0] for name in Catalog.load().wires}
    assert [word for word in words if word not in text] == []


def test_every_file_that_is_named_is_there() -> None:
    folders = "docs|examples|plugins|middleware|adapters|scripts|benchmarks|tests"
    pattern = re.compile(rf"`((?:{folders})/[\w/.]+|(?:SECURITY|CHANGELOG)\.md|constraints\.txt)")
    documents = [README, PLUGINS, ARCHITECTURE]
    named = {name.rstrip(".") for text in documents for name in pattern.findall(text)}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_page_of_providers_is_what_their_rows_say() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "providers"))["page"]
    written = (ROOT / "docs" / "providers.md").read_text("utf-8")
    assert written.splitlines() == page(Catalog.load().directory.rows).splitlines()


def test_the_page_of_perturbations_is_what_their_sheets_say() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "perturbations"))["page"]
    written = (ROOT / "docs" / "perturbations.md").read_text("utf-8")
    known = Catalog.load()
    found = page(known.perturbations.values(), known.profiles.values())
    assert written.splitlines() == found.splitlines()


def test_every_verdict_is_explained() -> None:
    assert {row[0].strip("`") for row in cells(README, "verdict")} == set(Verdict)


# ------------------------------------------------------------------ the two commands


def commands() -> list[str]:
    block = README.partition("## Quick start")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)\n```", block, re.DOTALL)


def test_the_quick_start_is_two_commands() -> None:
    assert [command.splitlines() for command in commands()] == [[one] for one in commands()]
    assert len(commands()) == 2


def test_the_second_command_is_what_is_run_for_every_change() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1] == commands()[1]


def test_the_scripts_can_be_run() -> None:
    for path in (ROOT / "scripts").iterdir():
        assert os.access(path, os.X_OK), path


# ------------------------------------------------------------------ snippets


def snippets(text: str) -> dict[str, list[str]]:
    """Give the Python blocks under each heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    pattern = r"^#+ (?P<heading>[^\n]+)$|^```python\n(?P<code>.*?)^```$"
    for hit in re.finditer(pattern, text, re.MULTILINE | re.DOTALL):
        heading = hit["heading"] or heading
        if hit["code"]:
            found.setdefault(heading, []).append(hit["code"])
    return found


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    return names


SIGNED = {"thinking": "The word is herring.", "signature": "c2lnbmF0dXJl"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A model server, to which every client goes by itself."""

    def script(asked: Asked) -> Any:
        if asked.path.endswith("/messages"):
            return whole(anthropic("I have one.", **SIGNED))
        return whole(chat("I have one.", reasoning="The word is herring."))

    monkeypatch.chdir(tmp_path)
    with loopback(script=script) as one:
        for name in ("OPENAI", "ANTHROPIC"):
            monkeypatch.setenv(f"{name}_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{one.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", one.url)
        monkeypatch.setenv("MODEL_URL", one.url)
        yield one


USER = {"role": "user", "content": "Draw a word."}
FORGOT = {"role": "assistant", "content": "I have one."}
AGAIN = {"role": "user", "content": "Which?"}


def reasoning_of(server: Loopback) -> list[Any]:
    """The reasoning on each message of the second request."""
    return [one.get("reasoning_content") for one in server.asked[1].json["messages"]]


KEPT = [None, "The word is herring.", None]


def test_the_http_snippet_keeps_reasoning(server: Loopback) -> None:
    (code,) = snippets(README)["httpx and httpx2"]
    with run(code)["client"] as client:
        for messages in ([USER], [USER, FORGOT, AGAIN]):
            client.post("/v1/chat/completions", json={"model": "m", "messages": messages})
    assert reasoning_of(server) == KEPT


def test_the_openai_snippet_keeps_reasoning(server: Loopback) -> None:
    (code,) = snippets(README)["The openai client"]
    with run(code)["client"] as client:
        for messages in ([USER], [USER, FORGOT, AGAIN]):
            client.chat.completions.create(model="m", messages=messages)
    assert reasoning_of(server) == KEPT


def test_the_anthropic_snippet_keeps_reasoning(server: Loopback) -> None:
    (code,) = snippets(README)["The anthropic client"]
    with run(code)["client"] as client:
        for messages in ([USER], [USER, FORGOT, AGAIN]):
            client.messages.create(model="claude-sonnet-4-6", max_tokens=9, messages=messages)
    content = server.asked[1].json["messages"][1]["content"]
    assert content == [{"type": "thinking", **SIGNED}, {"type": "text", "text": "I have one."}]


def test_the_agent_snippet_keeps_reasoning(server: Loopback) -> None:
    code, _ = snippets(README)["LangGraph and LangChain"]
    agent = run(code)["agent"]
    for messages in ([USER], [USER, FORGOT, AGAIN]):
        agent.invoke({"messages": messages})
    assert reasoning_of(server) == KEPT


def test_the_graph_snippet_keeps_reasoning(server: Loopback) -> None:
    _, code = snippets(README)["LangGraph and LangChain"]
    model = run(code)["model"]
    for messages in ([USER], [USER, FORGOT, AGAIN]):
        model.invoke(messages)
    assert reasoning_of(server) == KEPT


def test_the_sharing_snippet_shares_a_store(server: Loopback, tmp_path: Path) -> None:
    (code,) = snippets(README)["Sharing, and sessions"]
    names = run(code)

    async def second() -> None:
        async with names["async_client"] as client, sealegs.session("customer-4711"):
            await client.chat.completions.create(model="m", messages=[USER, FORGOT, AGAIN])

    with names["client"] as client, sealegs.session("customer-4711"):
        client.chat.completions.create(model="m", messages=[USER])
    asyncio.run(second())
    assert reasoning_of(server) == KEPT
    assert (tmp_path / "reasoning.db").stat().st_mode & 0o777 == 0o600
    assert names["pipeline"].forget("customer-4711") == 2
    names["pipeline"].close()


def test_the_tools_snippet_converts_and_takes_a_call_back() -> None:
    (code,) = snippets(README)["Tools from anywhere"]
    names = run(code)
    (tool,) = names["kit"].tools
    assert tool["function"]["strict"] is True
    assert tool["function"]["parameters"]["required"] == ["query", "limit"]
    call = names["call"]
    assert (call.name, call.arguments, call.ok) == ("search", {"query": "tides"}, True)


def test_the_staging_snippets_are_a_test_a_world_and_a_campaign(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    test, world, campaign = snippets(README)["Rough seas: staging tests"]
    pytester.makepyfile(test_price=test)
    done = pytester.runpytest_inprocess("-q")
    done.assert_outcomes(passed=2)
    done = pytester.runpytest_inprocess("-q", "--perturb")
    done.assert_outcomes(passed=12)
    done.stdout.fnmatch_lines(["VACUOUS  *", "*never disturbed:*"])  # it has no model
    monkeypatch.setenv("SEALEGS_PERTURBATION__ENVIRONMENT", "test")
    monkeypatch.chdir(pytester.mkdir("elsewhere"))
    Path("workspace").mkdir()
    run(world)
    names = run(test + campaign)
    assert names["result"].judgement.verdict == "VACUOUS"


def test_the_staging_profile_is_a_profile(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "storm.toml").write_text(block)
    uses = load_profile(tmp_path / "storm.toml", Catalog.load()).uses
    assert [use.operator for use in uses] == ["tool-error", "rate-limit"]


def test_the_staging_example_needs_no_key(pytester: pytest.Pytester) -> None:
    pytester.copy_example(str(ROOT / "examples" / "staging"))
    test = pytester.path / "test_booking.py"
    test.write_text(test.read_text("utf-8").replace("range(2, 22)", "range(2, 16)"), "utf-8")
    done = pytester.runpytest_subprocess("-q", "--perturb")
    done.assert_outcomes(passed=84)
    done.stdout.fnmatch_lines(["*storm: *against a margin of*", "*transport *rate-limit *"])


def test_the_plugin_snippet_is_a_plugin() -> None:
    code = snippets(PLUGINS)["Plugins"][0]
    module = ModuleType("acme")
    vars(module).update(run(code))
    rows = [row for row in Catalog.load(module).directory.rows if row.name == "acme"]
    assert [row.source for row in rows] == ["https://docs.acme.example/thinking"]


def test_the_layer_snippet_is_a_layer() -> None:
    from flows import Port, answered, call_of, drive
    from sealegs.machine import through

    (heading,) = [one for one in snippets(PLUGINS) if one.startswith("`middleware")]
    (code,) = snippets(PLUGINS)[heading]
    code = code.replace("wait(1.0)", "wait(0.0)")
    busy, fine = answered(status=529), answered(b'{"ok": true}')
    port = Port([busy, fine])
    assert drive(through([run(code)["Patient"]()], call_of()), port, "sync") is fine
    assert (len(port.sent), port.closed) == (2, [busy])
