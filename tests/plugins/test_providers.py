"""The providers' rows against recorded traffic and recorded refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from corpus import corpus, index, sequence
from sealegs.directory import Directory
from sealegs.jsons import Json, dump
from sealegs.knowledge import Evidence, Parameter, Provider, Recovery
from sealegs.wire import RequestHead, Wire
from sealegs_plugins.formats import ALL as FORMATS
from sealegs_plugins.providers import ALL, providers
from sealegs_plugins.wires import ALL as WIRES

DIRECTORY = Directory(ALL)
FORMAT = {form.name: form for form in FORMATS}
WIRE = {wire.name: wire for wire in WIRES}
BY_NAME = {row.name: row for row in ALL}

# Recorders have taken out some hosts: these are the providers' own.
HOSTS = {
    "alibaba": "dashscope-intl.aliyuncs.com",
    "anthropic": "api.anthropic.com",
    "azure": "example.openai.azure.com",
    "bedrock": "bedrock-runtime.us-east-1.amazonaws.com",
    "cerebras": "api.cerebras.ai",
    "cohere": "api.cohere.com",
    "deepseek": "api.deepseek.com",
    "doubleword": "api.doubleword.ai",
    "github-copilot": "api.githubcopilot.com",
    "google-gemini": "generativelanguage.googleapis.com",
    "google-vertex": "aiplatform.googleapis.com",
    "gpustack": "gpustack.example",
    "groq": "api.groq.com",
    "llama.cpp": "localhost:8080",
    "lmstudio": "localhost:1234",
    "minimax": "api.minimax.io",
    "mistral": "api.mistral.ai",
    "mistralrs": "localhost:8090",
    "moonshot": "api.moonshot.ai",
    "ollama": "localhost:11434",
    "openai": "api.openai.com",
    "openai-codex": "chatgpt.com",
    "openrouter": "openrouter.ai",
    "siliconflow": "api.siliconflow.cn",
    "venice": "api.venice.ai",
    "xai": "api.x.ai",
}
PREFIXES = {"<OLLAMA_API_BASE>": "/v1", "<GPUSTACK_API_BASE>": "/v1-openai"}
PATHS = {
    "anthropic-messages": "/v1/messages",
    "bedrock-converse": "/model/{model}/converse",
    "cohere-v2": "/v2/chat",
    "gemini": "/v1beta/models/{model}:generateContent",
    "mistral": "/v1/chat/completions",
    "ollama": "/api/chat",
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
}
# What the corpus calls a provider, and the rows that its traffic may find.
ROWS = {
    "alibaba": {"dashscope"},
    "anthropic": {"anthropic"},
    "avian": {"avian"},
    "azure": {"azure-foundry", "azure-openai", "azure-responses"},
    "bedrock": {"bedrock", "bedrock-anthropic", "bedrock-claude", "bedrock-refusing"},
    "bedrock-mantle": {"bedrock-mantle", "bedrock-mantle-openai"},
    "cerebras": {"cerebras"},
    "cohere": {"cohere"},
    "crusoe": {"crusoe"},
    "deepseek": {"deepseek", "deepseek-responses"},
    "doubleword": {"doubleword"},
    "github-copilot": {"copilot", "copilot-responses"},
    "google-gemini": {"gemini", "gemini-3", "gemini-openai"},
    "google-vertex": {"vertex", "vertex-anthropic", "vertex-gemini-3"},
    "gpustack": {"gpustack"},
    "groq": {"groq"},
    "huggingface": {"huggingface"},
    "llama.cpp": {"llama.cpp"},
    "lmstudio": {"lmstudio-responses"},
    "mistral": {"mistral"},
    "mistralrs": {"mistral.rs"},
    "ollama": {"ollama", "ollama-openai"},
    "ollama-cloud": {"ollama-openai"},
    "openai": {"openai", "openai-responses"},
    "openai-codex": {"openai-codex"},
    "openrouter": {"openrouter", "openrouter-responses"},
    "perplexity": {"perplexity"},
    "pydantic-gateway": {"pydantic-gateway"},
    "snowflake": {"snowflake"},
    "venice": {"venice"},
    "vercel-gateway": {"vercel-gateway"},
    "xai": {"xai", "xai-responses"},
    "zai": {"zhipu", "zhipu-coding"},
}
# Conversations that begin with one provider and go on with another: known by the host.
OTHERS = {
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google-gemini",
}
# Formats of which there is no wire: Gemini's interactions, and Bedrock's InvokeModel of Nova.
NO_WIRE = {"gemini-interactions", "bedrock-invoke"}


def a_head(host: str, path: str) -> RequestHead:
    path, _, query = path.partition("?")
    return RequestHead("POST", f"https://{host}{path}", host.lower(), path, query)


def wire_of(head: RequestHead) -> Wire | None:
    """Give the wire that claims a request, in the order in which they are asked."""
    return next((WIRE[name] for name in sorted(WIRE) if WIRE[name].claims(head)), None)


def recorded_head(row: dict[str, Any], request: dict[str, Any] | None) -> RequestHead:
    if request is None:
        path = PATHS.get(row["wire"], "/").format(model=row["model"])
        return a_head(HOSTS[row["provider"]], path)
    path = request["url_path"]
    for placeholder, prefix in PREFIXES.items():
        path = path.replace(placeholder, prefix)
    return a_head(request["host"] or HOSTS[row["provider"]], path)


def replies(response: dict[str, Any]) -> Iterator[Json]:
    """Give a reply's JSON, or that of its events."""
    body = response["body"]
    if response["body_encoding"] == "json":
        yield body
    elif response["body_encoding"] == "sse":
        for line in body.splitlines():
            if line.startswith("data:") and line.strip() != "data: [DONE]":
                yield json.loads(line[5:])


