"""The demo: its servers enforce what is documented; its clients lose and keep what they should."""

from __future__ import annotations

import argparse
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from openai import OpenAI

from sealegs_plugins.commands import demo
from sealegs_plugins.commands.demo import program
from sealegs_plugins.commands.demo.cases import CASES, Case
from sealegs_plugins.commands.demo.chat import ChatApi
from sealegs_plugins.commands.demo.endpoint import Listener
from sealegs_plugins.commands.demo.loops import chat_tool
from sealegs_plugins.commands.demo.messages import MessagesApi
from sealegs_plugins.commands.demo.responses import ResponsesApi
from sealegs_plugins.commands.demo.rules import CHAT_RULES
from sealegs_plugins.commands.demo.runner import on_loopback
from sealegs_plugins.commands.demo.script import CODE, ScriptedModel, Seen
from sealegs_plugins.commands.demo.server import Api, Conversation, serving
from sealegs_plugins.commands.demo.vault import QUESTIONS, TOOLS, Vault

Json = Any
ROOT = Path.cwd()  # where the tests were started: import paths may be relative to it


@pytest.fixture(autouse=True)
def _loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    with on_loopback():
        yield


def post(conversation: Conversation, body: Json) -> tuple[int, Json]:
    with serving(conversation) as origin, httpx2.Client() as client:
        reply = client.post(origin + conversation.api.path, json=body)
        return reply.status_code, reply.json()


# ------------------------------------------------------------------ chat completions


def chat_body(*messages: Json, **more: Json) -> Json:
    history = [{"role": "user", "content": QUESTIONS[0]}, *messages]
    return {"model": "m", "messages": history, "tools": list(map(chat_tool, TOOLS)), **more}


def chat_first(conversation: Conversation, **more: Json) -> Json:
    status, reply = post(conversation, chat_body(**more))
    assert status == 200
    return reply["choices"][0]["message"]


