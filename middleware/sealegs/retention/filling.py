"""Gap texts and parameters that a provider asks for, and requests without any reasoning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial

from sealegs.flow import Call
from sealegs.jsons import Json
from sealegs.knowledge import Parameter, Provider
from sealegs.retention.keys import stripped
from sealegs.retention.restoring import Change, Rules
from sealegs.retention.view import View
from sealegs.wire import Document, Message

__all__ = ["filled", "gaps_filled", "parameters", "without_reasoning"]

_WITHOUT = frozenset({"gap", "none", "continued"})


def gaps_filled(
    call: Call, document: Document, view: View, changes: Sequence[Change], rules: Rules
) -> dict[int, bytes]:
    """Give demanded turns without reasoning what the provider's gap policy says."""
    provider = rules.provider
    if provider is None or provider.gap == "omit" or provider.demand == "never":
        return {}
    if provider.tools_only and not view.tools:
        return {}
    edits: dict[int, bytes] = {}
    for (index, place), made in zip(view.assistants, changes, strict=True):
        demanded = provider.demand == "all" or (index > view.loop_start and place.facts.calls)
        if made.outcome not in _WITHOUT or not demanded or made.raw is not None:
            continue
        raw = document.turns[index].raw
        make = partial(_spelled_gap, call, document, index, rules, provider)
        new = rules.spellings.get(("gap", raw, rules.token), 2 * len(raw), make)
        if new is not raw:
            edits[index] = new
    return edits


def _spelled_gap(
    call: Call, document: Document, index: int, rules: Rules, provider: Provider
) -> bytes:
    raw = document.turns[index].raw
    new = filled(call.wire.message(raw), rules, provider)
    return raw if new is None else document.spelled(index, new)


def filled(
    message: Message, rules: Rules, provider: Provider, fills: Sequence[str] = ()
) -> Message | None:
    """Fill a turn's reasoning with an empty text, or with the provider's own dummy."""
    bare = stripped(message, rules.formats)
    for name in provider.out or tuple(provider.placeholder) or fills:
        form = rules.named(name)
        if form is None:
            continue
        payload = provider.placeholder.get(name) or form.plain("")
        new = form.write(bare, payload) if payload is not None else None
        if new is not None:
            return new
    return None


def without_reasoning(document: Document, call: Call, rules: Rules, *, detach: bool) -> Document:
    """Strip all reasoning from a request, or only what ties turns to reasoning that is lost."""
    edits: dict[int, Message] = {}
    for index, turn in enumerate(document.turns):
        if turn.role != "assistant":
            continue
        message = new = call.wire.message(turn.raw)
        if not detach:
            new = stripped(message, rules.formats)
        elif not any(form.read(message) is not None for form in rules.formats):
            for form in rules.formats:
                new = form.detached(new)
        if new != message:
            edits[index] = new
    return document.edited(turns=edits)


def parameters(
    document: Document, provider: Provider | None, family: str, allowed: str, *, carries: bool
) -> Mapping[str, Json]:
    """Choose the parameters to set: those that make the provider use what it is sent back.

    A parameter that the caller has set stays as it is. Where no turn carries reasoning, there is
    nothing to use, and only what asks for reasoning is set.
    """
    if provider is None or allowed == "none":
        return {}
    return {
        one.path: one.value
        for one in provider.parameters
        if (allowed == "all" or one.use == "needed")
        and (carries or one.asks)
        and _fits(one, document, family)
    }


def _fits(one: Parameter, document: Document, family: str) -> bool:
    if not any(fnmatchcase(family, pattern) for pattern in one.models):
        return False
    if any(document.parameter(path) in values for path, values in one.unless.items()):
        return False
    return document.parameter(one.path) is None
