"""R13: results with passages beside them that have nothing to do with the task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.operators import About, Sheet
from sealegs_plugins.perturbations.tool_response.places import spared

__all__ = ["ResultNoise", "beside"]

_SHEET: Final = Sheet(
    name="result-noise",
    code="R13",
    surface="tool_response",
    label="invariant",
    summary="passages that have nothing to do with the task stand beside a result",
    parameters=({"passages": 1}, {"passages": 3}, {"passages": 8}),
    source="AgentNoiseBench (arXiv 2602.11348), tool noise: irrelevant and redundant passages; the "
    "numbers are our own. Misleading ones would not be invariant",
)

_PASSAGES: Final = (
    "This service is maintained by the platform team. Opening hours of the help desk are posted on "
    "its notice board.",
    "Did you know? Results can also be shown as a table in the web console.",
    "The documentation of this service has moved to a new home; old links go on working.",
    "Thank you for using this service. A survey about it will be open until the end of the season.",
    "Some regions may see longer maintenance windows at night. No action is needed.",
    "Cookies are used on the web site of this service to remember the preferred language.",
    "A mobile app for this service can be found in the usual stores.",
    "The colours of the web console follow the system's setting for light and dark.",
    "Release notes are published every other week and can be read without an account.",
    "This answer was produced by a node in the nearest data centre.",
)


@dataclass(frozen=True, slots=True)
class ResultNoise:
    """Puts passages beside a result; the result itself stays whole.

    Parameters: ``passages``: how many.

    >>> from sealegs_plugins.perturbations.trying import about
    >>> noise = ResultNoise()
    >>> (new,) = noise.result(ToolCall("find", {}), {"name": "Ann"}, about(noise, 2))
    >>> new["name"], len(new["notices"])
    ('Ann', 3)
    """

    name: str = _SHEET.name
    sheet: Sheet = _SHEET

    def result(self, call: ToolCall, value: Json, about: About, /) -> tuple[Json] | None:
        """Give it with the passages."""
        if spared(value, about):
            return None
        passages = about.draw.shuffled(_PASSAGES, "passages")[: about.parameters["passages"]]
        return (beside(value, "notices", passages),)


def beside(value: Json, key: str, texts: Sequence[str]) -> Json:
    r"""Put texts beside a value: into an object, around a list, below a text.

    >>> beside([1], "notices", ["Hello."]), beside("12 degrees", "notices", ["Hello."])
    ({'items': [1], 'notices': ['Hello.']}, '12 degrees\n\nHello.')
    """
    if is_object(value):
        while key in value:
            key += "_"
        return {**value, key: list(texts)}
    if is_array(value):
        return {"items": value, key: list(texts)}
    if isinstance(value, str):
        return "\n\n".join([value, *texts])
    return {"result": value, key: list(texts)}