def chat_second(message: Json, **changes: Json) -> tuple[Json, Json]:
    kept = {key: value for key, value in {**message, **changes}.items() if value is not None}
    result = {"role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "dial: 31"}
    return kept, result


DEEPSEEK_REFUSAL = {
    "error": {
        "message": "The `reasoning_content` in the thinking mode must be passed back to the API.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_request_error",
    }
}


@pytest.mark.parametrize(
    ("changes", "more", "answer"),
    [
        ({}, {}, (200, None)),
        ({"reasoning_content": ""}, {}, (200, None)),
        ({"reasoning_content": None}, {}, (400, DEEPSEEK_REFUSAL)),
        ({"reasoning_content": None}, {"tools": []}, (200, None)),
    ],
    ids=["returned", "empty text", "missing", "missing without tools"],
)
def test_deepseek_refuses_missing_reasoning_where_the_request_carries_tools(
    changes: Json, more: Json, answer: tuple[int, Json]
) -> None:
    conversation = Conversation(ChatApi(CHAT_RULES["deepseek"]))
    message = chat_first(conversation)
    body = {**chat_body(*chat_second(message, **changes)), **more}
    status, reply = post(conversation, body)
    assert (status, None if status == 200 else reply) == answer


def test_kimi_names_the_message_that_lacks_its_reasoning() -> None:
    conversation = Conversation(ChatApi(CHAT_RULES["kimi"]))
    message = chat_first(conversation)
    assert message["tool_calls"][0]["id"] == "functions.read_dial:0"
    status, reply = post(conversation, chat_body(*chat_second(message, reasoning_content=None)))
    assert (status, reply["error"]["message"]) == (
        400,
        "thinking is enabled but reasoning_content is missing in assistant tool call message"
        " at index 1",
    )


def test_minimax_splits_reasoning_off_only_where_asked_and_never_refuses() -> None:
    conversation = Conversation(ChatApi(CHAT_RULES["minimax-split"]))
    split = chat_first(conversation, reasoning_split=True)
    whole = chat_first(Conversation(ChatApi(CHAT_RULES["minimax-split"])))
    assert (set(split), split["content"]) == (
        {"role", "content", "reasoning_details", "tool_calls"},
        "",
    )
    assert re.fullmatch(r"<think>\n.+\n</think>\n\n", whole["content"])
    lost = chat_second(split, reasoning_details=None)
    assert post(conversation, chat_body(*lost, reasoning_split=True))[0] == 200


def test_reasoning_counts_as_kept_only_where_it_is_exact() -> None:
    conversation = Conversation(ChatApi(CHAT_RULES["deepseek"]))
    message = chat_first(conversation)
    counts = []
    for reasoning in (message["reasoning_content"], message["reasoning_content"] + " ", ""):
        body = chat_body(*chat_second(message, reasoning_content=reasoning))
        assert post(conversation, body)[0] == 200
        counts.append((conversation.tally.kept, conversation.tally.owed))
    assert counts == [(1, 1), (0, 2), (0, 3)]


# ------------------------------------------------------------------ Anthropic Messages


def messages_body(*messages: Json, **more: Json) -> Json:
    return {
        "model": "claude-opus-4-5",
        "max_tokens": 4096,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [{"role": "user", "content": QUESTIONS[0]}, *messages],
        **more,
    }


def tool_result(blocks: Json, text: str) -> Json:
    call = next(block["id"] for block in blocks if block["type"] == "tool_use")
    block = {"type": "tool_result", "tool_use_id": call, "content": text}
    return {"role": "user", "content": [block]}


def altered(blocks: Json) -> Json:
    return [{**blocks[0], "thinking": blocks[0]["thinking"] + "."}, *blocks[1:]]


def test_anthropic_refuses_a_tool_loop_without_its_thinking_unless_thinking_is_off() -> None:
    conversation = Conversation(MessagesApi())
    blocks = post(conversation, messages_body())[1]["content"]
    turn = {"role": "assistant", "content": blocks[1:]}
    body = messages_body(turn, tool_result(blocks, "dial: 31"))
    status, reply = post(conversation, body)
    assert (status, reply["type"], reply["error"]["type"]) == (
        400,
        "error",
        "invalid_request_error",
    )
    assert reply["error"]["message"].startswith(
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found"
        " `tool_use`. When `thinking` is enabled, a final `assistant` message must start with"
    )
    assert post(conversation, {**body, "thinking": {"type": "disabled"}})[0] == 200


@pytest.mark.parametrize(
    ("latest", "text"),
    [
        (
            True,
            "messages.1.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant"
            " message cannot be modified. These blocks must remain as they were in the original"
            " response.",
        ),
        (False, "messages.1.content.0: Invalid `signature` in `thinking` block"),
    ],
)
def test_anthropic_refuses_altered_thinking_by_its_signature(latest: bool, text: str) -> None:
    conversation = Conversation(MessagesApi())
    first = post(conversation, messages_body())[1]["content"]
    good = ({"role": "assistant", "content": first}, tool_result(first, "dial: 31"))
    bad = ({"role": "assistant", "content": altered(first)}, good[1])
    status, second = post(conversation, messages_body(*good))
    assert status == 200
    later = () if latest else ({"role": "assistant", "content": second["content"]},)
    asked = () if latest else ({"role": "user", "content": QUESTIONS[1]},)
    status, reply = post(conversation, messages_body(*bad, *later, *asked))
    assert (status, reply["error"]["message"]) == (400, text)


# ------------------------------------------------------------------ OpenAI Responses


def responses_body(*items: Json) -> Json:
    return {"model": "gpt", "store": False, "input": [{"role": "user", "content": "?"}, *items]}


def output(call: Json) -> Json:
    return {"type": "function_call_output", "call_id": call["call_id"], "output": "dial: 31"}


def without(item: Json, key: str) -> Json:
    return {name: value for name, value in item.items() if name != key}


@pytest.mark.parametrize(
    ("arrange", "refusal"),
    [
        (lambda reason, call: [reason, call, output(call)], None),
        (lambda reason, call: [without(call, "id"), output(call)], None),
        (
            lambda reason, call: [call, output(call)],
            "Item '{call}' of type 'function_call' was provided without its required 'reasoning'"
            " item: '{reason}'.",
        ),
        (
            lambda reason, call: [reason, {"role": "user", "content": "?"}],
            "Item '{reason}' of type 'reasoning' was provided without its required following item.",
        ),
        (
            lambda reason, call: [
                {**reason, "encrypted_content": "gAAAforged"},
                call,
                output(call),
            ],
            "The encrypted content gAAA...rged could not be verified.",
        ),
    ],
    ids=["whole", "call without its id", "call alone", "reasoning alone", "forged"],
)
def test_responses_refuses_what_stands_without_its_pair(arrange: Any, refusal: str | None) -> None:
    conversation = Conversation(ResponsesApi())
    reason, call = post(conversation, responses_body())[1]["output"]
    status, reply = post(conversation, responses_body(*arrange(reason, call)))
    if refusal is None:
        assert status == 200
    else:
        expected = refusal.format(call=call["id"], reason=reason["id"])
        assert (status, reply["error"]["message"]) == (400, expected)


# ------------------------------------------------------------------ streams


class _Same(ScriptedModel):
    """Says the same with the same note, so that two conversations can be compared."""

    def reply(self, seen: Seen) -> Any:
        reply = super().reply(seen)
        return type(reply)("A thought — of some length, with ünïcode.", *_rest(reply))


def _rest(reply: Any) -> tuple[Any, ...]:
    return reply.text, reply.call, reply.arguments


def twins(make: Any) -> tuple[Conversation, Conversation]:
    return Conversation(make(), _Same()), Conversation(make(), _Same())


@pytest.mark.parametrize("rule", CHAT_RULES)
def test_a_chat_stream_says_what_the_whole_reply_says(rule: str) -> None:
    streamed, whole = twins(lambda: ChatApi(CHAT_RULES[rule]))
    parameters = dict(CHAT_RULES[rule].parameters)
    expected = chat_first(whole, **parameters)
    seen: Json = {"content": "", "reasoning_content": "", "reasoning_details": "", "arguments": ""}
    with serving(streamed) as origin, OpenAI(base_url=f"{origin}/v1", api_key="k") as client:
        body = chat_body(stream=True, stream_options={"include_usage": True})
        chunks: Any = client.chat.completions.create(**body, extra_body=parameters)
        for chunk in chunks:
            usage = chunk.usage
            for choice in chunk.choices:
                delta = choice.delta.model_dump()
                seen["content"] += delta.get("content") or ""
                seen["reasoning_content"] += delta.get("reasoning_content") or ""
                for detail in delta.get("reasoning_details") or ():
                    seen["reasoning_details"] += detail["text"]
                for call in delta.get("tool_calls") or ():
                    seen["arguments"] += call["function"]["arguments"]
    details = expected.get("reasoning_details") or [{"text": ""}]
    assert seen == {
        "content": expected["content"],
        "reasoning_content": expected.get("reasoning_content", ""),
        "reasoning_details": details[0]["text"],
        "arguments": expected["tool_calls"][0]["function"]["arguments"],
    }
    assert usage is not None
    assert usage.prompt_tokens == streamed.tally.prompt_tokens > 0


def test_a_messages_stream_says_what_the_whole_reply_says() -> None:
    api = MessagesApi()  # one key, so that the signatures are equal
    streamed, whole = twins(lambda: api)
    expected = post(whole, messages_body())[1]["content"]
    with serving(streamed) as origin, Anthropic(base_url=origin, api_key="k") as client:
        body = messages_body()
        with client.messages.stream(**body) as stream:
            final = stream.get_final_message()
    got = [block.model_dump(exclude_none=True) for block in final.content]
    names = [{**block, "id": "?"} if "id" in block else block for block in expected]
    kept = [
        {**{k: block[k] for k in want if k != "id"}, **({"id": "?"} if "id" in want else {})}
        for block, want in zip(got, names, strict=True)
    ]
    assert kept == names
    assert final.usage.output_tokens == streamed.tally.completion_tokens


def test_a_responses_stream_says_what_the_whole_reply_says() -> None:
    streamed, whole = twins(ResponsesApi)
    expected = post(whole, responses_body())[1]["output"]
    with (
        serving(streamed) as origin,
        OpenAI(base_url=f"{origin}/v1", api_key="k") as client,
        client.responses.stream(model="gpt", input="?", store=False) as stream,
    ):
        done = [event.item for event in stream if event.type == "response.output_item.done"]
        final = stream.get_final_response()
    assert [item.type for item in final.output] == [item["type"] for item in expected]
    assert done[1].type == "function_call"
    assert (done[1].name, done[1].arguments) == (expected[1]["name"], expected[1]["arguments"])
    assert done[0].type == "reasoning"
    assert final.output[0].type == "reasoning"
    assert done[0].encrypted_content == final.output[0].encrypted_content


# ------------------------------------------------------------------ the task


def test_the_code_word_stands_in_the_reasoning_of_one_turn_alone() -> None:
    case = next(c for c in CASES if (c.api().path, c.client[:9]) == ("/v1/messages", "LangGraph"))
    requests: list[Json] = []

    class Watching(Conversation):
        def answer(self, body: Json) -> Any:
            requests.append(body)
            return super().answer(body)

    conversation = Watching(case.api())
    with serving(conversation) as origin:
        vault = Vault(conversation.accepts)
        answer = case.play(origin, None, vault)
    assert vault.told(answer)
    (code,) = conversation.model.drawn
    holders = [
        block["type"]
        for message in requests[-2]["messages"]
        if message["role"] == "assistant"
        for block in message["content"]
        if code in json.dumps(block)
    ]
    others = [m for m in requests[-2]["messages"] if m["role"] == "user"]
    assert (holders, CODE.findall(json.dumps(others))) == (["thinking"], [])


def test_a_model_that_lost_its_code_word_runs_in_circles_and_gives_up() -> None:
    model, said = ScriptedModel(), []
    results: tuple[str, ...] = ("armed: x", "log: clean")
    for _ in range(9):
        reply = model.reply(Seen(2, results, (), 0))
        said.append(reply.call)
        if not reply.call:
            break
        refused = reply.call == "open_vault"
        results = (*results, "refused: no" if refused else "log: clean")
    assert said == ["open_vault", "read_log", "open_vault", "read_log", "open_vault", ""]


LOSSES = {
    ("MiniMax: think tags in content", "LangGraph, ChatOpenAI"): ("right", 0, 6),
    ("MiniMax: think tags in content", "openai, plain loop"): ("wrong", 0, 10),
    ("MiniMax: reasoning_split", "LangGraph, ChatOpenAI"): ("wrong", 0, 10),
    ("MiniMax: reasoning_split", "openai, plain loop"): ("wrong", 0, 10),
    ("DeepSeek V4: reasoning_content", "LangGraph, ChatOpenAI"): ("refused", 400, 1),
    ("DeepSeek V4: reasoning_content", "openai, plain loop"): ("refused", 400, 1),
    ("Kimi K2.6: reasoning_content", "LangGraph, ChatOpenAI"): ("refused", 400, 1),
    ("Kimi K2.6: reasoning_content", "openai, plain loop"): ("refused", 400, 1),
    ("Anthropic: signed thinking", "LangGraph, ChatAnthropic"): ("right", 0, 6),
    ("Anthropic: signed thinking", "anthropic, plain loop"): ("refused", 400, 1),
    ("OpenAI Responses: encrypted", "LangGraph, ChatOpenAI"): ("right", 0, 6),
    ("OpenAI Responses: encrypted", "openai, plain loop"): ("refused", 400, 1),
}


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    demo.configure(parser)
    return parser.parse_args(words)


def test_the_demo_shows_what_each_client_loses_and_that_sealegs_keeps_all_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = demo.run(options("--json", "--no-trace"))
    report = json.loads(capsys.readouterr().out)
    rows = {(r["rule"], r["client"], r["sealegs"]): r for r in report["results"]}
    assert len(rows) == 2 * len(LOSSES)
    told = {
        key: (rows[*key, False]["outcome"], rows[*key, False]["http_status"] or 0,
              rows[*key, False]["turns"])
        for key in LOSSES
    }  # fmt: skip
    assert told == LOSSES
    kept = {
        key: (row["outcome"], row["turns"], row["reasoning_kept"], row["reasoning_owed"],
              row["reasoning_kept_all_requests"], row["reasoning_owed_all_requests"],
              row["detail"] + row["note"] + row["fault"])
        for key in LOSSES
        for row in [rows[*key, True]]
    }  # fmt: skip
    assert kept == dict.fromkeys(LOSSES, ("right", 6, 5, 5, 15, 15, ""))
    by_itself = {key for key in LOSSES if rows[*key, False]["kept_by_framework"]}
    assert by_itself == {key for key, loss in LOSSES.items() if loss[0] == "right"}
    assert (status, report["trace"]) == (0, None)
    assert list(Path.cwd().iterdir()) == []


def test_the_table_says_that_the_models_are_scripted_and_the_trace_is_private(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "CASES", CASES[4:6])
    trace = Path("spans.jsonl")
    trace.write_text("old\n")
    trace.chmod(0o644)
    assert demo.run(options("--trace", str(trace))) == 0
    shown = capsys.readouterr()
    assert "The models are scripted" in shown.out
    assert "Without sealegs: 0 of 2 runs went right; 2 were refused" in shown.out
    assert "With sealegs: 2 of 2 runs went right; 10 of 10 earlier turns" in shown.out
    assert f"Trace: {trace}" in shown.out
    assert "4/4 DeepSeek V4" in shown.err
    spans = [json.loads(line) for line in trace.read_text().splitlines()]
    runs = [span for span in spans if span["name"] == "sealegs demo"]
    assert [run["attributes"]["sealegs.demo.outcome"] for run in runs] == [
        "refused", "right", "refused", "right",
    ]  # fmt: skip
    roots = {
        run["context"]["span_id"] for run in runs if run["attributes"]["sealegs.demo.arm"] == "with"
    }
    calls = [
        span for span in spans if span["parent_id"] in roots or span["name"].startswith("chat")
    ]
    assert len(calls) == 2 * 6
    assert stat.S_IMODE(trace.stat().st_mode) == 0o600
    assert not CODE.search(trace.read_text())


def test_a_run_with_sealegs_that_goes_wrong_gives_exit_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "CASES", CASES[4:5])
    monkeypatch.setenv("SEALEGS_OFF", "1")
    assert demo.run(options("--no-trace")) == 1
    assert "With sealegs: 0 of 1 runs went right" in capsys.readouterr().out


