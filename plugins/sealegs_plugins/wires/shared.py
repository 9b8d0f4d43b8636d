"""What several wire formats read in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sealegs.jsons import Json, parse
from sealegs.wire import Message

__all__ = [
    "arguments",
    "as_message",
    "at_path",
    "error_text",
    "items",
    "member",
    "merge_delta",
    "rename_chat_calls",
    "text_and_rest",
    "usage",
]


def member(value: Json, name: str) -> Json:
    """Read a member, or an empty string where there is none."""
    found = value.get(name) if isinstance(value, dict) else None
    return "" if found is None else found


def at_path(value: Json, path: str) -> Json:
    """Read a member by its dotted path, or ``None``."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def items(value: Json, name: str) -> Sequence[Json]:
    """Read a member that is a list, or an empty one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else ()


def as_message(value: Json) -> Message:
    """Give a turn as a message; what is no object stands as a user's content."""
    return value if isinstance(value, dict) else {"role": "user", "content": value}


def arguments(value: Json) -> Json:
    """Parse a call's arguments; what is no JSON stays the text that it is."""
    if not isinstance(value, str):
        return value
    try:
        return parse(value) if value.strip() else {}
    except ValueError:
        return value


def text_and_rest(content: Json) -> tuple[str, Json]:
    """Split content into its text, joined, and whatever else says something.

    >>> text_and_rest([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    ('ab', None)
    """
    if isinstance(content, str):
        return content, None
    if not isinstance(content, list):
        return "", content or None
    texts: list[str] = []
    rest: list[Json] = []
    for part in content:
        text = part if isinstance(part, str) else member(part, "text") or member(part, "refusal")
        if isinstance(text, str) and text:
            texts.append(text)
        elif not _blank(part):
            rest.append(part)
    return "".join(texts), rest or None


def _blank(part: Json) -> bool:
    return part in ("", None) or (isinstance(part, dict) and part.get("text") == "")


def usage(counts: Json, **paths: str) -> Mapping[str, int]:
    """Read token counts: name to dotted path; what is no whole number is left out."""
    found = {name: at_path(counts, path) for name, path in paths.items()}
    return {name: count for name, count in found.items() if isinstance(count, int)}


def error_text(reply: Json) -> str:
    """Give the text of an error reply, however it is wrapped."""
    if isinstance(reply, str):
        return reply
    if isinstance(reply, list):
        return " ".join(error_text(item) for item in reply)
    if not isinstance(reply, dict):
        return ""
    texts = [
        value if isinstance(value, str) else error_text(value)
        for key in ("error", "message", "detail", "Message", "msg", "type", "metadata", "raw")
        if (value := reply.get(key))
    ]
    return " ".join(text for text in texts if text)


_LAST_WINS = frozenset({"role", "id", "type", "index", "format", "signature", "name", "status"})


def merge_delta(whole: dict[str, Json], delta: Mapping[str, Json]) -> None:
    """Add a delta to what came before: texts are joined, lists merged by ``index``.

    Names, ids and the like are whole wherever they stand, so the last one wins; Gemini and some
    servers repeat them in every chunk.
    """
    for key, value in delta.items():
        if value is None:
            whole.setdefault(key, None)
        elif isinstance(value, str) and key not in _LAST_WINS:
            whole[key] = (whole.get(key) or "") + value
        elif isinstance(value, list):
            known = whole.get(key)
            whole[key] = _merge_lists(known if isinstance(known, list) else [], value, key)
        elif isinstance(value, dict):
            inner = whole.get(key)
            whole[key] = inner = dict(inner) if isinstance(inner, dict) else {}
            merge_delta(inner, value)
        elif value != "" or key not in whole:
            whole[key] = value


def _merge_lists(known: list[Json], new: list[Json], key: str) -> list[Json]:
    if key == "reasoning_details":  # fragments: their format merges them, by type and index
        return [*known, *new]
    for position, item in enumerate(new):
        index = item.get("index", position) if isinstance(item, dict) else None
        if index is None:
            known.append(item)
            continue
        whole = next((one for one in known if isinstance(one, dict) and one.get("index") == index), None)
        fresh = whole is None or _another(whole, item)
        if fresh:
            whole = {"index": index}
            known.append(whole)
        if whole is not None:
            merge_delta(whole, item)
    return known


def _another(whole: Json, item: Json) -> bool:
    """Whether an item with a known index is a new call all the same.

    Some servers send every parallel call with index 0, each whole and with an id of its own.
    """
    new, old = item.get("id"), whole.get("id")
    return bool(new and old and new != old)


def rename_chat_calls(value: Json, rename: Callable[[str], str]) -> bool:
    """Rename call ids in a chat message, a completion or a chunk, in place."""
    if not isinstance(value, dict):
        return False
    changed = False
    for choice in items(value, "choices"):
        for part in ("message", "delta"):
            changed |= rename_chat_calls(member(choice, part), rename)
    for call in items(value, "tool_calls"):
        changed |= _rename(call, "id", rename)
    for detail in items(value, "reasoning_details"):
        changed |= _rename(detail, "id", rename)
    return _rename(value, "tool_call_id", rename) or changed


def _rename(holder: Json, key: str, rename: Callable[[str], str]) -> bool:
    old = member(holder, key)
    if not isinstance(old, str) or not old:
        return False
    new = rename(old)
    if new == old:
        return False
    holder[key] = new
    return True
