"""Calls are found in text that arrives in pieces, and text is not held longer than it must be."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sealegs.calls.choosing import Parsers
from sealegs.calls.fences import Halt, Walker
from sealegs.calls.following import Follower, Go, Grammar, State
from sealegs.calls.members import members
from sealegs.calls.parsing import Cut, Opener, ParsedCall
from sealegs.calls.scanning import LIMIT, Scanned, Scanner, scan
from sealegs.jsons import Json

STRING = State({'"': Go(pop=True), '\\"': Go(), "\\\\": Go()})
GRAMMAR = Grammar(
    starts={"<call>": Go("open"), "<|c|>": Go("open")},
    states={
        "open": State({"{": Go("inside", push="done")}, other=Go(fail=True)),
        "inside": State(
            {
                "{": Go("inside", push="inside"),
                "}": Go(pop=True),
                '"': Go("string", push="inside"),
                "</call>": Go(end="behind"),
            }
        ),
        "string": STRING,
        "done": State({"</call>": Go(end="behind")}, other=Go(end="mark"), mark=True),
    },
)


@dataclass(frozen=True)
class Braces:
    """``<call>{name …}</call>``: a syntax of this test's own."""

    name: str = "braces"
    models: tuple[str, ...] = ("brace-*",)
    wires: frozenset[str] = frozenset()
    providers: tuple[str, ...] = ("*",)
    rank: int = 100
    openers: tuple[Opener, ...] = (Opener("<call>"), Opener("<|c|>"))
    hidden: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"<think>": ("</think>",), "<|t|>": ("<|e|>", "<|c|>")}
    )

    def follow(self, opener: str) -> Follower:
        return GRAMMAR.follow(opener)

    def parse(
        self, region: str, schemas: Mapping[str, Json], *, whole: bool
    ) -> Sequence[ParsedCall] | None:
        hit = re.search(r"\{(\w+)(.*?)\}?\s*(?:</call>)?$", region, re.DOTALL)
        return [ParsedCall(hit[1], hit[2].strip(), whole=whole)] if hit else None

    def salvaged(self, name: str, arguments: str) -> ParsedCall | None:
        return None


BRACES = Braces()
CALL = "<call>{f x}</call>"
FOUND = ParsedCall("f", "x")


def pieces(text: str, sizes: Sequence[int] = (1,)) -> Scanned:
    scanner = Scanner(BRACES, {})
    said: list[str] = []
    calls: list[ParsedCall] = []
    at = number = 0
    while at < len(text):
        size = sizes[number % len(sizes)]
        found = scanner.feed(text[at : at + size])
        said.append(found.text)
        calls += found.calls
        at, number = at + size, number + 1
    last = scanner.close()
    assert scanner.held == 0
    return Scanned("".join((*said, last.text)), (*calls, *last.calls))


