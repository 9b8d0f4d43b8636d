"""Mistral: chat completions like OpenAI's, with words of its own."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.perturbation.edits import ErrorKind

from .words import Table, Words

__all__ = ["MISTRAL", "mistral_error"]

_ERRORS = "https://docs.mistral.ai/api/"

MISTRAL: Table = {
    "rate_limit": Words(
        type="rate_limited",
        code="1300",
        message="Rate limit exceeded",
        source="cline/cline#9085, raycast/extensions#31107",
        evidence="reported",
    ),
    "overloaded": Words(
        type="service_tier_capacity_exceeded",
        code="3505",
        message="Service tier capacity exceeded for this model.",
        source="continuedev/continue#6185, BerriAI/litellm#25078",
        evidence="reported",
    ),
    "server_error": Words(
        type="internal_server_error",
        code="3000",
        message="Internal server error",
        source=_ERRORS,
        plain=True,
    ),
    "bad_gateway": Words(type="bad_gateway", message="Bad gateway", source=_ERRORS, plain=True),
    "unavailable": Words(
        type="unreachable_backend",
        code="1100",
        message="Service unavailable.",
        source=_ERRORS,
        plain=True,
    ),
    "gateway_timeout": Words(
        type="timeout", message="Request timed out", source=_ERRORS, plain=True
    ),
    "context_length": Words(
        type="invalid_request_prompt",
        code="3051",
        message="Prompt contains too many tokens and 0 draft tokens, too large for model with "
        "131072 maximum context length",
        source=_ERRORS,
        plain=True,
    ),
    "bad_request": Words(
        type="invalid_request_error",
        message="Invalid request.",
        source="the form of continuedev/continue#6185",
        evidence="reported",
        plain=True,
    ),
    "authentication": Words(
        type="unauthorized",
        message="Invalid API Key",
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes/chat_error_handling_with_mistral",
        evidence="recorded",
    ),
    "permission": Words(type="forbidden", message="Forbidden", source=_ERRORS, plain=True),
    "quota": Words(
        type="rate_limited",
        code="1300",
        message="You have reached your monthly usage limit.",
        source="the form of cline/cline#9085; the cause of vanna-ai/vanna#177",
        evidence="reported",
        plain=True,
    ),
    "not_found": Words(
        type="invalid_model",
        code="1500",
        message="Invalid model: no-such-model",
        source="0xPlaygrounds/rig:tests/cassettes/mistral/response_identity_edge",
        evidence="recorded",
    ),
}


def mistral_error(kind: ErrorKind, message: str, status: int) -> dict[str, Json]:
    """Give the object that Mistral says an error with.

    >>> mistral_error("authentication", "", 401)
    {'detail': 'Invalid API Key'}
    """
    words = MISTRAL[kind]
    said = message or words.message
    if kind == "authentication":
        return {"detail": said}
    error = {"object": "error", "message": said, "type": words.type}
    known = {"raw_status_code": status} if status else {}
    return {**error, "param": words.param, "code": words.code, **known}
