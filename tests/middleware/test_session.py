"""Sessions: which conversation a call belongs to, wherever it runs."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from loopback import Loopback, chat, loopback, whole
from sealegs import Exchange, Pipeline, Session, hookimpl, session
from sealegs.session import SESSION_HEADER, current
from sealegs_adapters import http


def test_outside_of_every_session_the_name_is_empty() -> None:
    assert current() == ""


def test_a_session_ends_where_its_block_ends() -> None:
    with session("a"):
        inside = current()
    assert (inside, current()) == ("a", "")


def test_a_session_ends_where_its_block_fails() -> None:
    with pytest.raises(KeyError), session("a"):
        raise KeyError
    assert current() == ""


def test_nested_sessions_are_conversations_of_their_own() -> None:
    with session("thread-7"):
        with session("search", agent="researcher"):
            inner = current()
        assert (inner, current()) == ("thread-7/researcher:search", "thread-7")


def test_a_session_may_be_entered_again() -> None:
    again = session("a")
    with again:
        pass
    with again, again:
        assert current() == "a"
    assert current() == ""


def test_tasks_have_sessions_of_their_own() -> None:
    async def agent(name: str) -> str:
        async with session(name):
            await asyncio.sleep(0)
            return current()

    async def together() -> list[str]:
        return await asyncio.gather(*(agent(f"s{n}") for n in range(20)))

    assert asyncio.run(together()) == [f"s{n}" for n in range(20)]


def test_a_task_is_born_into_the_session_that_made_it() -> None:
    async def parent() -> str:
        async with session("outer"):
            task = asyncio.create_task(child())
        return await task

    async def child() -> str:
        await asyncio.sleep(0)
        return current()

    assert asyncio.run(parent()) == "outer"


def test_a_thread_of_an_event_loop_keeps_the_session() -> None:
    async def inside() -> str:
        async with session("outer"):
            return await asyncio.to_thread(current)

    assert asyncio.run(inside()) == "outer"


def test_an_executor_needs_a_wrapped_function() -> None:
    with ThreadPoolExecutor(1) as pool, session("outer") as outer:
        seen = [pool.submit(current).result(), pool.submit(outer.wrap(current)).result()]
        seen.append(pool.submit(current).result())
    assert seen == ["", "outer", ""]


def test_a_thread_needs_a_wrapped_function() -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(current())

    threads = [threading.Thread(target=Session(f"s{n}").wrap(look)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [f"s{n}" for n in range(8)]


def test_one_wrapped_function_serves_many_threads_at_once() -> None:
    inside = session("shared").wrap(current)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: inside(), range(64))) == {"shared"}


def test_a_wrapped_function_takes_arguments_and_gives_results() -> None:
    def inside(x: int, *, y: int) -> tuple[int, int, str]:
        return x, y, current()

    assert session("a").wrap(inside)(1, y=2) == (1, 2, "a")
    assert current() == ""


def test_a_wrapped_coroutine_function_runs_in_the_session() -> None:
    async def inside() -> str:
        await asyncio.sleep(0)
        return current()

    async def both() -> tuple[str, str]:
        return await session("a").wrap(inside)(), await inside()

    assert asyncio.run(both()) == ("a", "")


def test_headers_carry_the_name_as_ascii() -> None:
    assert session("thread-7").headers == {SESSION_HEADER: "thread-7"}
    value = session("разговор 7/ä\r\n%41").headers[SESSION_HEADER]
    assert re.fullmatch(r"[!-~]+", value)


class Observer:
    """Keeps the sessions of exchanges."""

    def __init__(self) -> None:
        self.name, self.seen = "observer", list[str]()

    @hookimpl
    def exchange_finished(self, exchange: Exchange) -> None:
        self.seen.append(exchange.session)


ASK = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@contextmanager
def talking(server: Loopback, pipeline: Pipeline) -> Iterator[Callable[..., object]]:
    """A real client, tapped, that asks for the same again and again."""
    with http.wrap(httpx.Client(base_url=server.url), pipeline=pipeline) as client:
        yield lambda **more: client.post("/v1/chat/completions", json=ASK, **more)


@pytest.mark.parametrize("name", ["thread-7", "разговор 7/ä\r\n%41", "a/b:c", "100%", ""])
def test_headers_bring_the_session_to_the_tap_which_takes_them_off(name: str) -> None:
    observer = Observer()
    pipeline = Pipeline.load(observer)
    with loopback(whole(chat("hi"))) as server, talking(server, pipeline) as post:
        post(headers=session(name).headers)
    assert observer.seen == [name]
    assert [one for one, _ in server.asked[0].headers if one.lower().startswith("x-sealegs")] == []


def test_headers_win_over_the_session_around_them() -> None:
    observer = Observer()
    pipeline = Pipeline.load(observer)
    answers = [whole(chat("hi"))] * 2
    with loopback(*answers) as server, talking(server, pipeline) as post, session("around"):
        post(headers=Session("given").headers)
        post()
    assert observer.seen == ["given", "around"]


def test_what_a_session_holds_can_be_forgotten_by_its_name() -> None:
    pipeline = Pipeline.load()
    answers = [whole(chat("hi", reasoning="why"))] * 2
    with loopback(*answers) as server, talking(server, pipeline) as post:
        for name in ("mine", "other"):
            with session(name):
                post()
    assert [pipeline.forget(name) for name in ("mine", "mine", "other")] == [1, 0, 1]
