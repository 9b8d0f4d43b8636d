"""Names that a provider takes for tools whose own names it would refuse.

A name depends on nothing but itself and the rule: not on the other tools, not on their order. So a
tool keeps its name for a whole conversation, and history that is sent again names it alike.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sealegs.schema.dialect import NameRule

__all__ = ["Names", "is_legal", "legal"]

_ANY = r"(?s:.*)"
_MARK = 8
_LONG_MARK = 16


@cache
def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def is_legal(name: str, rule: NameRule) -> bool:
    """Say whether a name fits a rule as it stands."""
    return (
        0 < len(name) <= rule.max_length
        and name not in rule.reserved
        and (not rule.pattern or _whole(rule.pattern).fullmatch(name) is not None)
    )


@lru_cache(maxsize=4096)
def legal(name: str, rule: NameRule, mark: int = _MARK) -> str:
    """Give the name that stands for a name; a legal one stands for itself.

    Two names never share one: what is changed ends in a digest of the whole original.

    Args:
        name: any text.
        rule: what names must look like.
        mark: how many characters of the digest to use.

    >>> from sealegs.schema.dialect import NameRule
    >>> rule = NameRule(r"[a-zA-Z0-9_-]+", 64)
    >>> legal("get_weather", rule), legal("files.read", rule), legal("files_read", rule)
    ('get_weather', 'files_read_qri24mnh', 'files_read')
    """
    if is_legal(name, rule):
        return name
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=10).digest()
    tail = base64.b32encode(digest).decode().lower()[:mark]
    whole = _whole(rule.pattern or _ANY)
    fits = whole.fullmatch
    body = "".join([letter if fits("a" + letter) else rule.fill for letter in name])
    if not (body and fits(body[0])):
        body = rule.first + body
    return f"{body[: rule.max_length - mark - 1]}{rule.fill}{tail}"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one request's tools, both ways.

    Attributes:
        rule: what the provider takes.
        sent: a tool's own name to the one that is sent.
        own: the other way round.
    """

    rule: NameRule
    sent: Mapping[str, str]
    own: Mapping[str, str]

    @classmethod
    def of(cls, names: Iterable[str], rule: NameRule) -> Names:
        """Name the tools of one request.

        Should a tool's own name be just what another's would become, the other one's digest is
        taken longer: a name that is legal is never changed.
        """
        known = list(dict.fromkeys(names))
        kept = {name for name in known if is_legal(name, rule)}
        sent = {name: _apart(name, rule, kept) for name in known}
        return cls(rule, sent, {new: name for name, new in sent.items()})

    def keeping(self, names: Iterable[str]) -> Names:
        """Give the same, but that some tools go out under their own names."""
        kept = {name: name for name in names}
        if not kept:
            return self
        sent = {**self.sent, **kept}
        return Names(self.rule, sent, {new: name for name, new in sent.items()})

    def name(self, own: str) -> str:
        """Give the name that is sent for a tool, also one that this request does not define."""
        return self.sent.get(own) or legal(own, self.rule)


def _apart(name: str, rule: NameRule, kept: set[str]) -> str:
    new = legal(name, rule)
    return legal(name, rule, _LONG_MARK) if new != name and new in kept else new