def found_rows(row: dict[str, Any]) -> Iterator[tuple[str, Provider]]:
    """Find the row of each exchange of a sequence, with the corpus's name of its provider."""
    for exchange in sequence(row["file"])["exchanges"]:
        request = exchange["request"]
        head = recorded_head(row, request)
        wire = wire_of(head)
        if wire is None or row["wire"] in NO_WIRE:
            assert row["wire"] in NO_WIRE, head
            continue
        model = row["model"] or ""
        if request is not None and isinstance(request["body"], dict):
            model = wire.read(dump(request["body"]), head).model or model
        provider = DIRECTORY.find(wire.name, head, model)
        if DIRECTORY.guessed(provider):
            seen = (DIRECTORY.recognise(wire.name, one) for one in replies(exchange["response"]))
            provider = next((one for one in seen if one is not None), provider)
        yield OTHERS.get(head.host, row["provider"]), provider


def test_every_recorded_exchange_finds_its_providers_row() -> None:
    wrong = [
        (row["file"], name, provider.name)
        for row in index()
        for name, provider in found_rows(row)
        if provider.name not in ROWS[name] and not _names_nobody(row)
    ]
    assert wrong == []


def _names_nobody(row: dict[str, Any]) -> bool:
    """Say whether only an error was recorded: it says nothing of the server that gave it."""
    self_hosted = row["provider"] in {"llama.cpp", "mistralrs"}
    responses = [exchange["response"] for exchange in sequence(row["file"])["exchanges"]]
    return self_hosted and all(response["status"] >= 400 for response in responses)


def test_every_row_that_the_corpus_can_find_is_found() -> None:
    found = {provider.name for row in index() for _, provider in found_rows(row)}
    assert set().union(*ROWS.values()) - found == set()


