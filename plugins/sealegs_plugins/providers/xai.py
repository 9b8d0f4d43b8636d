"""xAI: sealed reasoning items in Responses; Chat Completions has no place for earlier thinking."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import CHAT, CHECKED, RESPONSES, RESPONSES_REFUSALS

__all__ = ["ROWS"]

_HOSTS = ("api.x.ai", "*.api.x.ai")
_GUIDE = "https://docs.x.ai/developers/model-capabilities/text/best-practices"

ROWS: tuple[Provider, ...] = (
    # An item without its sealed content is a summary only.
    Provider(
        name="xai-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        parameters=(
            Parameter(
                path="include",
                asks=True,
                value=["reasoning.encrypted_content"],
                unless={"store": (True,)},
            ),
        ),
        recoveries=RESPONSES_REFUSALS,
        source=_GUIDE,
        checked=CHECKED,
        evidence="recorded",
    ),
    # The text is taken back and, by the guide, not used.
    Provider(
        name="xai",
        wires=CHAT,
        hosts=_HOSTS,
        source=_GUIDE,
        checked=CHECKED,
        evidence="recorded",
    ),
)
