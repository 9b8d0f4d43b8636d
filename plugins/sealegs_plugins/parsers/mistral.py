"""Mistral: a control token, then an array of objects, or a name and its arguments.

``[TOOL_CALLS] [{"name": …, "arguments": {…}, "id": …}]`` up to tokenizer version 7;
``[TOOL_CALLS]name[ARGS]{…}`` from version 11 on, with ``[CALL_ID]id`` before ``[ARGS]`` in version
11, and the token again before each further call
(https://docs.mistral.ai/guides/tokenization/, mistral-common's instruct tokenizers; vLLM's
"mistral"). Without the special tokens' text a name may be followed by its arguments at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import FAIL, Syntax, called, json_states

__all__ = ["PARSERS"]

_VALUE = Go("json", push="done", note="value")
_NOT_A_NAME = dict.fromkeys((" ", "\n", "\t", "`", '"', "'", "<", "(", ")", ",", ":", "]"), FAIL)

_GRAMMAR = Grammar(
    starts={"[TOOL_CALLS]": Go("open")},
    states={
        "open": State({"[": Go("json", push="done", note="list")}, other=Go("name", note="name")),
        "name": State(
            {
                "[ARGS]": Go("arguments", note="name_end"),
                "[CALL_ID]": Go("id", note="name_end id"),
                "{": Go("json", push="done", note="name_end value"),
                **_NOT_A_NAME,
            }
        ),
        "id": State({"[ARGS]": Go("arguments", note="id_end"), "\n": FAIL, " ": FAIL}),
        "arguments": State({"{": _VALUE}, other=FAIL),
        **json_states(),
        "done": State({}, stop=True, mark=True),
    },
)


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    places = {note.label: note for note in notes}
    if "list" in places:
        return called(region[places["list"].start :], whole=whole)
    if "value" not in places:
        return None
    name = region[places["name"].start : places["name_end"].start]
    identifier = ""
    if "id_end" in places:
        identifier = region[places["id"].end : places["id_end"].start]
    value = places["value"].end - 1
    end, balanced = value_end(region, value)
    return [ParsedCall(name, region[value:end], identifier, whole or balanced)]


PARSERS = (
    Syntax(
        name="mistral",
        openers=(Opener("[TOOL_CALLS]"),),
        grammar=_GRAMMAR,
        read=_read,
        models=(
            "mistral*",
            "ministral*",
            "magistral*",
            "devstral*",
            "codestral*",
            "mixtral*",
            "pixtral*",
            "open-mistral*",
            "open-mixtral*",
            "voxtral*",
        ),
        source="https://docs.mistral.ai/guides/tokenization/, mistralai/mistral-common",
    ),
)
