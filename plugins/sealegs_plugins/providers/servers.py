"""Servers that people run themselves, known by what their replies look like.

Their chat templates decide what is kept, so all of them echo: the field that arrived goes back.
"""

from __future__ import annotations

from sealegs.knowledge import Provider, Sign

from .common import CHAT, CHECKED, CLEAR_THINKING, PRESERVE_THINKING, RESPONSES

__all__ = ["ROWS"]

_RIG = "0xPlaygrounds/rig:tests/cassettes"

ROWS: tuple[Provider, ...] = (
    # Its own format is spoken by nobody else, so that the host does not matter.
    Provider(
        name="ollama",
        wires=frozenset({"ollama"}),
        hosts=("*",),
        source="ollama/ollama fb30760: api/types.go",
        checked=CHECKED,
        evidence="recorded",
    ),
    # Reads `reasoning` alone, and gives nothing else. It has no way to pass template parameters.
    Provider(
        name="ollama-openai",
        wires=CHAT,
        hosts=("*:11434", "ollama.com"),
        signs=(Sign(path="system_fingerprint", pattern=r"^fp_ollama$"),),
        source="ollama/ollama fb30760: openai/openai.go",
        checked=CHECKED,
        evidence="recorded",
    ),
    # GLM's thinking is kept by the server itself where nothing is said (ggml-org/llama.cpp#18994).
    Provider(
        name="llama.cpp",
        wires=CHAT,
        signs=(
            Sign(path="timings"),
            Sign(path="system_fingerprint", pattern=r"^b\d+-[0-9a-f]+$"),
        ),
        parameters=(PRESERVE_THINKING,),
        source="ggml-org/llama.cpp#18994, ggml-org/llama.cpp#15181",
        checked=CHECKED,
        evidence="recorded",
    ),
    # From 0.16 on it gives `reasoning`; it takes both names since vllm-project/vllm#42664. The
    # marks are members that its reply has beside OpenAI's.
    Provider(
        name="vllm",
        wires=CHAT,
        signs=(
            Sign(path="system_fingerprint", pattern=r"^vllm-"),
            Sign(path="kv_transfer_params"),
            Sign(path="prompt_token_ids"),
        ),
        parameters=(PRESERVE_THINKING, CLEAR_THINKING),
        source="vllm 0.33.0, vllm-project/vllm#42664",
        checked=CHECKED,
    ),
    # Reads `reasoning_content` alone; tags stay in the text with its append-think parsers.
    Provider(
        name="sglang",
        wires=CHAT,
        signs=(Sign(path="choices.0.matched_stop"),),
        out=("reasoning_content", "think_tags"),
        parameters=(PRESERVE_THINKING, CLEAR_THINKING),
        source="sglang 0.5.23: srt/entrypoints/openai/protocol.py",
        checked=CHECKED,
    ),
    Provider(
        name="lmstudio",
        wires=CHAT,
        hosts=("*:1234",),
        parameters=(PRESERVE_THINKING,),
        source="earendil-works/pi#3325",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="lmstudio-responses",
        wires=RESPONSES,
        hosts=("*:1234",),
        source="vercel/ai:packages/open-responses/src/responses/__fixtures__",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="mistral.rs",
        wires=CHAT,
        signs=(Sign(path="system_fingerprint", pattern=r"^local$"),),
        source=f"{_RIG}/mistralrs",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="gpustack",
        wires=CHAT,
        hosts=("*",),
        paths=("/v1-openai/*",),
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes",
        checked=CHECKED,
        evidence="recorded",
    ),
)