def test_a_failure_that_sealegs_spares_the_caller_is_shown_and_gives_exit_status_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("broken on purpose")

    monkeypatch.setattr(program, "CASES", CASES[:1])  # the framework keeps the reasoning itself
    monkeypatch.setattr("sealegs.retention.layer.look", broken)
    assert demo.run(options("--no-trace", "--json")) == 1
    with_sealegs = json.loads(capsys.readouterr().out)["results"][1]
    assert (with_sealegs["outcome"], with_sealegs["fault"]) == (
        "right",
        "sealegs failed: reasoning/model: ValueError: broken on purpose",
    )


def test_a_trace_that_cannot_be_written_is_said_and_gives_exit_status_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert demo.run(options("--trace", "nowhere/spans.jsonl")) == 1
    assert "nowhere/spans.jsonl" in capsys.readouterr().err


def test_a_trace_file_is_never_written_through_a_link(capsys: pytest.CaptureFixture[str]) -> None:
    Path("target").write_text("mine")
    Path("spans.jsonl").symlink_to("target")
    assert demo.run(options("--trace", "spans.jsonl")) == 1
    assert Path("target").read_text() == "mine"
    assert "spans.jsonl" in capsys.readouterr().err


# ------------------------------------------------------------------ a real endpoint


def test_an_endpoint_is_asked_the_same_without_sealegs_and_with_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALEGS_DEMO_API_KEY", "secret-key")
    conversation = Conversation(ChatApi(CHAT_RULES["deepseek"]))
    with serving(conversation) as origin:
        words = ("--base-url", f"{origin}/v1", "--model", "deepseek-v4-pro", "--no-trace", "--json")
        status = demo.run(options(*words))
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert [
        (row["sealegs"], row["outcome"], row["turns"], row["reasoning_owed"])
        for row in report["results"]
    ] == [(False, "refused", 1, None), (True, "right", 6, None)]
    assert (status, report["results"][0]["http_status"]) == (0, 400)
    assert "depends on the model" in report["statement"]
    assert "secret-key" not in shown.out + shown.err


