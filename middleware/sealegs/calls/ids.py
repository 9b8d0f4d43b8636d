"""The ids of calls: made where they are missing, told apart where they repeat, shaped to rules.

An id is a function of what is known of its call, so a history that is sent again is sent with the
same ids, in any process.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from functools import lru_cache

from sealegs.schema.dialect import NameRule

__all__ = ["History", "Ids"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 24
_MOST = 40  # what BLAKE2b's 256 bits fill


class Ids:
    """The ids of one reply, or of one of its choices; made fresh for each.

    Args:
        rule: what an id must look like for the provider; ``None``: any text.
        seed: tells replies apart; for example the key of the conversation so far.

    >>> mistral = Ids(NameRule("[a-zA-Z0-9]{9}", max_length=9))
    >>> mistral.sent("call_1"), mistral.sent("abcDEF123")
    ('FI9AQEJUx', 'abcDEF123')
    """

    __slots__ = ("_given", "_rule", "_seed", "_used")

    def __init__(self, rule: NameRule | None = None, seed: str = "") -> None:
        self._rule, self._seed = rule, seed
        self._given: dict[int, str] = {}
        self._used: set[str] = set()

    def legal(self, native: str, /) -> bool:
        """Say whether an id fits the rule."""
        return bool(native) and (self._rule is None or _fits(native, self._rule))

    def sent(self, native: str, /) -> str:
        """Give the id under which a call of the history, or its result, is sent.

        A legal id is sent as it is, and an empty one stays empty. No state: the same id is always
        sent as the same, and different ids as different ones.
        """
        if not native or self.legal(native):
            return native
        return self.made("sent", native)

    def given(self, native: str, /, index: int, name: str, arguments: str) -> str:
        """Give the id under which a call of the reply is handed on.

        The provider's own is handed on as it is, however it looks, unless another call of this
        reply has it. Asked again for the same call, it gives the same.

        Args:
            native: the id that the provider gave; empty where there is none.
            index: which call of the reply it is.
            name: the tool's name.
            arguments: as the model wrote them.
        """
        known = self._given.get(index)
        if known is None:
            known = native
            attempt = 0
            while not known or known in self._used:
                known = self.made("given", str(index), name, arguments, native, str(attempt))
                attempt += 1
            self._given[index] = known
            self._used.add(known)
        return known

    def made(self, *facts: str) -> str:
        """Make a legal id of some facts and the seed."""
        digest = hashlib.blake2b(digest_size=32)
        for fact in (self._seed if facts[0] == "given" else "", *facts):
            raw = fact.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return _shaped(_text(digest.digest()), self._rule)


class History:
    """The ids of a history's calls, in the order of the messages; made fresh for each request.

    Calls that share an id are told apart, and results go with their calls: the first result to the
    first call that has none yet.

    >>> history = History(Ids())
    >>> [history.call("call_0", "f", "{}"), history.result("call_0")]
    ['call_0', 'call_0']
    >>> again = history.call("call_0", "g", "{}")
    >>> again != "call_0", history.result("call_0") == again
    (True, True)
    """

    __slots__ = ("_count", "_ids", "_last", "_used", "_waiting")

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._count = 0
        self._used: set[str] = set()
        self._waiting: dict[str, deque[str]] = {}
        self._last: dict[str, str] = {}

    def call(self, native: str, name: str, arguments: str) -> str:
        """Give the id of the history's next call."""
        made = self._ids.sent(native)
        attempt = 0
        while not made or made in self._used:
            facts = (native, str(self._count), name, arguments, str(attempt))
            made = self._ids.made("history", *facts)
            attempt += 1
        self._count += 1
        self._used.add(made)
        self._waiting.setdefault(native, deque()).append(made)
        self._last[native] = made
        return made

    def result(self, native: str) -> str:
        """Give the id of the history's next result; a second one of a call gets the same."""
        waiting = self._waiting.get(native)
        if waiting:
            return waiting.popleft()
        return self._last.get(native) or self._ids.sent(native)


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _fits(text: str, rule: NameRule) -> bool:
    if len(text) > rule.max_length or text in rule.reserved:
        return False
    return not rule.pattern or _pattern(rule.pattern).fullmatch(text) is not None


def _text(digest: bytes) -> str:
    number, digits = int.from_bytes(digest, "big"), list[str]()
    for _ in range(_MOST):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def _shaped(text: str, rule: NameRule | None) -> str:
    """Cut a text to an id that a rule takes: as long as it may be, at most the usual length."""
    if rule is None:
        return "call_" + text[:_LENGTH]
    longest = min(rule.max_length, _MOST)
    candidates = ["call_" + text[:_LENGTH], text[:_LENGTH]]
    candidates += [text[:length] for length in range(longest, 0, -1)]
    return next((one for one in candidates if _fits(one, rule)), text[:longest])
