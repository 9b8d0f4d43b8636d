"""MiniMax: think tags in the text, or reasoning details where the caller asks for them."""

from __future__ import annotations

from sealegs.knowledge import Parameter, Provider

from .common import ANTHROPIC, CHAT, CHECKED, RESPONSES

__all__ = ["ROWS"]

_HOSTS = ("api.minimax.io", "api.minimaxi.com")
_GUIDE = "https://platform.minimax.io/docs/guides/text-m2-function-call"
_GUIDE_M3 = "https://platform.minimax.io/docs/guides/text-m3-function-call"
_SPLIT = Parameter(
    path="reasoning_split", asks=True, value=True, use="optional", models=("minimax-m[2-9]*",)
)

ROWS: tuple[Provider, ...] = (
    # As it arrived: tags stay in the text, details stay details. The server trims by itself
    # (MiniMaxAI/MiniMax-M2 on Hugging Face, discussion 38), so every turn may go back.
    Provider(
        name="minimax",
        wires=CHAT,
        hosts=_HOSTS,
        demand="all",
        parameters=(_SPLIT,),
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="minimax-m3",
        wires=CHAT,
        hosts=_HOSTS,
        models=("minimax-m3*",),
        rank=50,
        demand="all",
        parameters=(_SPLIT,),
        source=_GUIDE_M3,
        checked=CHECKED,
    ),
    # M3 stops thinking after the first tool round where its block is missing
    # (NousResearch/hermes-agent#75725). The call ids of replays are looked up by the server.
    Provider(
        name="minimax-anthropic",
        wires=ANTHROPIC,
        hosts=_HOSTS,
        paths=("/anthropic/*",),
        out=("thinking_blocks",),
        demand="all",
        source=_GUIDE,
        checked=CHECKED,
    ),
    Provider(
        name="minimax-responses",
        wires=RESPONSES,
        hosts=_HOSTS,
        out=("reasoning_items",),
        demand="all",
        source="https://platform.minimax.io/docs/api-reference/responses-create",
        checked=CHECKED,
    ),
)
