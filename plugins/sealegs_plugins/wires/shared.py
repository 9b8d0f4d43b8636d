"""What several wire formats read in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from sealegs.jsons import Json, canonical, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sealegs.wire import Message

__all__ = [
    "arguments",
    "as_message",
    "at_path",
    "bare",
    "error_text",
    "grow",
    "host_is",
    "is_list",
    "is_object",
    "items",
    "member",
    "merge_delta",
    "rename",
    "rename_chat_calls",
    "result_text",
    "text_and_rest",
    "usage",
]

THINKING = frozenset({"thinking", "reasoning", "redacted_thinking", "reasoning_text"})
"""Types of content parts that hold reasoning."""

_MARKS = frozenset(
    {"annotations", "cache_control", "caller", "citations", "id", "logprobs", "status"}
)


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Say whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    """Say whether a value is a JSON array."""
    return isinstance(value, list)


def member(value: Json, name: str) -> Json:
    """Read a member, or an empty string where there is none."""
    found = value.get(name) if is_object(value) else None
    return "" if found is None else found


def at_path(value: Json, path: str) -> Json:
    """Read a member by its dotted path, or ``None``."""
    if "." not in path:
        return value.get(path) if is_object(value) else None
    for name in path.split("."):
        value = value.get(name) if is_object(value) else None
    return value


def items(value: Json, name: str) -> Sequence[Json]:
    """Read a member that is a list, or an empty one."""
    found = value.get(name) if is_object(value) else None
    return found if is_list(found) else ()


def host_is(host: str, domain: str) -> bool:
    """Say whether a host, with or without its port, is a domain or stands under it.

    >>> host_is("api.mistral.ai:443", "mistral.ai"), host_is("notmistral.ai", "mistral.ai")
    (True, False)
    """
    name = host.partition(":")[0]
    return name == domain or name.endswith("." + domain)


def as_message(value: Json) -> Message:
    """Give a turn as a message; what is no object stands as a user's content."""
    return value if is_object(value) else {"role": "user", "content": value}


def arguments(value: Json) -> Json:
    """Parse a call's arguments; what is no JSON stays the text that it is."""
    if not isinstance(value, str):
        return {} if value is None else value
    try:
        return parse(value) if value.strip() else {}
    except ValueError:
        return value


def text_and_rest(content: Json) -> tuple[str, Json]:
    """Split content into its text, joined, and whatever else says something. Reasoning is neither.

    >>> text_and_rest([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    ('ab', None)
    """
    if isinstance(content, str):
        return content, None
    if not is_list(content):
        return "", content or None
    texts: list[str] = []
    rest: list[Json] = []
    for part in content:
        if is_object(part) and part.get("type") in THINKING:
            continue
        text = part if isinstance(part, str) else member(part, "text") or member(part, "refusal")
        if isinstance(text, str) and text:
            texts.append(text)
        elif not _blank(part):
            rest.append(bare(part))
    return "".join(texts), rest or None


def _blank(part: Json) -> bool:
    return part in ("", None) or (is_object(part) and part.get("text") == "")


def bare(part: Json) -> Json:
    """Give a part without what does not count: ids, cache marks, annotations, status.

    >>> bare({"type": "image", "cache_control": {"type": "ephemeral"}})
    {'type': 'image'}
    """
    if not is_object(part):
        return part
    return {key: value for key, value in part.items() if key not in _MARKS and value is not None}


WRAPPERS = frozenset({"result", "output", "content", "return_value", "error"})
"""Members in which clients put a result that is a text, where the format takes an object."""


def result_text(value: Json) -> str:
    """Give a tool's result as text where a format takes JSON; a lone text in an object is it.

    >>> result_text({"result": "15 degrees"}), result_text({"b": 1, "a": 2})
    ('15 degrees', '{"a":2,"b":1}')
    """
    if isinstance(value, str):
        return value
    if is_object(value) and len(value) == 1:
        (key, inner), *_ = value.items()
        if key in WRAPPERS and isinstance(inner, str):
            return inner
    return "" if value is None else canonical(value).decode("utf-8", "surrogatepass")


