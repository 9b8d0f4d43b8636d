"""OpenAI's words, which most servers that are like it use too."""

from __future__ import annotations

from sealegs.jsons import Json
from sealegs.perturbation.edits import ErrorKind

from .words import Table, Words

__all__ = ["OPENAI", "openai_error"]

_GUIDE = "https://platform.openai.com/docs/guides/error-codes/api-errors"
_CODES = "https://developers.openai.com/docs/guides/error-codes"

OPENAI: Table = {
    "rate_limit": Words(
        type="tokens",
        code="rate_limit_exceeded",
        message="Rate limit reached for this model on tokens per min (TPM): Limit 30000, "
        "Used 28039, Requested 3906. Please try again in 3.89s. "
        "Visit https://platform.openai.com/account/rate-limits to learn more.",
        source="jorge-menjivar/unsaged#53, continuedev/continue#10502",
        evidence="reported",
    ),
    "overloaded": Words(
        type="server_error",
        message="The engine is currently overloaded, please try again later",
        source=_CODES,
    ),
    "server_error": Words(
        type="server_error",
        message="The server had an error while processing your request. Sorry about that!",
        source=_CODES,
    ),
    "bad_gateway": Words(
        type="cf_bad_gateway",
        code=502,
        message="Bad gateway.",
        source="stanfordnlp/dspy#203",
        evidence="reported",
    ),
    "unavailable": Words(
        type="cf_service_unavailable",
        code=503,
        message="Service Unavailable.",
        source="as stanfordnlp/dspy#203: the proxy's form, with its other status",
        evidence="reported",
        plain=True,
    ),
    "gateway_timeout": Words(
        type="cf_gateway_timeout",
        code=504,
        message="Gateway timeout.",
        source="as stanfordnlp/dspy#203: the proxy's form, with its other status",
        evidence="reported",
        plain=True,
    ),
    "context_length": Words(
        type="invalid_request_error",
        code="context_length_exceeded",
        param="messages",
        message="This model's maximum context length is 128000 tokens. However, your messages "
        "resulted in 131072 tokens. Please reduce the length of the messages.",
        source="smol-ai/developer#7, Chanzhaoyu/chatgpt-web#372",
        evidence="reported",
    ),
    "bad_request": Words(
        type="invalid_request_error",
        message="Invalid request.",
        source="the form of openai/codex#8145",
        evidence="reported",
        plain=True,
    ),
    "authentication": Words(
        type="invalid_request_error",
        code="invalid_api_key",
        message="Incorrect API key provided. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
        source=_CODES,
    ),
    "permission": Words(
        type="request_forbidden",
        code="unsupported_country_region_territory",
        message="Country, region, or territory not supported",
        source=_CODES,
    ),
    "quota": Words(
        type="insufficient_quota",
        code="insufficient_quota",
        message="You exceeded your current quota, please check your plan and billing details. For "
        f"more information on this error, read the docs: {_GUIDE}.",
        source="OpenHands/OpenHands#998",
        evidence="reported",
    ),
    "not_found": Words(
        type="invalid_request_error",
        code="model_not_found",
        param="model",
        message="The requested model does not exist.",
        source="open-telemetry/opentelemetry-python-contrib:instrumentation-openai-v2/tests/cassettes",
        evidence="recorded",
        plain=True,
    ),
}


def openai_error(kind: ErrorKind, message: str) -> dict[str, Json]:
    """Give the object that OpenAI says an error with.

    >>> openai_error("bad_gateway", "")
    {'message': 'Bad gateway.', 'type': 'cf_bad_gateway', 'param': None, 'code': 502}
    """
    words = OPENAI[kind]
    return {
        "message": message or words.message,
        "type": words.type,
        "param": words.param,
        "code": words.code,
    }
