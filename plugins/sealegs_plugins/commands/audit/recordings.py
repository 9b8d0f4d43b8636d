"""Recorded traffic: sequences of exchanges in JSON files, and VCR cassettes in YAML."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sealegs.jsons import Json
from sealegs.wire import RequestHead

__all__ = ["Exchanged", "Sequence_", "Unreadable", "read", "sequences"]

_STREAMED = frozenset({"sse", "ndjson", "aws-eventstream", "chunks"})


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One recorded exchange.

    Attributes:
        head: the request without its body.
        request: its body.
        status: the reply's status.
        reply: the reply's body as bytes.
        streamed: whether it came as a stream.
    """

    head: RequestHead
    request: bytes
    status: int
    reply: bytes
    streamed: bool


@dataclass(frozen=True, slots=True)
class Sequence_:
    """One recorded conversation.

    Attributes:
        name: the file, or its id.
        provider: as the recording names it, or the host.
        exchanges: in order; those without a request are left out.
        unusable: how many exchanges have no request.
        golden: whether an opaque or textual value is really seen going back.
        placeholders: whether the recorder replaced opaque values.
    """

    name: str
    provider: str
    exchanges: Sequence[Exchanged]
    unusable: int = 0
    golden: bool = False
    placeholders: bool = False


class Unreadable(ValueError):
    """A file is no recording; says which, and why."""


def sequences(paths: Sequence[Path]) -> Iterator[Path]:
    """Find the recordings below paths, in order of name."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.suffix in (".json", ".yaml", ".yml") and found.name != "index.json"
            )
        else:
            yield path


def read(path: Path) -> Sequence_:
    """Read one recording.

    Raises:
        Unreadable: it is none.
    """
    try:
        if path.suffix in (".yaml", ".yml"):
            return _cassette(path)
        return _sequence(path, json.loads(path.read_text("utf-8")))
    except Unreadable:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{path}: not a recording: {type(error).__name__}: {error}") from error


def _sequence(path: Path, whole: Json) -> Sequence_:
    if not isinstance(whole, dict) or "exchanges" not in whole:
        raise Unreadable(f"{path}: not a recording: it has no member 'exchanges'")
    found: list[Exchanged] = []
    for one in whole["exchanges"]:
        request, reply = one.get("request"), one.get("response")
        if not request or not reply or not isinstance(request.get("body"), dict):
            continue
        url = f"https://{request['host']}{request['url_path']}"
        encoding = reply["body_encoding"]
        found.append(
            Exchanged(
                _head(request["method"], url, request.get("headers") or {}),
                json.dumps(request["body"], ensure_ascii=False).encode("utf-8", "surrogatepass"),
                reply["status"],
                _body(encoding, reply["body"]),
                encoding in _STREAMED,
            )
        )
    replay = (whole.get("features") or {}).get("replay") or {}
    placeholders = any("placeholders" in note for note in whole.get("notes") or ())
    golden = bool(replay.get("replayed_verbatim")) and not placeholders
    missing = len(whole["exchanges"]) - len(found)
    return Sequence_(
        str(whole.get("id") or path.name),
        str(whole.get("provider") or "?"),
        found,
        missing,
        golden,
        placeholders,
    )


def _body(encoding: str, body: Json) -> bytes:
    match encoding:
        case "json":
            return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        case "aws-eventstream":
            return base64.b64decode(body["base64"])
        case "base64":
            return base64.b64decode(body)
        case "chunks":
            return b"".join(b"data: " + _text(chunk).encode() + b"\n\n" for chunk in body)
        case _:
            return _text(body).encode("utf-8", "surrogatepass")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _head(method: str, url: str, headers: Mapping[str, Json]) -> RequestHead:
    parts = urlsplit(url)
    flat = {
        name.lower(): value[-1] if isinstance(value, list) else str(value)
        for name, value in headers.items()
        if value
    }
    return RequestHead(method.upper(), url, parts.netloc.lower(), parts.path, parts.query, flat)


def _cassette(path: Path) -> Sequence_:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise Unreadable(f'{path}: cassettes need PyYAML: pip install "sealegs[audit]"') from error
    whole = yaml.safe_load(path.read_text("utf-8"))
    if not isinstance(whole, dict) or "interactions" not in whole:
        raise Unreadable(f"{path}: not a cassette: it has no member 'interactions'")
    found: list[Exchanged] = []
    for one in whole["interactions"]:
        request, reply = one["request"], one["response"]
        body = request.get("body")
        if isinstance(body, dict):
            body = body.get("string")
        if not body:
            continue
        headers = {name.lower(): value for name, value in (reply.get("headers") or {}).items()}
        kind = str(headers.get("content-type", ""))
        found.append(
            Exchanged(
                _head(request["method"], request["uri"], request.get("headers") or {}),
                body if isinstance(body, bytes) else str(body).encode(),
                _status(reply["status"]),
                _reply(reply["body"]),
                any(mark in kind for mark in ("event-stream", "ndjson", "eventstream")),
            )
        )
    host = found[0].head.host if found else "?"
    return Sequence_(path.name, host, found, len(whole["interactions"]) - len(found))


def _status(status: Json) -> int:
    return int(status["code"] if isinstance(status, dict) else status)


def _reply(body: Json) -> bytes:
    text = body.get("string", "") if isinstance(body, dict) else body
    return text if isinstance(text, bytes) else str(text).encode()