SOUP = st.lists(
    st.sampled_from(
        (
            *("<call>", "{f", " x", "}", "</call>", CALL, "<|c|>", '"', "\\", "<", "<cal", "</"),
            *("<think>", "</think>", "<|t|>", "<|e|>", "<|", "`", "``", "```", "~~~", "\\`"),
            *("\n", "\n\n", " ", "\r\n", "a", "text. ", "- ", "> ", "\t", "1. "),
        )
    ),
    max_size=30,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(SOUP, st.lists(st.integers(1, 9), min_size=1, max_size=4))
@example("<|t|><|c|>{f x}</call>", [1])
@example("[\n<call>\n<call>{f x}", [2])
def test_any_way_of_cutting_gives_the_same(text: str, sizes: list[int]) -> None:
    whole = scan(text, BRACES, {})
    assert pieces(text, sizes) == whole
    assert whole.calls or whole.text == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"Let me see.\n\n{CALL}", "Let me see."),
        (f"Let me see. {CALL}", "Let me see. "),
        (f"{CALL}\n\n", ""),
        (f"\n \n{CALL}", ""),
        (f"{CALL}\n\nDone.", "Done."),
        (f"Well:\n{CALL}\n\n\nDone.\n", "Well:\nDone.\n"),
        (f"Well: {CALL}\n\nDone.", "Well: \n\nDone."),
        (f"Well:\n\n{CALL}\n{CALL}\n", "Well:"),
        (f"Well:\n\n{CALL}\n{CALL}\nDone.", "Well:\n\nDone."),
        (f"{CALL} text {CALL}", "text "),
    ],
)
def test_whitespace_next_to_calls_is_kept_only_between_texts(text: str, left: str) -> None:
    found = scan(text, BRACES, {})
    assert found.text == left
    assert set(found.calls) == {FOUND}
    assert pieces(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n\nText with trailing lines.\n\n\n",
        "a <b> c </call> { } <call",
        "<call> is a mark, and <call>: too",
        "<call>{f x",
        "Use `<call>{f x}</call>` for it.",
        "Use `` `<call>{f x}</call> `` for it.",
        f"```\n{CALL}\n```\n",
        f"```xml\n{CALL}\n``\n{CALL}",
        f"~~~~\n{CALL}\n~~~\n{CALL}\n~~~~\n",
        f"> ```\n> {CALL}\n> ```\n",
        f"1. ```\n   {CALL}\n   ```\n",
        f"<think>{CALL}</think>",
        f"<think>so {CALL}",
        f"<|t|>{CALL}<|e|>",
        "x" * 300 + "\n" * 600,
    ],
)
def test_what_is_no_call_stays_to_the_letter(text: str) -> None:
    expected = ParsedCall("f", "x", whole=False) if text == "<call>{f x" else None
    found = scan(text, BRACES, {})
    assert found == (Scanned("", (expected,)) if expected else Scanned(text))
    assert pieces(text) == found
    assert pieces(text, (3, 7)) == found


@pytest.mark.parametrize(
    "before",
    [
        "It costs 5` or so.\n",
        "A `code` span. ",
        "\\`not code ",
        "```\ncode\n```\n",
        "~~~\n```\n~~~\n",
        "```a`b``` ",
        "x ```\n",
        "<think>hm</think>\n",
        "<|t|>hm",
        "<think></think>",
        "<call> is what I write:\n",
    ],
)
def test_a_call_behind_code_and_reasoning_counts(before: str) -> None:
    text = f"{before}{'<|c|>{f x}</call>' if before == '<|t|>hm' else CALL}"
    found = scan(text, BRACES, {})
    assert found == Scanned(before.rstrip("\n"), (FOUND,))
    assert pieces(text) == found


def test_a_closing_tag_in_a_string_ends_nothing() -> None:
    text = '<call>{f "</call> \\" }"}</call>'
    assert scan(text, BRACES, {}).calls == (ParsedCall("f", '"</call> \\" }"'),)


def test_text_leaves_in_the_step_in_which_it_comes() -> None:
    scanner = Scanner(BRACES, {})
    assert scanner.feed("Hello").text == "Hello"
    assert scanner.feed(" wor").text == " wor"
    assert scanner.feed("ld <").text == "ld "
    assert scanner.held == 1
    assert scanner.feed("b> and `").text == "<b> and `"
    assert scanner.feed("<call>").text == "<call>"
    assert scanner.feed("`\n").text == "`"
    assert scanner.held == 1
    assert scanner.feed("```\n").text == "\n```"
    assert scanner.feed("<call>{f").text == "\n<call>{f"
    assert scanner.held == 0


def test_a_call_leaves_with_its_last_character() -> None:
    scanner = Scanner(BRACES, {})
    for character in CALL[:-1]:
        assert scanner.feed(character) == Scanned("")
    assert scanner.held == len(CALL) - 1
    assert scanner.feed(CALL[-1]) == Scanned("", (FOUND,))
    assert scanner.held == 0


def test_an_end_that_is_missing_is_seen_by_what_follows() -> None:
    assert scan("<call>{f x}\nText.", BRACES, {}) == Scanned("Text.", (FOUND,))
    assert scan("<call>{f x}", BRACES, {}) == Scanned("", (FOUND,))


def test_a_region_that_is_too_long_stays_text() -> None:
    text = "<call>{f " + "x" * LIMIT + "}</call>\n" + CALL
    found = scan(text, BRACES, {})
    assert found == Scanned(text.removesuffix("\n" + CALL), (FOUND,))
    assert pieces(text, (5000,)) == found