def usage(counts: Json, **paths: str | Sequence[str]) -> Mapping[str, int]:
    """Read token counts: name to dotted path, or to several of which the first one there is read.

    What is no whole number is left out.
    """
    found: dict[str, int] = {}
    for name, path in paths.items() if counts else ():
        for one in (path,) if isinstance(path, str) else path:
            count = at_path(counts, one)
            if type(count) is int or (type(count) is float and count.is_integer()):
                found[name] = int(count)
                break
    return found


def error_text(reply: Json) -> str:
    """Give the text of an error reply, however it is wrapped."""
    if isinstance(reply, str):
        return reply
    if is_list(reply):
        return " ".join(filter(None, map(error_text, reply)))
    if not is_object(reply):
        return ""
    texts = [error_text(reply.get(key)) for key in _ERROR_KEYS]
    return " ".join(text for text in texts if text)


_ERROR_KEYS = ("error", "message", "detail", "Message", "msg", "type", "metadata", "raw")


_LAST_WINS = frozenset(
    {
        "role",
        "id",
        "type",
        "index",
        "format",
        "signature",
        "thought_signature",
        "thoughtSignature",
        "name",
        "status",
    }
)


def grow(holder: dict[Any, Json], key: object, piece: str) -> None:
    """Add a piece to the text that a member holds, in time that does not grow with the text."""
    known = holder.get(key)
    text = known if isinstance(known, str) else ""
    known = holder[key] = None  # nobody else holds the text now, so CPython need not copy it
    text += piece
    holder[key] = text


def merge_delta(whole: dict[str, Json], delta: Mapping[str, Json]) -> None:
    """Add a delta to what came before: texts are joined, lists merged by ``index``.

    Names, ids and the like are whole wherever they stand, so the last one wins; Gemini and some
    servers repeat them in every chunk.
    """
    for key, value in delta.items():
        if value is None:
            whole.setdefault(key, None)
        elif isinstance(value, str) and key not in _LAST_WINS:
            grow(whole, key, value)
        elif is_list(value):
            known = whole.get(key)
            whole[key] = _merge_lists(known if is_list(known) else [], value, key)
        elif is_object(value):
            inner = whole.get(key)
            whole[key] = inner = dict(inner) if is_object(inner) else {}
            merge_delta(inner, value)
        elif value != "" or key not in whole:
            whole[key] = value


def _merge_lists(known: list[Json], new: list[Json], key: str) -> list[Json]:
    if key == "reasoning_details":  # fragments: their format merges them, by type and index
        return [*known, *new]
    for position, item in enumerate(new):
        place = position if key == "tool_calls" else None
        index = item.get("index", place) if is_object(item) else None
        if index is None:
            known.append(item)
            continue
        same = [one for one in known if is_object(one) and one.get("index") == index]
        if not same or _another(same[-1], item):
            same = [{"index": index}]
            known += same
        merge_delta(same[-1], item)
    return known


def _another(whole: Json, item: Json) -> bool:
    """Whether an item with a known index is a new call all the same.

    Some servers send every parallel call with index 0, each whole and with an id of its own.
    """
    new, old = item.get("id"), whole.get("id")
    return bool(new and old and new != old)


def rename_chat_calls(value: Json, new: Callable[[str], str]) -> bool:
    """Rename call ids in a chat message, a completion or a chunk, in place."""
    if not is_object(value):
        return False
    changed = not _NAMING.isdisjoint(value) and _rename_said(value, new)
    choices = value.get("choices")
    for choice in choices if is_list(choices) else ():
        for part in ("message", "delta") if is_object(choice) else ():
            said = choice.get(part)
            # nearly all chunks name no call: what is not there is not looked for further
            if said and is_object(said) and not _NAMING.isdisjoint(said):
                changed |= _rename_said(said, new)
    return changed


_NAMING = frozenset({"tool_calls", "reasoning_details", "tool_call_id"})


def _rename_said(message: dict[str, Json], new: Callable[[str], str]) -> bool:
    changed = rename(message, "tool_call_id", new)
    for name in ("tool_calls", "reasoning_details"):
        for holder in items(message, name):
            changed |= rename(holder, "id", new)
    return changed


def rename(holder: Json, key: str, new: Callable[[str], str]) -> bool:
    """Rename one id in place, and say whether it has another name now."""
    old = member(holder, key)
    if not isinstance(old, str) or not old or (name := new(old)) == old:
        return False
    holder[key] = name
    return True