def test_recorded_are_the_rows_to_which_recordings_send_reasoning_back() -> None:
    shown = {
        provider.name
        for row in index()
        if row["replay"] and row["replay"]["replayed_verbatim"]
        for _, provider in found_rows(row)
    }
    claimed = {row.name for row in ALL if row.evidence == "recorded"}
    assert claimed - shown == set()
    assert {name for name in shown - claimed if not DIRECTORY.guessed(BY_NAME[name])} == set()


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_every_row_says_where_it_stands_and_names_what_exists(row: Provider) -> None:
    assert re.search(r"https?://\S|\w#\d|\d\.\d|\w/\w", row.source)
    assert re.fullmatch(r"2026-\d\d-\d\d", row.checked)
    assert row.evidence in get_args(Evidence)
    assert row.wires <= set(WIRE)
    assert all(FORMAT[name].wires & row.wires for name in (*row.out, *row.placeholder))
    assert bool(row.placeholder) == (row.gap == "placeholder")
    assert all(one.source and re.compile(one.pattern) for one in row.recoveries)
    assert row.hosts or row.signs


def test_names_are_unique_and_the_hook_gives_all_rows() -> None:
    assert len(BY_NAME) == len(ALL) == len(providers())


SKIP = "skip_thought_signature_validator"


def test_the_dummy_of_gemini_goes_on_the_first_call() -> None:
    calls: list[Json] = [{"functionCall": {"name": name, "args": {}}} for name in ("a", "b")]
    payload = BY_NAME["gemini-3"].placeholder["thought_parts"]
    assert FORMAT["thought_parts"].write({"role": "model", "parts": calls}, payload) == {
        "role": "model",
        "parts": [{**calls[0], "thoughtSignature": SKIP}, calls[1]],
    }


def test_the_dummy_of_gemini_in_openais_format_goes_on_the_first_call() -> None:
    calls = [{"id": name, "function": {"name": "f", "arguments": "{}"}} for name in ("a", "b")]
    payload = BY_NAME["gemini-3-openai"].placeholder["thought_signatures"]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    assert FORMAT["thought_signatures"].write(message, payload) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {**calls[0], "extra_content": {"google": {"thought_signature": SKIP}}},
            calls[1],
        ],
    }


def found(wire: str, host: str, path: str, model: str) -> Provider:
    return DIRECTORY.find(wire, a_head(host, path), model)


CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"


