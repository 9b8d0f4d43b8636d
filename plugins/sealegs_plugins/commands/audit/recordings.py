"""Recorded traffic: sequences of exchanges in JSON files, and VCR cassettes in YAML."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import RequestHead

__all__ = ["Exchanged", "Recording", "UnreadableError", "read", "recordings"]

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
class Recording:
    """One recorded conversation.

    Attributes:
        name: the file, or its id.
        provider: as the recording names it, or the host.
        exchanges: in order; those without a request are left out.
        unusable: how many exchanges have no request.
        golden: whether an opaque or textual value is really seen going back.
    """

    name: str
    provider: str
    exchanges: Sequence[Exchanged]
    unusable: int = 0
    golden: bool = False


class UnreadableError(ValueError):
    """A file is no recording; says which, and why."""


def recordings(paths: Sequence[Path]) -> Iterator[Path]:
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


def read(path: Path) -> Recording:
    """Read one recording.

    Raises:
        UnreadableError: it is none.
    """
    try:
        if path.suffix in (".yaml", ".yml"):
            return _of_cassette(path, _cassette(path))
        return _of_file(path, msgspec.json.decode(path.read_bytes(), type=_File))
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(f"{path}: not a recording: {error}") from error


class _Request(msgspec.Struct):
    host: str
    url_path: str
    method: str = "POST"
    headers: dict[str, Json] | None = None
    body: Json = None


class _Response(msgspec.Struct):
    status: int
    body_encoding: str
    body: Json = None


class _Pair(msgspec.Struct):
    request: _Request | None = None
    response: _Response | None = None


class _Replay(msgspec.Struct):
    replayed_verbatim: int = 0


class _Features(msgspec.Struct):
    replay: _Replay | None = None


class _File(msgspec.Struct):
    exchanges: list[_Pair]
    id: str = ""
    provider: str = "?"
    notes: list[str] = []
    features: _Features = msgspec.field(default_factory=_Features)


def _of_file(path: Path, whole: _File) -> Recording:
    found: list[Exchanged] = []
    for one in whole.exchanges:
        request, reply = one.request, one.response
        if request is None or reply is None or not is_object(request.body):
            continue
        url = f"https://{request.host}{request.url_path}"
        found.append(
            Exchanged(
                _head(request.method, url, request.headers or {}),
                _text(request.body).encode("utf-8", "surrogatepass"),
                reply.status,
                _body(reply.body_encoding, reply.body),
                reply.body_encoding in _STREAMED,
            )
        )
    replayed = whole.features.replay.replayed_verbatim if whole.features.replay else 0
    # where the recorder replaced opaque values, their bytes show nothing
    real = not any("placeholders" in note for note in whole.notes)
    missing = len(whole.exchanges) - len(found)
    return Recording(whole.id or path.name, whole.provider, found, missing, replayed > 0 and real)


def _body(encoding: str, body: Json) -> bytes:
    match encoding:
        case "aws-eventstream" if is_object(body):
            return base64.b64decode(str(body["base64"]))
        case "base64":
            return base64.b64decode(str(body))
        case "chunks" if is_array(body):
            return b"".join(b"data: " + _text(chunk).encode() + b"\n\n" for chunk in body)
        case "json":
            return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        case _:
            return _text(body).encode("utf-8", "surrogatepass")


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _head(method: str, url: str, headers: Mapping[str, Json]) -> RequestHead:
    parts = urlsplit(url)
    flat = {
        name.lower(): str(value[-1] if is_array(value) else value)
        for name, value in headers.items()
        if value
    }
    return RequestHead(method.upper(), url, parts.netloc.lower(), parts.path, parts.query, flat)


class _Asked(msgspec.Struct):
    method: str
    uri: str
    body: Json = None
    headers: dict[str, Json] | None = None


class _Answered(msgspec.Struct):
    status: Json
    body: Json = None
    headers: dict[str, Json] | None = None


class _Interaction(msgspec.Struct):
    request: _Asked
    response: _Answered


class _Cassette(msgspec.Struct):
    interactions: list[_Interaction]


def _cassette(path: Path) -> _Cassette:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise UnreadableError(
            f'{path}: cassettes need PyYAML: pip install "sealegs[audit]"'
        ) from error
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _Cassette)
    except yaml.YAMLError as error:
        raise UnreadableError(f"{path}: not a cassette: {error}") from error


def _of_cassette(path: Path, whole: _Cassette) -> Recording:
    found: list[Exchanged] = []
    for one in whole.interactions:
        body = _bytes(one.request.body)
        if not body:
            continue
        headers = _head("GET", "", one.response.headers or {}).headers
        kind = headers.get("content-type", "")
        found.append(
            Exchanged(
                _head(one.request.method, one.request.uri, one.request.headers or {}),
                body,
                _status(one.response.status),
                _bytes(one.response.body),
                any(mark in kind for mark in ("event-stream", "ndjson", "eventstream")),
            )
        )
    host = found[0].head.host if found else "?"
    return Recording(path.name, host, found, len(whole.interactions) - len(found))


def _status(status: Json) -> int:
    return int(status["code"] if is_object(status) else status)


def _bytes(body: Json) -> bytes:
    """Give a cassette's body: text or bytes, bare or under ``string``."""
    text = body.get("string") if is_object(body) else body
    if text is None:
        return b""
    return text if isinstance(text, bytes) else str(text).encode()
