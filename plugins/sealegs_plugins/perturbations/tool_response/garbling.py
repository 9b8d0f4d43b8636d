"""R4: results that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.drawing import Draw
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs.perturbation.tools.values import write_text
from sealegs_plugins.perturbations.tool_response.places import spared

__all__ = ["MalformedResult"]

_SHEET: Final = Sheet(
    name="malformed-result",
    code="R4",
    surface="tool_response",
    label="recoverable",
    summary="a result cannot be read: broken JSON, wrong encoding, an error page; asked for again, "
    "it can",
    parameters=(
        {"how": "json", "share": 0.2, "times": 1},
        {"how": "mojibake", "share": 0.2, "times": 1},
        {"how": "html", "share": 0.2, "times": 2},
    ),
    source="AgentChaos (a fifth of the characters), agentfuzz (malformed JSON, HTML error page)",
)

_PAGE: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"
)


@dataclass(frozen=True, slots=True)
class MalformedResult:
    """Makes a result unreadable.

    Parameters: ``how``: ``json`` breaks the syntax and leaves what is said (a text that is no JSON
    is cut in the midst of it), ``mojibake`` garbles a ``share`` of the characters, ``html`` puts an
    error page in its place; ``times`` that the same call's result is, 0 for any number.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> malformed = MalformedResult()
    >>> malformed.result(ToolCall("find", {}), {"name": "Ann", "age": 31}, about(malformed))
    ("{'name': 'Ann', 'age': 31}",)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give what cannot be read."""
        if spared(value, about):
            return None
        text = write_text(value)
        match about.parameters["how"]:
            case "html":
                new = _PAGE
            case "mojibake":
                new = _garbled(text, about.parameters["share"], about.draw)
            case _:
                new = _broken(value, text, about.draw)
        return None if new == text else (new,)


def _broken(value: Json, text: str, draw: Draw) -> str:
    """Break a JSON text as programs do that write it by hand, or cut it."""
    if not (is_object(value) or is_array(value)) or not value:
        return text[: len(text) // 2]
    ways = (
        text[:-1] + ",",  # the end is lost behind a comma
        text[:-1] + "," + text[-1],  # a comma before the end
        text[:-1].replace('"', "'") + text[-1],  # quotes of another language
        "Result: " + text,  # words before it
    )
    new = draw.pick(ways, "way")
    return ways[0] if new == text else new


def _garbled(text: str, share: float, draw: Draw) -> str:
    """Garble characters as a wrong encoding does; a long text in runs, so that it stays cheap."""
    size = 1 + len(text) // 2_000
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return "".join(
        "\ufffd" * len(piece) if draw.unit(f"garbled/{index}") < share else _misread(piece)
        for index, piece in enumerate(pieces)
    )


def _misread(piece: str) -> str:
    return piece.encode("utf-8", "surrogatepass").decode("cp1252", "replace")