def work(text: str, size: int) -> int:
    """Count the characters that are looked through while a text is scanned in pieces."""
    count = 0

    class CountingFollower(Follower):
        __slots__ = ()

        def _run(self, text: str, *, last: bool) -> Cut | None:
            nonlocal count
            count += len(text)
            return super()._run(text, last=last)

    class CountingWalker(Walker):
        __slots__ = ()

        def walk(self, text: str, blind: int, *, last: bool) -> Halt:
            nonlocal count
            count += len(text)
            return super().walk(text, blind, last=last)

    class Counted(Braces):
        def follow(self, opener: str) -> Follower:
            return CountingFollower(GRAMMAR, opener)

    scanner = Scanner(Counted(), {})
    scanner._walker = CountingWalker(BRACES.openers, BRACES.hidden)
    for start in range(0, len(text), size):
        scanner.feed(text[start : start + size])
    scanner.close()
    return count


@pytest.mark.parametrize(
    "unit", ["x", "{", "<", '"', "\\", "`", "\n", " ", "<call>{", "<call", CALL]
)
def test_the_work_is_linear(unit: str) -> None:
    once, twice = (work("<call>{f" + unit * (n // len(unit)), 7) for n in (20_000, 40_000))
    assert twice < 2.2 * once
    assert once < 40 * 20_000


def test_what_is_kept_does_not_grow_with_the_text() -> None:
    scanner = Scanner(BRACES, {})
    text = "Some text, `code` and <b>.\n" * 100
    for _ in range(5):
        scanner.feed(text)
    tracemalloc.start()
    for _ in range(50):
        scanner.feed(text)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 50_000


def test_openers_count_only_in_their_place() -> None:
    @dataclass(frozen=True)
    class Placed(Braces):
        openers: tuple[Opener, ...] = (Opener("<call>", "start"), Opener("<|c|>", "line"))

    def found(text: str) -> int:
        return len(scan(text, Placed(), {}).calls)

    assert found(f"  {CALL}") == 1
    assert found(f"{CALL}{CALL}") == 2
    assert found(f"<think>hm</think>\n{CALL}") == 1
    assert found(f"So {CALL}") == 0
    line = "<|c|>{f x}</call>"
    assert found(f"So\n  {line}") == 1
    assert found(f"{CALL}{line}") == 2
    assert found(f"So {line}") == 0


def test_a_table_with_a_state_that_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match="no such states: nowhere, otherwise"):
        Grammar({"a": Go("b")}, {"b": State({"c": Go("nowhere")}, other=Go("otherwise"))})


def test_members_are_found_in_broken_objects() -> None:
    text = """{name: 'f', "a": {"b": "}'"}, "c": [1, {'d': '"]'}],, "e": tru"""
    found = members(text)
    assert found is not None
    assert {key: (one.text, one.whole) for key, one in found.values.items()} == {
        "name": ("'f'", True),
        "a": ("""{"b": "}'"}""", True),
        "c": ("""[1, {'d': '"]'}]""", True),
        "e": ("tru", False),
    }
    assert not found.whole
    assert members("[1]") is None
    nothing = members("{} more")
    assert nothing is not None
    assert (nothing.values, nothing.end, nothing.whole) == ({}, 2, True)


def test_the_first_parser_that_fits_is_found_by_rank_and_name() -> None:
    @dataclass(frozen=True)
    class Other(Braces):
        name: str = "other"
        models: tuple[str, ...] = ("brace-2*", "round-*")
        wires: frozenset[str] = frozenset({"chat"})
        providers: tuple[str, ...] = ("host*",)
        rank: int = 50

    @dataclass(frozen=True)
    class Prompted(Braces):
        name: str = "asked-for"
        models: tuple[str, ...] = ()
        rank: int = 1

    parsers = Parsers([BRACES, Other(), Prompted()])
    assert [parser.name for parser in parsers.all] == ["asked-for", "other", "braces"]

    def name(family: str, wire: str = "chat", provider: str = "host-1") -> str | None:
        found = parsers.find(family, wire, provider)
        return found.name if found else None

    assert name("brace-2") == "other"
    assert name("brace-2", "responses") == "braces"
    assert name("brace-2", provider="elsewhere") == "braces"
    assert name("round-1") == "other"
    assert name("square-1") is None
    assert name("") is None
    assert parsers.named("asked-for") == Prompted()
    assert parsers.named("nothing") is None
