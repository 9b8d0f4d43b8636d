"""DeepSeek: the API, and its strict mode, which only the beta endpoint has."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect, Keyword, References, Shape

from .common import ANTHROPIC, CHAT, CHECKED, KEPT, NAME_64, PLAIN, RESPONSES, each

__all__ = ["DIALECTS"]

_GUIDE = "https://api-docs.deepseek.com/guides/tool_calls#strict-mode-beta"

_LENIENT = Dialect(
    name="deepseek",
    form="openai-chat",
    wires=CHAT,
    providers=("deepseek*", "azure-deepseek"),
    budget=Budget(tools=128),
    names=NAME_64,
    source="https://api-docs.deepseek.com/api/create-chat-completion",
    checked=CHECKED,
)

DIALECTS: tuple[Dialect, ...] = (
    # No strict dialect is named: an endpoint without /beta refuses the flag, and it is not known
    # which one a request goes to.
    _LENIENT,
    replace(
        _LENIENT,
        name="deepseek-strict",
        providers=(),
        enforced=True,
        keywords={
            **each(PLAIN, KEPT),
            **each(("$defs", "$def", "$ref", "const"), KEPT),
            "additionalProperties": Keyword(values=(False,)),
            "pattern": Keyword(unless=r"\(\?[=!<]", compiles=True),
        },
        otherwise="refused",
        unknown="refused",
        shape=Shape(
            typed=True,
            type_lists=False,
            items=True,
            booleans=False,
            anything=False,
            enums="scalars",
            closed=True,
            all_required=True,
            maps=False,
            open=False,
            declared=True,
        ),
        references=References(siblings="none", pattern=r"#|#/\$defs?/[^/]+"),
        source=f"{_GUIDE}, Hmbown/Codewhale#938, deepseek-ai/DeepSeek-V3#1069",
        doubts="Numeric bounds and formats are documented as supported, and reported as refused; "
        "they are refused here. Strict calls may come as malformed JSON.",
    ),
    replace(
        _LENIENT,
        name="deepseek-anthropic",
        form="anthropic",
        wires=ANTHROPIC,
        source="https://api-docs.deepseek.com/guides/anthropic_api",
        doubts="Which of Anthropic's rules hold there was not found.",
    ),
    replace(
        _LENIENT,
        name="deepseek-responses",
        form="openai-responses",
        wires=RESPONSES,
        source="pydantic/pydantic-ai:tests/models/cassettes/test_deepseek_responses",
        evidence="reported",
        doubts="Recordings show closed schemas, all properties required, with the strict flag.",
    ),
)