@pytest.mark.parametrize(
    ("wire", "host", "path", "model", "name"),
    [
        ("openai-chat", "api.minimax.io", CHAT, "MiniMax-M2.5", "minimax"),
        ("openai-chat", "api.minimaxi.com", CHAT, "MiniMax-M3", "minimax-m3"),
        (
            "anthropic-messages",
            "api.minimaxi.com",
            "/anthropic/v1/messages",
            "MiniMax-M2",
            "minimax-anthropic",
        ),
        ("openai-responses", "api.minimax.io", RESPONSES, "MiniMax-M3", "minimax-responses"),
        ("openai-chat", "api.deepseek.com", "/chat/completions", "deepseek-flash", "deepseek"),
        ("openai-chat", "api.deepseek.com", CHAT, "deepseek-v3.2-exp", "deepseek-v3.2"),
        (
            "anthropic-messages",
            "api.deepseek.com",
            "/anthropic/v1/messages",
            "deepseek-v4-pro",
            "deepseek-anthropic",
        ),
        ("openai-chat", "api.moonshot.cn", CHAT, "kimi-k2-0905-preview", "moonshot"),
        ("openai-chat", "api.moonshot.ai", CHAT, "kimi-k2-thinking", "moonshot-k2-thinking"),
        ("openai-chat", "api.moonshot.ai", CHAT, "kimi-k2.5", "moonshot-k2-thinking"),
        ("openai-chat", "api.moonshot.ai", CHAT, "kimi-k2.6", "moonshot-k2.6"),
        ("openai-chat", "api.moonshot.ai", CHAT, "kimi-k2.7-code", "moonshot-preserving"),
        ("openai-chat", "api.moonshot.ai", CHAT, "kimi-k3", "moonshot-preserving"),
        (
            "anthropic-messages",
            "api.moonshot.ai",
            "/anthropic/v1/messages",
            "kimi-k3",
            "moonshot-anthropic",
        ),
        ("openai-chat", "api.z.ai", "/api/paas/v4/chat/completions", "glm-5.2", "zhipu"),
        (
            "openai-chat",
            "open.bigmodel.cn",
            "/api/coding/paas/v4/chat/completions",
            "glm-5.2",
            "zhipu-coding",
        ),
        ("openai-chat", "dashscope.aliyuncs.com", CHAT, "qwen3-max", "dashscope"),
        ("openai-chat", "dashscope.aliyuncs.com", CHAT, "qwen3.6-plus", "dashscope-preserving"),
        ("openai-chat", "localhost:8000", CHAT, "Qwen/Qwen3.6-35B-A3B", "qwen-self-hosted"),
        ("openai-chat", "llm.example", CHAT, "Qwen/Qwen3.6-35B-A3B", "qwen"),
        ("openai-chat", "llm.example", CHAT, "openai/gpt-oss-120b", "gpt-oss"),
        ("openai-chat", "llm.example", CHAT, "google/gemma-4-31b-it", "gemma-4"),
        ("openai-chat", "llm.example", CHAT, "MiniMax-M2", "openai-compatible"),
        ("openai-chat", "api.openai.com", CHAT, "gpt-5", "openai"),
        (
            "openai-chat",
            "res.openai.azure.com",
            "/openai/v1/chat/completions",
            "o3",
            "azure-openai",
        ),
        (
            "openai-chat",
            "res.services.ai.azure.com",
            "/openai/v1/chat/completions",
            "DeepSeek-V4-Pro",
            "azure-deepseek",
        ),
        (
            "anthropic-messages",
            "res.services.ai.azure.com",
            "/anthropic/v1/messages",
            "claude-opus-5-5",
            "azure-anthropic-preserved",
        ),
        ("anthropic-messages", "api.anthropic.com", MESSAGES, "claude-opus-4-8", "anthropic"),
        ("anthropic-messages", "api.anthropic.com", MESSAGES, "claude-sonnet-5", "anthropic"),
        (
            "anthropic-messages",
            "api.anthropic.com",
            MESSAGES,
            "claude-sonnet-5-5-20260901",
            "anthropic-preserved",
        ),
        (
            "anthropic-messages",
            "proxy.example",
            MESSAGES,
            "anthropic/claude-fable-5.2",
            "anthropic-preserved-elsewhere",
        ),
        (
            "anthropic-bedrock",
            "bedrock-runtime.eu-west-1.amazonaws.com",
            "/model/eu.anthropic.claude-haiku-5-5-20260901-v1:0/invoke",
            "eu.anthropic.claude-haiku-5-5-20260901-v1:0",
            "bedrock-anthropic-preserved",
        ),
        (
            "bedrock-converse",
            "bedrock-runtime.eu-west-1.amazonaws.com",
            "/model/x/converse",
            "eu.anthropic.claude-opus-5-5-v1:0",
            "bedrock-claude-preserved",
        ),
        (
            "bedrock-converse",
            "bedrock-runtime.us-east-1.amazonaws.com",
            "/model/x/converse",
            "us.deepseek.r1-v1:0",
            "bedrock-refusing",
        ),
        (
            "bedrock-converse",
            "bedrock-runtime.us-east-1.amazonaws.com",
            "/model/x/converse",
            "us.amazon.nova-pro-v1:0",
            "bedrock-refusing",
        ),
        (
            "bedrock-converse",
            "bedrock-runtime.us-east-1.amazonaws.com",
            "/model/x/converse",
            "minimax.minimax-m2",
            "bedrock",
        ),
        (
            "openai-chat",
            "generativelanguage.googleapis.com",
            "/v1beta/openai/chat/completions",
            "gemini-3-pro-preview",
            "gemini-3-openai",
        ),
        (
            "openai-chat",
            "us-central1-aiplatform.googleapis.com",
            "/v1/projects/p/locations/us-central1/endpoints/openapi/chat/completions",
            "google/gemini-3-flash",
            "vertex-gemini-3-openai",
        ),
        (
            "anthropic-messages",
            "aiplatform.googleapis.com",
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5-5:rawPredict",
            "claude-opus-5-5@20260901",
            "vertex-anthropic-preserved",
        ),
        (
            "openai-chat",
            "openrouter.ai",
            "/api/v1/chat/completions",
            "anthropic/claude-opus-5.5",
            "openrouter-preserved",
        ),
        ("openai-chat", "api.cerebras.ai", CHAT, "zai-glm-4.7", "cerebras-glm"),
        ("openai-chat", "api.together.xyz", CHAT, "zai-org/GLM-5.3", "together"),
        (
            "openai-chat",
            "api.fireworks.ai",
            "/inference/v1/chat/completions",
            "accounts/fireworks/models/glm-4p7",
            "fireworks",
        ),
        ("openai-chat", "tokenhub.tencentmaas.com", CHAT, "hy3-preview", "tencent-hy3"),
        ("openai-chat", "tokenhub-intl.tencentmaas.com", CHAT, "glm-5", "tencent"),
        ("openai-chat", "api.business.githubcopilot.com", "/chat/completions", "x", "copilot"),
        ("ollama", "gpu.example", "/api/chat", "qwen3:4b", "ollama"),
        ("openai-chat", "127.0.0.1:11434", CHAT, "qwen3.6:35b", "ollama-openai"),
    ],
)
def test_a_request_finds_the_row(wire: str, host: str, path: str, model: str, name: str) -> None:
    assert found(wire, host, path, model).name == name


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ({"choices": [{"index": 0, "matched_stop": None}]}, "sglang"),
        ({"choices": [], "kv_transfer_params": None}, "vllm"),
        ({"choices": [], "system_fingerprint": "vllm-0.23.0-ed3ef83f"}, "vllm"),
        ({"choices": [], "system_fingerprint": "b10499-6d05498"}, "llama.cpp"),
        ({"choices": [], "system_fingerprint": "fp_ollama"}, "ollama-openai"),
        ({"choices": [], "system_fingerprint": "fp_560af6e559"}, None),
    ],
)
def test_a_servers_reply_is_recognised(reply: Json, name: str | None) -> None:
    row = DIRECTORY.recognise("openai-chat", reply)
    assert (row.name if row else None) == name


