"""What is remembered is worked out once, and never more is held than allowed."""

from __future__ import annotations

import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sealegs.memo import Memo


def test_what_is_known_is_not_made_again() -> None:
    memo, made = Memo(), list[str]()

    def make() -> str:
        made.append("once")
        return "value"

    assert [memo.get("place", 5, make) for _ in range(3)] == ["value"] * 3
    assert made == ["once"]


def test_the_very_object_is_given_back() -> None:
    memo = Memo()
    thing = object()
    assert memo.get("place", 1, lambda: thing) is thing
    assert memo.get("place", 1, object) is thing


def test_none_is_not_remembered() -> None:
    memo, count = Memo(), [0]

    def make() -> None:
        count[0] += 1

    for _ in range(3):
        memo.get("place", 1, make)
    assert count == [3]


def test_what_is_in_use_stays_and_the_rest_goes() -> None:
    memo, made = Memo(100), list[int]()

    def make(number: int) -> int:
        made.append(number)
        return number

    for number in range(1, 50):
        memo.get(0, 10, lambda: make(0))
        memo.get(number, 10, lambda number=number: make(number))  # type: ignore[misc]
    assert made.count(0) == 1
    memo.get(1, 10, lambda: make(1))
    assert made.count(1) == 2


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=200))
def test_no_more_is_held_than_two_generations(asked: list[tuple[int, int]]) -> None:
    memo = Memo(100)
    for place, size in asked:
        assert memo.get(place, size, lambda place=place: place + 1) == place + 1  # type: ignore[misc]
    held: dict[Any, int] = {**memo._old, **memo._young}
    assert all(value == place + 1 for place, value in held.items())
    assert memo._size <= 100


def test_a_failure_to_make_leaves_nothing_behind() -> None:
    memo = Memo()

    def fail() -> str:
        raise ValueError("no")

    for _ in range(2):
        try:
            memo.get("place", 1, fail)
        except ValueError:
            continue
        raise AssertionError("the failure was swallowed")
    assert memo.get("place", 1, lambda: "value") == "value"


def test_threads_may_share_one() -> None:
    memo, wrong = Memo(500), list[int]()

    def work(start: int) -> None:
        for number in range(2_000):
            place = (start + number) % 97
            if memo.get(place, 10, lambda place=place: place * 2) != place * 2:  # type: ignore[misc]
                wrong.append(place)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
