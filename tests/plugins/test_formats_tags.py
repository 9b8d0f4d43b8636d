"""Reasoning between tags in the content."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs_plugins.formats.tags import ThinkTags

FORM = ThinkTags("think_tags", frozenset({"openai-chat"}))
MINIMAX = "I should look.\nFirst the city.\n</think>\n\nIt is cold."


def turn(content: object) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def answer(content: object) -> object:
    return FORM.without(turn(content))["content"]


@pytest.mark.parametrize(
    ("content", "text", "rest"),
    [
        ("<think>\nX\n</think>\n\nA", "X", "A"),
        ("  \n<think>X</think>A", "X", "A"),
        ("<think>X</think>", "X", ""),
        ("<think>X</think>\n<think>Y</think>\nA", "X\n\nY", "A"),
        ("<think> </think><think>Y</think>A", "Y", "A"),
        (MINIMAX, "I should look.\nFirst the city.", "It is cold."),
        ("X</think>A", "X", "A"),
        ("X\n</think>", "X", ""),
        ("X</think><think>Y</think>A", "X\n\nY", "A"),
        ("```\ncode\n``` so\n</think>\nA", "```\ncode\n``` so", "A"),
        ("<think>cut off in the", "cut off in the", ""),
        ("<think>X</think>A <think>not this</think>", "X", "A <think>not this</think>"),
        ("<think>X</think>A, then </think>", "X", "A, then </think>"),
        ("<think>a <think> b</think>A", "a <think> b", "A"),
    ],
)
def test_reasoning_before_the_answer_is_found(content: str, text: str, rest: str) -> None:
    payload = FORM.read(turn(content))
    assert payload == {"content": content}
    assert (FORM.text(payload), answer(content)) == (text, rest)
    assert FORM.write(turn(rest), payload) == turn(content)
    assert not FORM.signed(payload)


@pytest.mark.parametrize(
    "content",
    [
        "Close it with `</think>` and go on.",
        "Close it with `</think>`",
        'Write "</think>" at the end.',
        "The tag </think> ends it.",
        "(</think>) ends it.",
        "```\n<think>\nX\n</think>\n```",
        "```xml\n</think>\n```\nThis is how.",
        "`<think>X</think>` is how it looks.",
        "First this: <think>X</think>",
        "No tags at all.",
        "</thinking>",
        "",
        None,
        [],
        7,
    ],
)
def test_an_answer_that_only_mentions_tags_is_left_alone(content: object) -> None:
    assert FORM.read(turn(content)) is None
    message = turn(content)
    assert FORM.without(message) is message


@pytest.mark.parametrize(
    ("content", "rest"),
    [
        ("<think>\n\n</think>\n\nA", "A"),
        ("<think></think>", ""),
        ("<think>", ""),
        ("\n</think>\n\nA", "A"),
    ],
)
def test_empty_tags_are_no_reasoning_and_are_taken_out(content: str, rest: str) -> None:
    assert FORM.read(turn(content)) is None
    assert answer(content) == rest


@pytest.mark.parametrize(
    "changed",
    [
        None,
        "",
        " \n",
        "It is cold.",
        "\n\nIt  is cold. ",
        [{"type": "text", "text": "It is cold."}],
        [{"type": "text", "text": "It is"}, {"type": "text", "text": " cold."}],
        [],
    ],
)
def test_the_original_comes_back_to_the_letter_whatever_was_made_of_it(changed: object) -> None:
    payload = FORM.read(turn(MINIMAX))
    assert FORM.write(turn(changed), payload) == turn(MINIMAX)


def test_the_original_comes_back_where_there_is_no_content_at_all() -> None:
    assert FORM.write({"role": "assistant"}, FORM.read(turn(MINIMAX))) == turn(MINIMAX)


def test_what_a_framework_made_of_the_tags_is_another_payload() -> None:
    original = turn("<think>\nX\n</think>\n\nA")
    rewritten = turn("<think>\n\nX\n\n</think>\n\n\n\nA")
    assert FORM.read(rewritten) != FORM.read(original)
    assert FORM.write(FORM.without(rewritten), FORM.read(original)) == original


@pytest.mark.parametrize(
    "other",
    [
        "It is warm.",
        "It is cold. Calling tools:",
        [{"type": "text", "text": "It is cold."}, {"type": "image_url", "image_url": {}}],
    ],
)
def test_another_answer_is_never_overwritten(other: object) -> None:
    assert FORM.write(turn(other), FORM.read(turn(MINIMAX))) is None


def test_a_list_that_begins_with_tags_is_read_and_comes_back() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,"}}
    parts = [
        {"type": "text", "text": "<think>X"},
        {"type": "text", "text": "Y</think>\nA", "cache_control": {"type": "ephemeral"}},
        "B",
        image,
    ]
    message = turn(parts)
    before = copy.deepcopy(message)
    payload = FORM.read(message)
    rest = [{"type": "text", "text": "A", "cache_control": {"type": "ephemeral"}}, "B", image]
    assert (FORM.text(payload), answer(parts)) == ("XY", rest)
    assert FORM.write(turn(rest), payload) == message == before


def test_a_list_of_nothing_but_text_is_the_text_that_it_spells() -> None:
    spelled = turn([{"type": "text", "text": "<think>X</think>"}, {"type": "text", "text": "A"}])
    payload = FORM.read(spelled)
    assert payload == {"content": "<think>X</think>A"}
    assert FORM.write(FORM.without(spelled), payload) == turn("<think>X</think>A")


def test_plain_text_goes_before_the_answer_between_tags() -> None:
    payload = FORM.plain("X")
    tagged = "<think>\nX\n</think>\n\n"
    assert FORM.write(turn("A"), payload) == turn(tagged + "A")
    assert FORM.write(turn(None), payload) == turn(tagged)
    assert FORM.write(turn([{"type": "text", "text": "A"}]), payload) == turn(
        [{"type": "text", "text": tagged}, {"type": "text", "text": "A"}]
    )
    assert FORM.text(payload) == "X"


def test_plain_text_with_a_closing_tag_cannot_stand_between_tags() -> None:
    assert FORM.plain("so </think> it ends") is None


pieces = st.lists(
    st.sampled_from(["<think>", "</think>", "`", "```", "\n", " ", "a", "word", '"', "\u2028"]),
    max_size=12,
).map("".join)


@given(content=pieces | st.text())
def test_any_content_survives_the_round_trip_and_none_is_changed(content: str) -> None:
    message = turn(content)
    bare, payload = FORM.without(message), FORM.read(message)
    assert message == turn(content)
    assert content.endswith(bare["content"])
    if payload is not None:
        assert FORM.text(payload)
        assert FORM.write(bare, payload) == message


@given(thought=pieces.filter(lambda s: "think>" not in s and s.strip()), rest=pieces)
def test_a_leading_span_is_always_found(thought: str, rest: str) -> None:
    payload = FORM.read(turn(f"<think>{thought}</think>{rest}"))
    assert payload is not None
    assert FORM.text(payload).startswith(thought.strip())