def test_no_hosted_provider_is_taken_for_a_server_of_ones_own() -> None:
    own = {"llama.cpp", "mistral.rs", "ollama-openai", "sglang", "vllm"}
    taken: set[tuple[str, str]] = set()
    for row in index():
        if row["wire"] == "openai-chat" and not ROWS[row["provider"]] & own:
            for exchange in sequence(row["file"])["exchanges"]:
                for reply in replies(exchange["response"]):
                    seen = DIRECTORY.recognise("openai-chat", reply)
                    taken |= {(row["provider"], seen.name)} if seen else set()
    # These three do run vLLM.
    assert taken == {("crusoe", "vllm"), ("doubleword", "vllm"), ("venice", "vllm")}


# ------------------------------------------------------------------ whole rows


def test_deepseek_demands_every_turn_in_requests_with_tools() -> None:
    row = found("openai-chat", "api.deepseek.com", "/chat/completions", "deepseek-v4-flash")
    assert row == Provider(
        name="deepseek",
        wires=frozenset({"openai-chat"}),
        hosts=("api.deepseek.com",),
        out=("reasoning_content",),
        send="all",
        demand="all",
        tools_only=True,
        gap="empty",
        recoveries=row.recoveries,
        source="https://api-docs.deepseek.com/guides/thinking_mode, bojieli/ai-agent-book#982",
        checked="2026-11-23",
        evidence="recorded",
    )


def test_only_deepseek_itself_and_kimi_get_an_empty_text_for_lost_reasoning() -> None:
    hosts = {row.name: row.hosts for row in ALL if row.gap == "empty"}
    kimi = ("api.moonshot.ai", "api.moonshot.cn")
    assert hosts == {
        "deepseek": ("api.deepseek.com",),
        "deepseek-v3.2": ("api.deepseek.com",),
        "moonshot-k2-thinking": kimi,
        "moonshot-k2.6": kimi,
        "moonshot-preserving": kimi,
    }


