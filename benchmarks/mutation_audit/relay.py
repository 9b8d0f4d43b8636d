"""A loopback relay whose outgoing client is tapped, for what takes only a base URL.

`python relay.py UPSTREAM` prints the port that it listens on, and relays until it is ended.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

from sealegs_adapters import http

_OF_THE_HOP = {"connection", "content-encoding", "content-length", "host", "transfer-encoding"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that leave; what else goes wrong, they see."""


def relay(upstream: str) -> None:
    """Serve until ended."""
    server = _Server(("127.0.0.1", 0), _handler(upstream, http.client(library=httpx2)))
    print(server.server_address[1], flush=True)
    server.serve_forever()


def _handler(upstream: str, client: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_GET(self) -> None:
            self._relay(b"")

        def do_POST(self) -> None:
            self._relay(self.rfile.read(int(self.headers.get("content-length") or 0)))

        def _relay(self, body: bytes) -> None:
            headers = _end_to_end(self.headers)
            url = upstream + self.path
            with client.stream(self.command, url, content=body, headers=headers) as reply:
                self.send_response(reply.status_code)
                for name, value in _end_to_end(reply.headers).items():
                    self.send_header(name, value)
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for part in reply.iter_bytes():
                    self._write(part)
                self.wfile.write(b"0\r\n\r\n")

        def _write(self, part: bytes) -> None:
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.flush()

    return Handler


def _end_to_end(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_HOP}


if __name__ == "__main__":
    relay(sys.argv[1])
