"""U8: what is said politely and at length, said as in a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.user_prompt.wording import (
    checked,
    free_words,
    guarded,
    spliced,
)

__all__ = ["TerseChat"]

_GREETINGS: Final = re.compile(
    r"""(?:(?<=\A)|(?<=\n)|(?<=[.!?]\ ))(?:
        (?:hello|hi|hey|good\ (?:morning|afternoon|evening|day)|greetings)
            (?:\ (?:there|all|everyone|team))?[,.!]+
        |(?:many\ thanks|thank\ you(?:\ (?:very|so)\ much)?|thanks(?:\ a\ lot)?)
            (?:\ (?:in\ advance|for\ your\ (?:help|time|assistance)))?[,.!]+
        |(?:kind|best|warm)\ regards[,.!]?
        |i\ hope\ (?:you\ are\ (?:doing\ )?well|this\ (?:message\ )?finds\ you\ well)[.!]+
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_POLITE: Final = re.compile(
    r"""(?:(?<=\A)|(?<=\n)|(?<=[.!?,:]\ ))(?:
        (?:could|can|would)\ you\ (?:please\ |kindly\ )?
        |(?:i\ would|i'd)\ (?:really\ )?(?:like|love)\ (?:for\ )?you\ to[ ]
        |i\ was\ wondering\ whether\ you\ could\ (?:please\ )?
        |would\ it\ be\ possible\ (?:for\ you\ )?to[ ]
    )(?=[a-z])
    |\b(?:please|kindly)\ (?=[a-z])""",
    re.IGNORECASE | re.VERBOSE,
)
_ARTICLES: Final = frozenset({"the", "a", "an"})

_SHEET: Final = Sheet(
    name="terse-chat",
    code="U8",
    surface="user_prompt",
    label="invariant",
    summary="greetings and thanks, then politeness, then articles are left out",
    parameters=(
        {"drop": ["greetings"]},
        {"drop": ["greetings", "politeness"]},
        {"drop": ["greetings", "politeness", "articles"]},
    ),
    finds="greetings, thanks, politeness or articles",
    source="SWE-Bench-Mutated (arXiv 2510.08996), τ²-bench verbosity; what is left out is our own",
)


@dataclass(frozen=True, slots=True)
class TerseChat:
    """Leaves out what a chat message would not say.

    Parameters: ``drop``: ``greetings`` (and thanks), ``politeness``, ``articles``.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> terse = TerseChat()
    >>> terse.text("Hello there! Could you please find the flight to AMS? Thanks!", about(terse, 3))
    'find flight to AMS?'
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def text(self, text: str, about: About, /) -> str | None:
        """Give the message as a chat would have it."""
        drop: Sequence[str] = about.parameters["drop"]
        new = text
        for kind, pattern in (("greetings", _GREETINGS), ("politeness", _POLITE)):
            if kind in drop:
                new = spliced(new, _without(new, pattern, about))
        if "articles" in drop:
            new = spliced(new, _articles(new, about))
        new = new if new == text else new.strip()
        return checked(text, new or None, about, ("numbers", "quotes", "negations"))


def _without(text: str, pattern: re.Pattern[str], about: About) -> Iterator[tuple[int, int, str]]:
    """Leave out what is found, unless a quotation or a literal begins or ends within it."""
    spans = [
        span for span in guarded(text, about.literals) if _is_more(text[span[0] : span[1]], about)
    ]
    kept = iter([*spans, (len(text), len(text))])
    start, end = next(kept)
    for found in pattern.finditer(text):
        while end <= found.start() and start < len(text):
            start, end = next(kept)
        if found.end() <= start:
            yield found.start(), found.end(), ""


def _is_more(part: str, about: About) -> bool:
    """Say whether what must stay is more than a word with a capital letter."""
    return not part.replace("'", "").isalpha() or bool(about.literals.spans(part))


def _articles(text: str, about: About) -> Iterator[tuple[int, int, str]]:
    for word in free_words(text, about):
        if word.text in _ARTICLES and text[word.end : word.end + 1] == " ":
            yield word.start, word.end + 1, ""
