"""Sentences for what a schema no longer says, for the description that the model reads."""

from __future__ import annotations

from sealegs.jsons import Json, dump, is_array, is_object

__all__ = ["appended", "sentence", "short"]

LONGEST = 200
"""A value whose JSON is longer than this is not told: the model would not read it."""

_SENTENCES = {
    "minimum": "Must be at least {}.",
    "maximum": "Must be at most {}.",
    "exclusiveMinimum": "Must be greater than {}.",
    "exclusiveMaximum": "Must be less than {}.",
    "multipleOf": "Must be a multiple of {}.",
    "minLength": "Shortest length: {}.",
    "maxLength": "Longest length: {}.",
    "pattern": "Must match the regular expression `{}`.",
    "format": "Format: {}.",
    "minItems": "Fewest items: {}.",
    "maxItems": "Most items: {}.",
    "minProperties": "Fewest entries: {}.",
    "maxProperties": "Most entries: {}.",
    "enum": "Must be one of {}.",
    "const": "Must be {}.",
    "default": "Default: {}.",
    "propertyNames": "Names must fit {}.",
    "contains": "One item must fit {}.",
    "dependentRequired": "Names that require others: {}.",
    "not": "Must not fit {}.",
    "anyOf": "Must fit one of {}.",
    "oneOf": "Must fit exactly one of {}.",
}
_BARE = frozenset({"pattern", "format"})


def sentence(keyword: str, value: Json) -> str:
    """Say in a sentence what a keyword said; empty where it is not worth one.

    >>> sentence("minimum", 1), sentence("pattern", "^a$"), sentence("uniqueItems", True)
    ('Must be at least 1.', 'Must match the regular expression `^a$`.', 'Items must differ.')
    """
    if keyword == "uniqueItems":
        return "Items must differ." if value else ""
    template = _SENTENCES.get(keyword, "")
    if not template or (keyword in ("minItems", "minProperties", "minLength") and value == 0):
        return ""
    text = value if keyword in _BARE and isinstance(value, str) else short(value, LONGEST)
    return template.format(text) if text and len(text) <= LONGEST else ""


def short(value: Json, most: int) -> str:
    """Give a value's JSON; empty where it is longer than so many characters.

    >>> short({"a": [1]}, 20), short([0] * 100, 20)
    ('{"a":[1]}', '')
    """
    budget, todo = most, [value]
    while todo and budget >= 0:
        item = todo.pop()
        if is_object(item):
            budget -= sum(map(len, item)) + 4 * len(item)
            todo += item.values()
        elif is_array(item):
            budget -= len(item)
            todo += item
        else:
            budget -= len(item) if isinstance(item, str) else 1
    text = dump(value).decode("utf-8", "replace") if budget >= 0 else ""
    return text if len(text) <= most else ""


def appended(description: str, sentences: list[str]) -> str:
    """Add sentences to a description, each once.

    >>> appended("How many", ["Must be at least 1."])
    'How many. Must be at least 1.'
    """
    for added in sentences:
        if added and added not in description:
            body = description.rstrip()
            ended = not body or body[-1] in ".!?:;)]}>\n`\"'"
            description = f"{body}{'' if ended else '.'}{' ' if body else ''}{added}"
    return description
