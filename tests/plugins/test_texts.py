"""Text lenses over recorded requests: what is edited, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from recorded import WIRES, exchanges
from sealegs.jsons import parse
from sealegs.perturbation.saying import SaidResult, TextLens
from sealegs.wire import Document, Message, Outline, Wire
from sealegs_plugins.texts import ALL

LENSES = {wire: lens for lens in ALL for wire in lens.wires}


def requests() -> Iterator[tuple[Wire, Document]]:
    """Every recorded request."""
    for one in exchanges():
        if one.request is not None:
            try:
                yield one.wire, one.wire.read(one.body, one.head)
            except ValueError:  # the recorder kept none
                continue


def messages() -> Iterator[tuple[Wire, TextLens, Message]]:
    """Every turn of every recorded request, and every recorded turn of a model."""
    for wire, document in requests():
        for turn in document.turns:
            yield wire, LENSES[wire.name], wire.message(turn.raw)
    for one in exchanges():
        if not one.stream and one.encoding == "json":
            for message in one.wire.messages(one.response):
                yield one.wire, LENSES[one.wire.name], message


def same(value: Any) -> Any:
    return value


def marked(text: str) -> str:
    return f"<{text}>"


def results_marked(said: SaidResult) -> SaidResult:
    return replace(said, text=marked(said.text))


def bare(outline: Outline) -> Outline:
    """An outline without what the edits are about."""
    results = tuple((call_id, "") for call_id, _ in outline.results)
    return replace(outline, text="", results=results)


def test_there_is_one_lens_for_each_wire_format() -> None:
    assert sorted(wire for lens in ALL for wire in lens.wires) == sorted(WIRES)
    assert len({lens.name for lens in ALL}) == len(ALL)


def test_an_edit_that_changes_nothing_gives_the_very_message() -> None:
    for _, lens, message in messages():
        assert lens.with_text(message, same) is message
        assert lens.with_results(message, same) is message
        assert lens.without_results(message, frozenset({"call_nobody_made"})) is message


def test_an_edit_of_text_changes_the_visible_text_and_nothing_else() -> None:
    count = 0
    for wire, lens, message in messages():
        before = wire.outline(message)
        texts: list[str] = []

        def edit(text: str, texts: list[str] = texts) -> str:
            texts.append(text)
            return marked(text)

        after = wire.outline(lens.with_text(message, edit))
        assert "".join(texts) == before.text
        assert after.text == "".join(map(marked, texts))
        assert replace(after, text=before.text) == before
        count += len(texts)
    assert count > 1000


def test_an_edit_of_results_changes_them_and_nothing_else() -> None:
    count = 0
    for wire, lens, message in messages():
        before = wire.outline(message)
        said: list[SaidResult] = []

        def edit(one: SaidResult, said: list[SaidResult] = said) -> SaidResult:
            said.append(one)
            return results_marked(one)

        after = wire.outline(lens.with_results(message, edit))
        assert [one.id or one.name for one in said] == [call_id for call_id, _ in before.results]
        assert [read(one.text) for one in said] == [read(text) for _, text in before.results]
        assert [text for _, text in after.results] == [marked(one.text) for one in said]
        assert bare(after) == bare(before)
        assert after.text == before.text
        count += len(said)
    assert count > 300


def read(text: str) -> Any:
    """JSON as the value that it is, for its keys may stand in another order."""
    try:
        return parse(text)
    except ValueError:
        return text


def test_what_is_not_edited_keeps_its_bytes() -> None:
    for wire, document in requests():
        lens = LENSES[wire.name]
        for index, turn in enumerate(document.turns):
            message = wire.message(turn.raw)
            new = lens.with_text(message, marked)
            edited = document.edited(turns={index: new}) if new is not message else document
            others = [one.raw for n, one in enumerate(edited.turns) if n != index]
            assert others == [one.raw for n, one in enumerate(document.turns) if n != index]
            assert wire.outline(wire.message(edited.turns[index].raw)) == wire.outline(new)
            break


def test_a_system_prompt_beside_the_messages_is_edited_in_its_own_form() -> None:
    count = 0
    for wire, document in requests():
        lens = LENSES[wire.name]
        assert lens.system(document, same) == {}
        texts: list[str] = []

        def edit(text: str, texts: list[str] = texts) -> str:
            texts.append(text)
            return text.upper() + "!"

        found = lens.system(document, edit)
        assert bool(found) == bool(texts)
        new = document.edited(parameters=found)
        left = [lens.system(new, same)]
        assert left == [{}]
        before, texts[:] = list(texts), []
        lens.system(new, edit)
        assert texts == [text.upper() + "!" for text in before]
        assert [turn.raw for turn in new.turns] == [turn.raw for turn in document.turns]
        count += bool(found)
    assert count > 80


def test_results_that_are_taken_out_are_gone() -> None:
    for wire, lens, message in messages():
        ids = [call_id for call_id, _ in wire.outline(message).results]
        for call_id in ids[:3]:
            left = lens.without_results(message, frozenset({call_id}))
            rest = [] if left is None else [one for one, _ in wire.outline(left).results]
            assert rest == [one for one in ids if one != call_id]


@pytest.mark.parametrize("name", sorted(LENSES))
@pytest.mark.parametrize("role", ["user", "assistant", "system"])
def test_a_made_turn_says_its_text(name: str, role: Any) -> None:
    wire = WIRES[name]
    outline = wire.outline(LENSES[name].said(role, "so be it"))
    assert outline.text == "so be it"
    kept = ("openai-chat", "openai-responses", "mistral", "ollama", "cohere-v2")
    assert outline.role == (role if role != "system" or name in kept else "user")
