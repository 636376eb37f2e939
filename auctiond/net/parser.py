"""One answer after the other from the bytes of one connection, within limits. No I/O."""

from __future__ import annotations

from httptools import HttpParserError, HttpResponseParser

from auctiond.net.errors import WireError
from market.http import HttpReply

BODY_MAX = 64 * 1024  # A bid has 300 bytes; who sends more is not bidding.
HEAD_MAX = 16 * 1024  # What the common servers send at most, with cookies. Interim heads count.
TOTAL_MAX = 8 * BODY_MAX  # Chunks of one byte cost six; more is padding without end.
INTERIM_BELOW = 200  # 100 Continue and 103 Early Hints precede the answer; they are not it.


class AnswerParser:
    """llhttp, strict, with our limits. `reply` is there as soon as the answer is whole."""

    __slots__ = ("_body", "_body_size", "_headers", "_in_body", "_parser", "_size", "keep", "reply")

    def __init__(self) -> None:
        self._parser: HttpResponseParser = HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        """Expect the next answer."""
        self.reply: HttpReply | None = None
        self.keep = False  # Whether the connection may carry another request.
        self._size = 0
        self._begin_message()

    def feed(self, data: memoryview | bytes) -> None:
        """Read on. Raises WireError if this cannot become an answer, or a too large one."""
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self.keep = False
            if self.reply is None and self._body_size <= BODY_MAX:
                raise WireError("unparseable", str(error)) from None
        if self.reply is None:
            self._check_size()

    def end(self) -> HttpReply:
        """Return the answer that the server's closing completes. Raises WireError if none."""
        self.keep = False
        names = {name for name, _ in self._headers}
        if not self._in_body or names & {"content-length", "transfer-encoding"}:
            raise WireError("dropped", "closed inside the answer" if self._size else "no answer")
        return self._whole()

    def _check_size(self) -> None:
        head_size = 0 if self._in_body else self._size
        if self._body_size > BODY_MAX or head_size > HEAD_MAX or self._size > TOTAL_MAX:
            raise WireError("too_large")

    def _begin_message(self) -> None:
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_size = 0
        self._in_body = False

    def _whole(self) -> HttpReply:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return HttpReply(self._parser.get_status_code(), tuple(self._headers), body)

    # What llhttp calls. After the answer is whole it may see more bytes: then somebody's next
    # answer would be wrong, so the connection is not kept.

    def on_message_begin(self) -> None:
        if self.reply is not None:
            self.keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body:  # Trailers are dropped: nobody may overwrite a header late.
            self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, data: bytes) -> None:
        self._body_size += len(data)
        if self._body_size <= BODY_MAX:
            self._body.append(data)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < INTERIM_BELOW:
            self._begin_message()
        elif self.reply is None and self._body_size <= BODY_MAX:
            self.reply = self._whole()
            self.keep = self._parser.should_keep_alive()
