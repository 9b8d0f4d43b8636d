"""A scripted model on 127.0.0.1 that books rooms, so that the example needs no key.

It finds its tools by what their definitions say, tries a call that failed again, and reads numbers
and cities where they stand in the user's words. Put your provider in its place: nothing else
changes.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(_reply(asked)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def _reply(asked: Any) -> Any:
    user = " ".join(m["content"] for m in asked["messages"] if m["role"] == "user")
    city = next((name for name in ("Oslo", "Rome", "Lima") if name in user), "")
    nights = int(next(iter(re.findall(r"\d+", user)), "1"))
    results = [m["content"] for m in asked["messages"] if m["role"] == "tool"]
    if any('"booked"' in text for text in results):
        return _message("Your room is booked.")
    priced = any('"price"' in text for text in results)
    wanted = "Book a room" if priced else "what a room costs"
    tool = next(
        (t["function"] for t in asked["tools"] if wanted in t["function"]["description"]), None
    )
    if tool is None or not city:
        return _message("I cannot do that.")
    values: list[Any] = [city, nights]
    names = [*tool["parameters"]["properties"]]
    return _message(None, tool["name"], dict(zip(names, values, strict=False)), len(results))


def _message(text: str | None, tool: str = "", arguments: Any = None, number: int = 0) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if tool:
        function = {"name": tool, "arguments": json.dumps(arguments)}
        message["tool_calls"] = [{"id": f"call_{number}", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}
    usage = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m"}
    return {**head, "choices": [choice], "usage": usage}


@contextmanager
def serve() -> Iterator[str]:
    """Serve until the end of the block; gives the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
