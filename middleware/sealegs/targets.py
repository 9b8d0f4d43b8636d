"""Where a call goes: the provider's rules, and who would have issued its signed reasoning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b

from sealegs.directory import Directory, family
from sealegs.flow import Target
from sealegs.knowledge import Account
from sealegs.wire import RequestHead

__all__ = ["find_target"]

_KEYS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)")
_PROJECT = re.compile(r"/(?:projects|accounts|deployments)/([^/]+)")
_QUERY_KEY = re.compile(r"(?:^|&)key=([^&]+)")


def find_target(directory: Directory, wire: str, head: RequestHead, model: str) -> Target:
    """Find a call's target.

    The account is known by a keyed digest; the key itself is kept nowhere.
    """
    provider = directory.find(wire, head, model)
    account = blake2b(
        _ACCOUNTS[provider.account](head).encode(), digest_size=12, person=b"sealegs-account"[:16]
    )
    return Target(provider, head.origin, account.hexdigest(), family(model))


def _by_key(head: RequestHead) -> str:
    for name in _KEYS:
        value = head.headers.get(name)
        if value:
            signed = _CREDENTIAL.search(value)  # AWS signs each request anew: its key id stays
            return signed[1] if signed else value
    query = _QUERY_KEY.search(head.query)
    return query[1] if query else ""


def _by_path(head: RequestHead) -> str:
    project = _PROJECT.search(head.path)
    return project[1] if project else _by_key(head)


def _by_host(head: RequestHead) -> str:
    return head.host


_ACCOUNTS: Mapping[Account, Callable[[RequestHead], str]] = {
    "key": _by_key,
    "path": _by_path,
    "host": _by_host,
}