def test_an_endpoint_without_a_key_is_asked_and_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEALEGS_DEMO_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    conversation = Conversation(ChatApi(CHAT_RULES["minimax-split"]))
    with serving(conversation) as origin:
        words = ("--base-url", f"{origin}/v1", "--model", "MiniMax-M2", "--no-trace")
        status = demo.run(options(*words))
    shown = capsys.readouterr()
    assert "no key in SEALEGS_DEMO_API_KEY or OPENAI_API_KEY" in shown.err
    assert "wrong, 3 wrong code words" in shown.out
    assert status == 0


@pytest.mark.parametrize("words", [("--model", "m"), ("--base-url", "http://127.0.0.1:9")])
def test_an_endpoint_needs_both_its_address_and_its_model(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.run(options(*words)) == 1
    assert "--base-url and --model go together" in capsys.readouterr().err


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning_content": "I take teal-1234."},
        {"reasoning": "I take teal-1234."},
        {"reasoning_details": [{"type": "reasoning.text", "text": "I take teal-1234."}]},
        {"content": "<think>I take teal-1234.</think>"},
    ],
)
def test_a_listener_overhears_the_code_word_wherever_reasoning_stands(message: Json) -> None:
    listener = Listener()
    call = {"id": "c", "type": "function", "function": {"name": "arm_vault", "arguments": "{}"}}
    listener.hear({"choices": [{"message": {"tool_calls": [call], **message}}], "usage": None})
    assert (listener.codes, listener.thinking) == ({"teal-1234"}, 1)