def test_reasoning_is_stripped_only_where_it_is_refused() -> None:
    assert {row.name for row in ALL if row.send == "never"} == {
        "azure-openai",
        "bedrock-refusing",
        "openai",
    }


def test_kimi_k26_is_told_to_keep_all_unless_thinking_is_off() -> None:
    off = {"thinking.type": ("disabled",)}
    assert BY_NAME["moonshot-k2.6"].parameters == (
        Parameter(path="thinking.type", value="enabled", unless=off),
        Parameter(path="thinking.keep", value="all", unless=off),
    )


def test_openai_seals_reasoning_only_where_nothing_is_stored() -> None:
    assert BY_NAME["openai-responses"].parameters == (
        Parameter(
            path="include",
            value=["reasoning.encrypted_content"],
            asks=True,
            models=("gpt-[5-9]*", "o[1-9]*", "codex-*"),
            unless={"store": (None, True)},
        ),
    )


def test_bound_are_the_models_with_preserved_thinking_everywhere() -> None:
    models = {row.models for row in ALL if row.bound}
    assert models == {
        (
            "claude-fable-5[-.][12]*",
            "claude-mythos-5[-.][12]*",
            "claude-opus-5[-.]5*",
            "claude-sonnet-5[-.]5*",
            "claude-haiku-5[-.]5*",
        )
    }
    assert {row.demand for row in ALL if row.bound} == {"all"}


# ------------------------------------------------------------------ refusals


def recovery(row: Provider, text: str) -> Recovery | None:
    return next((one for one in row.recoveries if re.search(one.pattern, text)), None)


