"""A small HTTP client for these tests: it hides nothing that the server does."""

from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httptools
import orjson
import trio

from market.http import HttpReply, HttpRequest

PATIENCE_S = 5  # A test that waits longer has failed.


class Reading:
    def __init__(self):
        self.body, self.headers, self.whole = b"", [], False

    def on_header(self, name, value):
        self.headers.append((name.decode().lower(), value.decode()))

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        self.whole = True


class Client:
    """One keep-alive connection."""

    def __init__(self, stream):
        self.stream = stream

    async def ask(self, request: HttpRequest) -> HttpReply:
        await self.stream.send_all(raw(request))
        return await self.read()

    async def read(self) -> HttpReply:
        reading = Reading()
        parser = httptools.HttpResponseParser(reading)
        with trio.fail_after(PATIENCE_S):
            while not reading.whole:
                data = await self.stream.receive_some()
                if not data:
                    raise EOFError("the answer is not whole")
                parser.feed_data(data)
        return HttpReply(parser.get_status_code(), tuple(reading.headers), reading.body)


@asynccontextmanager
async def connected(port):
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        yield Client(stream)


async def ask(request: HttpRequest) -> HttpReply:
    async with connected(urlsplit(request.url).port) as client:
        return await client.ask(request)


async def control(buyers, method, path, body=b""):
    reply = await ask(
        HttpRequest(method, f"http://127.0.0.1:{buyers.control_port}{path}", (), body)
    )
    return reply.status, orjson.loads(reply.body)


def raw(request: HttpRequest) -> bytes:
    parts = urlsplit(request.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = [f"{request.method} {path} HTTP/1.1", f"host: {parts.netloc}"]
    head += [f"{name}: {value}" for name, value in request.headers]
    head += [f"content-length: {len(request.body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + request.body


def plain_ping(port, **fields) -> HttpRequest:
    body = orjson.dumps({"auction": "a1", "state": "CA", "zip": "90012", **fields})
    headers = (("content-type", "application/json"),)
    return HttpRequest("POST", f"http://127.0.0.1:{port}/ping", headers, body)


def plain_post(port, **fields) -> HttpRequest:
    return HttpRequest("POST", f"http://127.0.0.1:{port}/post", (), orjson.dumps(fields))
