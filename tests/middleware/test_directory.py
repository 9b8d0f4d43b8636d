"""Finding a provider's row by wire, host, path and model, and by what replies look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.directory import GUESS_RANK, Directory, family
from sealegs.knowledge import Provider, Sign
from sealegs.wire import RequestHead

CHAT = frozenset({"chat"})


def head(host: str, path: str = "/v1/chat/completions") -> RequestHead:
    return RequestHead("POST", f"https://{host}{path}", host, path)


def row(name: str, **facts: Any) -> Provider:
    return Provider(**{"name": name, "wires": CHAT, "hosts": ("api.example",), **facts})


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("", ""),
        ("gpt-4.1-mini", "gpt-4.1-mini"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("anthropic/claude-haiku-4.5", "claude-haiku-4.5"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-3-7-sonnet@20250219", "claude-3-7-sonnet"),
        ("claude-opus-4-1@default", "claude-opus-4-1"),
        ("us.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1%3A0", "claude-3-7-sonnet"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("openai.gpt-oss-120b-1:0", "gpt-oss-120b"),
        ("deepseek.v3-v1:0", "v3"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.amazon.nova-pro-v1:0", "nova-pro"),
        ("models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("publishers/google/models/gemini-flash-latest", "gemini-flash"),
        ("accounts/fireworks/models/glm-4p7", "glm-4p7"),
        ("MiniMax/minimax-m2:free", "minimax-m2"),
        ("Pro/moonshotai/Kimi-K2.5", "kimi-k2.5"),
        ("moonshotai/Kimi-K2-Instruct-0905:groq", "kimi-k2-instruct-0905"),
        ("deepseek-v4", "deepseek-v4"),
        ("gpt-oss:120b", "gpt-oss:120b"),
        ("qwen3:latest", "qwen3"),
        ("qwen3.6-plus", "qwen3.6-plus"),
        ("Qwen3-1.7B-Q4_K_M.gguf", "qwen3-1.7b-q4_k_m"),
    ],
)
def test_a_family_is_the_name_without_vendor_date_and_route(model: str, expected: str) -> None:
    assert family(model) == expected


@given(st.text(st.sampled_from("abgptv0123456789.-:/@%"), max_size=24))
def test_no_name_keeps_a_date_or_a_route_at_its_end(model: str) -> None:
    name = family(model)
    assert name == name.lower()
    assert "/" not in name or "%" in model
    assert not name.endswith(("-latest", "-20250514", "-2025-08-07", "-v1:0", ":free"))


@given(
    st.sampled_from(["claude-opus-4-6", "gpt-5", "qwen3.6-plus", "kimi-k2.6", "glm-4p7"]),
    st.sampled_from(["", "anthropic/", "models/", "us.anthropic.", "accounts/fireworks/models/"]),
    st.sampled_from(["", "-20250514", "-2025-08-07", "@20250514", "-v1:0", "-latest", ":free"]),
)
def test_every_prefix_and_suffix_comes_off(name: str, prefix: str, suffix: str) -> None:
    assert family(prefix + name.upper() + suffix) == name


def test_the_lowest_rank_comes_first_and_then_the_name() -> None:
    rows = [row("b"), row("c", rank=50, models=("x-*",)), row("a", wires=frozenset({"other"}))]
    directory = Directory([*rows, row("d")])
    assert [one.name for one in directory.rows] == ["c", "a", "b", "d"]
    assert directory.find("chat", head("api.example"), "vendor/X-1").name == "c"
    assert directory.find("chat", head("api.example"), "y-1").name == "b"
    assert directory.find("other", head("api.example"), "y-1").name == "a"


@pytest.mark.parametrize(
    ("facts", "host", "path"),
    [
        ({"hosts": ("*.example",)}, "eu.api.example", "/"),
        ({"hosts": ("*:1234",)}, "127.0.0.1:1234", "/"),
        ({"hosts": ("no.example", "api.example")}, "api.example", "/"),
        ({"paths": ("/v2/*", "/v1/*")}, "api.example", "/v1/chat"),
    ],
)
def test_any_glob_of_a_kind_may_fit(facts: Mapping[str, Any], host: str, path: str) -> None:
    only = row("only", **facts)
    assert Directory([only]).find("chat", head(host, path), "") is only


@pytest.mark.parametrize(
    ("facts", "host", "path"),
    [
        ({}, "api.example.evil.example", "/"),
        ({}, "evil-api.example", "/"),
        ({"hosts": ("apixexample",)}, "api.example", "/"),
        ({"paths": ("/v1/*",)}, "api.example", "/V1/chat"),
        ({"models": ("gpt-*",)}, "api.example", "/"),
        ({"hosts": ()}, "api.example", "/"),
        ({"wires": frozenset({"other"})}, "api.example", "/"),
    ],
)
def test_what_fits_no_row_is_unknown_and_echoes(
    facts: Mapping[str, Any], host: str, path: str
) -> None:
    directory = Directory([row("only", **facts)])
    found = directory.find("chat", head(host, path), "")
    assert found == Provider(name="unknown", wires=CHAT, hosts=("*",), rank=GUESS_RANK)
    assert (found.out, found.send, found.demand) == ((), "all", "never")


def test_a_row_of_a_high_rank_is_a_guess_about_the_host() -> None:
    rule, default = row("rule"), row("default", hosts=("*",), rank=GUESS_RANK)
    directory = Directory([rule, default])
    found = [directory.find("chat", head(host), "") for host in ("api.example", "else.example")]
    assert [(one.name, directory.guessed(one)) for one in found] == [
        ("rule", False),
        ("default", True),
    ]


def test_an_answer_stays_the_same_however_many_requests_there_are() -> None:
    directory = Directory([row("only", models=("m-*",))])
    for number in range(3000):
        assert directory.find("chat", head("api.example"), f"m-{number}x").name == "only"
        assert directory.find("chat", head("api.example"), f"n-{number}x").name == "unknown"
    assert directory.find("chat", head("api.example"), "m-0x").name == "only"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"system_fingerprint": "b7010-c27efd2bd"}, "printed"),
        ({"system_fingerprint": "fp_1", "timings": None}, "printed"),
        ({"choices": [{"matched_stop": None}]}, "stopped"),
        ({"choices": []}, None),
        ({"choices": {"0": {"other": 1}}}, None),
        ({"system_fingerprint": None}, None),
        ("[DONE]", None),
        (None, None),
    ],
)
def test_a_reply_with_any_sign_is_recognised(reply: Any, expected: str | None) -> None:
    signs = (Sign("system_fingerprint", r"^b\d+-"), Sign("timings"))
    directory = Directory(
        [
            row("hostly"),
            row("printed", hosts=(), signs=signs),
            row("stopped", hosts=(), signs=(Sign("choices.0.matched_stop"),)),
        ]
    )
    found = directory.recognise("chat", reply)
    assert (found.name if found else None) == expected
    assert directory.recognise("other", reply) is None


def test_two_rows_that_match_the_same_are_refused_with_both_sources() -> None:
    rows = [row("twin", source="one#1"), row("twin", source="two#2")]
    with pytest.raises(ValueError, match=r"'twin'.*'one#1'.*'two#2'"):
        Directory(rows)


def test_one_name_may_have_rows_that_match_differently() -> None:
    first = row("same")
    directory = Directory([first, replace(first, models=("gpt-*",), rank=50)])
    assert [one.models for one in directory.rows] == [("gpt-*",), ("*",)]
