"""A server on loopback that keeps one network, as /v1/network does."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import orjson

KEY = "k-1"


class NetworkServer(HTTPServer):
    """Keeps the text and its version; `problem` makes it refuse everything."""

    text = ""
    version = 0
    problem: dict[str, object] | None = None
    raw = b""


class _Handler(BaseHTTPRequestHandler):
    server: NetworkServer

    def log_message(self, format, *args):
        pass

    def do_GET(self):
        if self._refused():
            return
        if not self.server.version:
            self._answer(404, b'{"title": "No network yet"}')
            return
        self._answer(200, self.server.text.encode())

    def do_PUT(self):
        if self._refused():
            return
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["if-match"] != f'"{self.server.version}"':
            self._answer(412, b'{"title": "The network changed meanwhile", "detail": "try again"}')
            return
        self.server.text = body.decode()
        self.server.version += 1
        self._answer(200, orjson.dumps({"version": self.server.version}))

    def _refused(self) -> bool:
        if self.headers["authorization"] != f"Bearer {KEY}":
            self._answer(401, b'{"title": "Who are you?",\n "detail": "the key is not known"}')
        elif self.server.problem is not None:
            self._answer(422, orjson.dumps(self.server.problem))
        elif self.server.raw:
            self._answer(502, self.server.raw)
        else:
            return False
        return True

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("etag", f'"{self.server.version}"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def network_server():
    """Serve while the test runs."""
    with NetworkServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
