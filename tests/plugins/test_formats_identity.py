"""What a format can read it takes out, and what it has nothing to take from stays the object."""

from __future__ import annotations

import pytest

import recorded
from sealegs.knowledge import ReasoningFormat
from sealegs.wire import Message
from sealegs_plugins.formats import ALL


def messages(form: ReasoningFormat) -> list[Message]:
    """Every assistant message of every recorded whole reply and request of the format's wires."""
    found: list[Message] = []
    for one in recorded.exchanges():
        if one.wire.name not in form.wires:
            continue
        if one.encoding == "json" and one.status == 200:
            found += one.wire.messages(one.response)
        if isinstance(one.request, dict) and one.request:
            turns = one.wire.read(one.body, one.head).turns
            found += [one.wire.message(turn.raw) for turn in turns]
    return found


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.name)
def test_what_can_be_read_is_taken_out_and_without_anything_the_object_stays(
    form: ReasoningFormat,
) -> None:
    for message in messages(form):
        bare = form.without(message)
        if bare is message:
            assert form.read(message) is None
        assert form.without(bare) is bare
        assert form.read(bare) is None
