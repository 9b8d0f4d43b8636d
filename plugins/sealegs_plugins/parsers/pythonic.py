"""Calls that look like Python: ``name(key='value', other=[1, None])``.

Only literals are read, never run. They become JSON text, so a number or a list is what the model
wrote, and ``None`` is null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sealegs.calls.following import Go, State
from sealegs.calls.parsing import ParsedCall
from sealegs.jsons import parse

from .tagged import quoted

__all__ = ["python_states", "read_calls"]

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<string>[rRuU]?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"
        |'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))
    |(?P<number>-?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d][\w.-]*)
    |(?P<mark>[\[\](){}:,=])""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null"} | {
    word: word for word in ("true", "false", "null")
}
_ESCAPE = re.compile(
    r"\\(?:(\n)|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))", re.DOTALL
)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "0": "\0"} | {
    mark: mark for mark in "\\'\""
}
_NUMBER = re.compile(r"(-?)0*(?=\d)(\d+)(?:(\.\d+)|\.)?([eE][+-]?\d+)?")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def python_states(
    closers: Mapping[str, Go] | None = None, name: str = "python"
) -> dict[str, State]:
    """Give the states of an argument list's inside.

    Args:
        closers: what ends it wherever it stands outside a string.
        name: of the state.
    """
    opening, strings = Go(name, push=name), {'"': "double", "'": "single"}
    return {
        name: State(
            {
                **dict.fromkeys("([{", opening),
                **dict.fromkeys(")]}", Go(pop=True)),
                **{mark: Go(state, push=name) for mark, state in strings.items()},
                **{mark * 3: Go(f"{state} triple", push=name) for mark, state in strings.items()},
                **(closers or {}),
            }
        ),
        **{
            f"{state}{kind}": State({mark * times: Go(pop=True), f"\\{mark}": Go(), "\\\\": Go()})
            for mark, state in strings.items()
            for kind, times in (("", 1), (" triple", 3))
        },
    }


class _StrayError(Exception):
    """Something stands there that is no call with named literals, or the text ends before it."""


class _Tokens:
    """The tokens of a text, one ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.kind = self.text = ""
        self.take()

    def take(self) -> str:
        """Go to the next token; give the one before."""
        before = self.text
        self.kind = "space"
        while self.kind == "space":
            hit = _TOKEN.match(self._text, self._at)
            if hit is None:
                self.kind, self.text = ("end" if self._at == len(self._text) else "bad"), ""
                return before
            self.kind, self.text, self._at = hit.lastgroup or "bad", hit[0], hit.end()
        return before

    def expect(self, mark: str) -> None:
        """Go past a mark that must stand there."""
        if self.kind != "mark" or self.text != mark:
            raise _StrayError
        self.take()


def read_calls(text: str, *, whole: bool) -> list[ParsedCall] | None:
    """Read one call, or several with commas or line breaks between them, in brackets or not.

    >>> [(call.name, call.arguments) for call in read_calls("[f(a='x', b=(1, None))]", whole=True)]
    [('f', '{"a":"x","b":[1,null]}')]

    Args:
        text: what stands there.
        whole: false where it was cut off: then the last call may be given in part.

    Returns:
        ``None`` where anything but calls with named literals stands there.
    """
    found: list[ParsedCall] = []
    tokens = _Tokens(text)
    bracket = tokens.text == "["
    if bracket:
        tokens.take()
    name = ""
    values: dict[str, str] = {}
    try:
        while tokens.kind == "name":
            called = tokens.take()
            values = {}
            tokens.expect("(")
            name = called
            _arguments(tokens, values)
            found.append(ParsedCall(name, _object(values)))
            name = ""
            if tokens.text == ",":
                tokens.take()
        if bracket:
            tokens.expect("]")
    except _StrayError:
        if whole or tokens.kind not in {"end", "bad"}:
            return None
        if name and (found or values):
            found.append(ParsedCall(name, _object(values), whole=False))
        return found or None
    return found if found and tokens.kind == "end" else None


def _arguments(tokens: _Tokens, values: dict[str, str]) -> None:
    """Read named arguments up to the closing parenthesis, each as JSON text."""
    while tokens.kind == "name":
        key = tokens.take()
        tokens.expect("=")
        values[key] = _literal(tokens)
        if tokens.text != ",":
            break
        tokens.take()
    tokens.expect(")")


def _literal(tokens: _Tokens) -> str:
    """Read a literal, and give it as JSON text."""
    out: list[str] = []
    closing: list[str] = []
    while True:
        token, kind = tokens.text, tokens.kind
        if kind == "mark" and token in _CLOSING:
            closing.append(_CLOSING[token])
            out.append("{" if token == "{" else "[")
        elif kind == "mark" and closing and token == closing[-1]:
            if out[-1] == ",":
                out.pop()
            out.append("}" if closing.pop() == "}" else "]")
        elif kind == "mark" and closing and token in ",:":
            out.append(token)
        else:
            out.append(_scalar(kind, token))
        if not closing:
            text = "".join(out)
            _check(text)
            tokens.take()
            return text
        tokens.take()


def _scalar(kind: str, token: str) -> str:
    if kind == "string":
        return quoted(_spelled(token))
    if kind == "number" and (hit := _NUMBER.fullmatch(token.replace("_", ""))):
        return f"{hit[1]}{hit[2]}{hit[3] or ''}{hit[4] or ''}"
    if kind == "name" and token in _WORDS:
        return _WORDS[token]
    raise _StrayError


def _spelled(token: str) -> str:
    """Give what a string literal spells."""
    bare = token.lstrip("rRuU")
    size = 3 if bare[:3] in {'"""', "'''"} else 1
    inner = bare[size : len(bare) - size]
    return inner if token[0] in "rR" else _ESCAPE.sub(_character, inner)


def _character(hit: re.Match[str]) -> str:
    if hit[1]:
        return ""
    code = hit[2] or hit[3] or hit[4]
    if code:
        return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else hit[0]
    return _ESCAPED.get(hit[5], hit[0])


def _check(text: str) -> None:
    try:
        parse(text)
    except (ValueError, RecursionError):
        raise _StrayError from None


def _object(values: Mapping[str, str]) -> str:
    return f"{{{','.join(f'{quoted(key)}:{text}' for key, text in values.items())}}}"