def test_a_listener_takes_no_code_word_from_what_is_said_aloud() -> None:
    listener = Listener()
    call = {"id": "c", "type": "function", "function": {"name": "arm_vault", "arguments": "{}"}}
    message = {"content": "I take teal-1234.", "tool_calls": [call]}
    listener.hear({"choices": [{"message": message}]})
    assert (listener.codes, listener.thinking) == (set(), 0)


# ------------------------------------------------------------------ the command


def python(program: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(Path(ROOT, path)) for path in sys.path)
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip


@pytest.mark.parametrize("package", ["rich", "langchain_anthropic", "opentelemetry.sdk"])
def test_a_missing_extra_is_named_with_what_installs_it(package: str) -> None:
    program = (
        "import argparse, sys\n"
        f"sys.modules[{package!r}] = None\n"
        "from sealegs_plugins.commands import demo\n"
        "parser = argparse.ArgumentParser(); demo.configure(parser)\n"
        "sys.exit(demo.run(parser.parse_args([])))\n"
    )
    ran = python(program)
    assert ran.returncode == 1
    assert package.partition(".")[0] in ran.stderr
    assert 'pip install "sealegs[demo]"' in ran.stderr
    assert "Traceback" not in ran.stderr


def test_help_is_given_without_loading_a_client() -> None:
    program = (
        "import argparse, sys\n"
        "from sealegs_plugins.commands import demo\n"
        "parser = argparse.ArgumentParser(); demo.configure(parser); parser.format_help()\n"
        "print(sorted({'openai', 'langchain', 'rich', 'anthropic'} & set(sys.modules)))\n"
    )
    ran = python(program)
    assert ran.stdout == "[]\n"


def test_the_loopback_part_hides_proxies_and_foreign_tracing_and_gives_them_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("http_proxy", "http://proxy:2")
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    with on_loopback():
        assert {"HTTPS_PROXY", "http_proxy", "LANGSMITH_TRACING"} & set(os.environ) == set()
    assert os.environ["HTTPS_PROXY"] == "http://proxy:1"
    assert (os.environ["http_proxy"], os.environ["LANGSMITH_TRACING"]) == ("http://proxy:2", "true")


def test_a_request_that_a_server_cannot_read_is_answered_and_said() -> None:
    def ask(api: Api) -> tuple[int, Json]:
        return post(Conversation(api), {"model": "m"})

    status, reply = ask(ChatApi(CHAT_RULES["deepseek"]))
    assert (status, "cannot read" in reply["error"]["message"]) == (500, True)


def test_every_case_names_a_rule_and_a_client_of_its_own() -> None:
    names = [(case.rule, case.client) for case in CASES]
    assert all(isinstance(case, Case) for case in CASES)
    assert len(set(names)) == len(names) == len(LOSSES)
