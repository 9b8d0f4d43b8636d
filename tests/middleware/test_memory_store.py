from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealegs.records import Found, Record
from sealegs.stores import MemoryStore
from store_facts import A, B, C, Make, StoreFacts, StoreModel, key, record

if TYPE_CHECKING:
    from sealegs.records import Store


class TestMemoryStore(StoreFacts):
    @pytest.fixture
    def make(self) -> Make:
        def made(**limits: object) -> Store:
            return MemoryStore(**limits)  # type: ignore[arg-type]

        return made


class MemoryModel(StoreModel):
    make = MemoryStore


TestMemoryModel = MemoryModel.TestCase
TestMemoryModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_memory_does_not_block() -> None:
    assert MemoryStore.blocks is False


def test_closing_keeps_what_another_client_may_still_need() -> None:
    store, kept = MemoryStore(), record()
    store.save(kept, [A])
    store.close()
    assert store.load([A]) == {A: Found((kept,))}


def test_what_was_loaded_last_stays_when_room_is_needed() -> None:
    store = MemoryStore(max_bytes=100_000)
    asked = record("asked for")
    store.save(asked, [A])
    for number in range(100):
        store.save(record(f"{number} " * 2000), [key(f"own {number}")])
        assert store.load([A]) == {A: Found((asked,))}
    assert store.load([key("own 0")]) == {key("own 0"): Found(tainted=True)}


def test_a_mark_that_there_is_no_room_for_is_still_known() -> None:
    store = MemoryStore(max_bytes=40_000)  # room for 50 marks
    store.save(record("x" * 30_000), [A, B])  # too large: it only leaves marks
    assert store.load([A, B]) == {A: Found(tainted=True), B: Found(tainted=True)}
    for number in range(200):
        store.save(record(f"{number} " * 1500), [key(f"own {number}")])
        store.load([A])
    assert store.load([A, B]) == {A: Found(tainted=True), B: Found(tainted=True)}


def test_the_taint_of_a_key_in_use_is_never_lost_to_marks() -> None:
    store = MemoryStore(max_bytes=40_000, max_per_key=1)
    kept = record("kept")
    store.save(record("gone"), [A])
    store.save(kept, [A])
    for number in range(300):
        store.save(record(f"{number} " * 1500), [key(f"own {number}"), C])
        assert store.load([A]) == {A: Found((kept,), tainted=True)}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.frozensets(st.integers(0, 300), max_size=40)),
        max_size=60,
    )
)
def test_the_room_is_never_passed(turns: list[tuple[int, frozenset[int]]]) -> None:
    store = MemoryStore(max_bytes=100_000, max_per_key=4)
    for size, numbers in turns:
        store.save(record("x" * size), [key(str(number)) for number in numbers])
        assert 0 <= store.used_bytes <= 100_000


def test_an_empty_store_takes_no_room() -> None:
    store = MemoryStore(max_per_key=2)
    for number in range(20):
        store.save(record(str(number), session="s"), [key(f"own {number}")])
    assert store.used_bytes > 20 * 400
    assert store.forget("s") == 20
    assert store.used_bytes == 0


@pytest.mark.parametrize(("text", "keys"), [(20, 1), (20, 12), (5000, 8)])
def test_the_estimate_is_not_below_what_python_takes(text: int, keys: int) -> None:
    def fill(store: MemoryStore) -> None:
        for number in range(500):
            base = number * 1000
            made = Record(
                id=base.to_bytes(16, "big"),
                session=f"session {number}",
                issuer=record().issuer,
                fingerprint=base.to_bytes(16, "little"),
                call_ids=(f"call {number}",),
                payloads={"reasoning_content": str(number).encode() * (text // 3)},
            )
            store.save(made, [(base + one).to_bytes(16, "big") for one in range(keys)])

    fill(MemoryStore())  # what is made once and kept
    tracemalloc.start()
    try:
        store = MemoryStore()
        before = tracemalloc.get_traced_memory()[0]
        fill(store)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert store.used_bytes / 3 <= taken <= store.used_bytes
