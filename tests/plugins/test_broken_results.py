"""Results of recorded requests go back broken: the ties are others, and nothing else is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import pytest

from recorded import WIRES, Recorded, exchanges
from sealegs.perturbation.edits import BrokenResults
from sealegs.perturbation.exchanges.returning import with_broken_results
from sealegs.wire import Document
from sealegs_plugins.texts import ALL

LENSES = {wire: lens for lens in ALL for wire in lens.wires}
EACH = pytest.mark.parametrize("name", sorted(WIRES))
WITH_SEVERAL = ["bedrock-converse", "gemini", "openai-chat", "openai-responses"]
WHATS = pytest.mark.parametrize("what", ["missing", "swapped", "repeated", "reordered"])


def test_there_are_requests_with_several_results_of_most_formats() -> None:
    assert [name for name in sorted(WIRES) if parallel(name)] == WITH_SEVERAL


def results(one: Recorded, document: Document) -> list[tuple[str, str]]:
    """The results that a request brings."""
    found: list[tuple[str, str]] = []
    for turn in reversed(document.turns):
        told = one.wire.outline(one.wire.message(turn.raw)).results
        if not told:
            break
        found = [*told, *found]
    return found


def others(one: Recorded, document: Document) -> list[Any]:
    """What the other turns say."""
    said = [one.wire.outline(one.wire.message(turn.raw)) for turn in document.turns]
    return [outline for outline in said if not outline.results]


@functools.cache
def parallel(name: str) -> list[tuple[Recorded, Document]]:
    """Recorded requests that bring several results, and tell them apart."""
    found: list[tuple[Recorded, Document]] = []
    for one in exchanges():
        if one.wire.name == name and isinstance(one.request, dict):
            document = one.wire.read(one.body, one.head)
            told = results(one, document)
            if len(told) > 1 and len({known for known, _ in told}) == len(told):
                found.append((one, document))
    return found[:8]


def expected(what: str, told: Sequence[tuple[str, str]], index: int) -> list[tuple[str, str]]:
    told = list(told)
    one, after = told[index], (index + 1) % len(told)
    if what == "missing":
        return [each for each in told if each is not one]
    if what == "swapped":
        told[index], told[after] = (one[0], told[after][1]), (told[after][0], one[1])
        return told
    if what == "repeated":
        return [*told, one]
    rest = [each for each in told if each is not one]
    return [one, *rest] if index == len(told) - 1 else [*rest, one]


@EACH
@WHATS
def test_the_ties_are_others_and_the_rest_of_the_conversation_is_as_it_was(
    what: Any, name: str
) -> None:
    for one, document in parallel(name):
        told = results(one, document)
        for index in range(len(told)):
            broken = with_broken_results(
                document, BrokenResults(what, index), one.wire, LENSES[name]
            )
            if isinstance(broken, str):
                assert broken == "two results say the same", one.name
                assert told[index][1] == told[(index + 1) % len(told)][1]
                continue
            again = one.wire.read(broken.encode(), one.head)  # as the provider reads it
            found, want = results(one, again), expected(what, told, index)
            if what == "repeated":
                found, want = sorted(found), sorted(want)
            assert found == want, one.name
            assert others(one, again) == others(one, document), one.name
            assert again.tools == document.tools
            assert again.model == document.model


@EACH
def test_a_request_that_brings_no_result_is_left_as_it_is(name: str) -> None:
    for one in exchanges():
        if one.wire.name == name and isinstance(one.request, dict):
            document = one.wire.read(one.body, one.head)
            if not results(one, document):
                said = with_broken_results(
                    document, BrokenResults("missing"), one.wire, LENSES[name]
                )
                assert said == "the request answers no call"
