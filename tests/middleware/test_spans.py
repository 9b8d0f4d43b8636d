"""Spans say where the parts of a JSON text stand, for every JSON text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsontexts import patient, spaces, texts, values, written
from sealegs.spans import Span, array, members, splice


def encoded(text: str) -> bytes:
    return text.encode()


@patient
@given(st.data())
def test_each_member_of_an_object_is_found_where_it_stands(data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(texts, values, max_size=6))
    text = encoded(data.draw(spaces) + data.draw(written(value)) + data.draw(spaces))
    found = members(text)
    assert {key: json.loads(text[s:e]) for key, (s, e) in found.items()} == json.loads(text)
    assert list(found) == list(value)
    assert all(text[s:e] == text[s:e].strip() for s, e in found.values())


@patient
@given(st.data())
def test_each_item_of_an_array_is_found_where_it_stands(data: st.DataObject) -> None:
    value = data.draw(st.lists(values, max_size=6))
    text = encoded(data.draw(spaces) + data.draw(written(value)) + data.draw(spaces))
    found = array(text)
    assert [json.loads(text[s:e]) for s, e in found] == json.loads(text)
    assert all(text[s:e] == text[s:e].strip() for s, e in found)


@patient
@given(st.data())
def test_spans_inside_a_text_are_places_in_the_whole_text(data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(texts, st.lists(values, max_size=3), min_size=1, max_size=3))
    text = encoded(data.draw(written(value)))
    for key, at in members(text).items():
        assert [json.loads(text[s:e]) for s, e in array(text, at)] == json.loads(text)[key]


@patient
@given(st.data())
def test_splicing_a_value_in_changes_that_value_alone(data: st.DataObject) -> None:
    value = data.draw(st.dictionaries(texts, values, min_size=1, max_size=5))
    text = encoded(data.draw(written(value)))
    spans = members(text)
    key = data.draw(st.sampled_from(sorted(spans)))
    new = splice(text, [(spans[key], b'"new"')])
    assert json.loads(new) == {**json.loads(text), key: "new"}
    assert new[: spans[key].start] == text[: spans[key].start]
    assert new.endswith(text[spans[key].end :])


@patient
@given(st.data())
def test_an_object_with_the_same_key_twice_is_refused(data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(texts, values), min_size=1, max_size=4))
    pairs.insert(data.draw(st.integers(0, len(pairs))), (pairs[0][0], data.draw(values)))
    parts = [data.draw(written(key)) + ":" + data.draw(written(one)) for key, one in pairs]
    with pytest.raises(ValueError, match="twice"):
        members(encoded("{" + ",".join(parts) + "}"))


@pytest.mark.parametrize(
    "text",
    [
        # the second value, laid over the first one's place, would end at a brace
        b'{"a":1,"a":{"k":{      }}}',
        b'{"a":1,"b":{"x":"..........","b":0},"a":{"y":[1,2,3,4]}}',
        b'{"a":10,"a":2}',
        rb'{"a":1,"\u0061":2}',
    ],
)
def test_a_repeated_key_is_refused_whatever_its_values_look_like(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"twice|placed"):
        members(text)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'"a"', b'{"a":1', b'{"a":1} x', b'{"a" 1}', b'{"a":1,,"b":2}', b'{"\xff":1}'],
)
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        members(text)


@pytest.mark.parametrize("text", [b"", b"{}", b"[1", b"[1 2]", b"[1,,2]"])
def test_what_is_no_json_array_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        array(text)


def test_no_edit_gives_the_same_object() -> None:
    text = b'{"a": 1}'
    assert splice(text, []) is text
    assert splice(text, [(Span(6, 7), b"2"), (Span(1, 1), b' "b":0,')]) == b'{ "b":0,"a": 2}'