BOUND_ERROR = (
    "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a "
    "different conversation. Remove the block, or set "
    '`thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)


def test_a_block_bound_to_another_conversation_is_dropped_by_the_provider() -> None:
    path = "thinking.block_binding.prefix_mismatch_behavior"
    found_one = recovery(BY_NAME["anthropic-preserved"], BOUND_ERROR)
    assert found_one == Recovery(
        pattern="bound to a different conversation",
        action="set",
        parameters={path: "drop_block"},
        headers={"anthropic-beta": "thinking-binding-controls-2026-08-01"},
        source="https://platform.claude.com/docs/en/build-with-claude/preserved-thinking"
        "/prefix-checks",
    )


def test_every_row_with_bound_reasoning_knows_a_way_out() -> None:
    actions = {
        row.name: one.action
        for row in ALL
        if row.bound and (one := recovery(row, BOUND_ERROR)) is not None
    }
    assert actions == {
        name: "strip" if name == "openrouter-preserved" else "set"
        for name in (row.name for row in ALL if row.bound)
    }


@pytest.mark.parametrize(
    ("name", "text", "action"),
    [
        (
            "bedrock",
            "An error occurred (ValidationException) when calling the Converse operation: User "
            "messages cannot contain reasoning content. Please remove the reasoning content and "
            "try again.",
            "strip",
        ),
        (
            "deepseek-v3.2",
            "Missing `reasoning_content` field in the assistant message at message index 2.",
            "fill",
        ),
        (
            "azure-responses",
            "Encrypted content is not supported with this model.",
            "set",
        ),
        (
            "openai-responses",
            "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' "
            "item: 'rs_1'.",
            "strip_ids",
        ),
        ("gemini", "Corrupted thought signature.", "strip"),
        (
            "openai-compatible",
            "thinking is enabled but reasoning_content is missing in assistant tool call message "
            "at index 7",
            "fill",
        ),
    ],
)
def test_a_documented_refusal_has_its_recovery(name: str, text: str, action: str) -> None:
    found_one = recovery(BY_NAME[name], text)
    assert found_one is not None
    assert found_one.action == action


# What each recorded or reported refusal is about, by the thread that quotes it.
MATCHED = {
    "pydantic/pydantic-ai:tests/models/cassettes/test_openai_responses/"
    "test_openai_responses_thinking_with_modified_history.yaml": ("openai-responses", "strip_ids"),
    "https://github.com/proxysoul/Empryo/issues/62": ("deepseek", "fill"),
    "https://github.com/decolua/9router/issues/2397": ("deepseek-anthropic", "fill"),
    "https://github.com/rikkahub/rikkahub/issues/1690": ("deepseek-responses", "fill"),
    "https://github.com/iOfficeAI/AionUi/issues/2746": ("moonshot", "fill"),
    "https://github.com/agentscope-ai/QwenPaw/issues/433": ("siliconflow", "fill"),
    "https://github.com/anthropics/claude-code/issues/20705": ("anthropic", "strip"),
    "https://github.com/lbjlaq/Antigravity-Manager/issues/498": ("anthropic", "strip"),
    "https://github.com/bastani-inc/atomic/issues/1318": ("anthropic", "strip"),
    "https://github.com/tailcallhq/forgecode/issues/1853": ("anthropic", "strip"),
    "https://github.com/continuedev/continue/issues/8933": ("openai-responses", "strip_ids"),
    "https://github.com/continuedev/continue/issues/11994": ("openai-responses", "strip_ids"),
    "https://github.com/openai/codex/issues/8145": ("openai-responses", "strip"),
    "https://github.com/smallmain/vscode-unify-chat-provider/issues/178": (
        "openai-responses",
        "strip",
    ),
    "https://github.com/Kilo-Org/kilocode/issues/10375": ("cerebras", "strip"),
    "https://github.com/SimonSchubert/Kai/issues/265": ("groq", "strip"),
    "https://github.com/charmbracelet/crush/issues/1590": ("mistral", "strip"),
}
UNMATCHED = {
    "0xPlaygrounds/rig:tests/cassettes/deepseek/wire_shape_matrix/"
    "forced_tool_choice_under_thinking_is_rejected_upstream.yaml": (
        "it is about tool_choice, which is the caller's"
    ),
    "crmne/ruby_llm:spec/fixtures/vcr_cassettes/chat_real_error_scenarios_azure_grok-4-1-fast-"
    "non-reasoning_handles_context_length_exceeded_errors.yml": (
        "a rate limit; only the model's name speaks of reasoning"
    ),
    "https://github.com/Kilo-Org/kilocode/issues/5219": (
        "a signed block cannot be made up; what would help, disabling thinking, is the caller's"
    ),
    "https://github.com/lbjlaq/Antigravity-Manager/issues/733": (
        "the gap policy has sent the dummy already"
    ),
    "https://github.com/GewoonJaap/gemini-cli-openai/issues/156": (
        "the gap policy has sent the dummy already"
    ),
}


def test_every_quoted_refusal_about_reasoning_is_matched_or_has_a_reason_why_not() -> None:
    matched: dict[str, tuple[str, str]] = {}
    unmatched: set[str] = set()
    for case in json.loads(corpus("error_bodies.json").read_text()):
        if not any(about.startswith("reasoning") for about in case["about"]):
            continue
        paths = {("deepseek", "anthropic-messages"): "/anthropic/v1/messages"}
        path = paths.get((case["provider"], case["wire"]), PATHS[case["wire"]])
        row = found(case["wire"], HOSTS[case["provider"]], path, case.get("model") or "")
        hit = recovery(row, WIRE[case["wire"]].error(case["body"]))
        if hit is None:
            unmatched.add(case["source"])
        else:
            matched[case["source"]] = (row.name, hit.action)
    assert matched == MATCHED
    assert unmatched == set(UNMATCHED)


def test_no_refusal_about_tools_is_taken_for_one_about_reasoning() -> None:
    taken: list[tuple[str, str]] = []
    for case in json.loads(corpus("error_bodies.json").read_text()):
        if any(about.startswith("reasoning") for about in case["about"]):
            continue
        text = json.dumps(case["body"])
        taken += [(row.name, text) for row in ALL if recovery(row, text) is not None]
    assert taken == []
