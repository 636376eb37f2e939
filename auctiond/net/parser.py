"""One answer after the other from the bytes of one connection, within limits. No I/O."""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from auctiond.net.errors import WireError
from market.http import HttpReply

BODY_MAX = 64 * 1024  # A bid has 300 bytes; who sends more is not bidding.
HEAD_MAX = 16 * 1024  # What the common servers send at most, with cookies. Interim heads count.
TOTAL_MAX = 8 * BODY_MAX  # Chunks of one byte cost six; more is padding without end.
INTERIM_BELOW = 200  # 100 Continue and 103 Early Hints precede the answer; they are not it.


class AnswerParser:
    """llhttp, strict, with our limits. `reply` is there as soon as the answer is whole."""

    __slots__ = (
        "_body",
        "_body_size",
        "_head",
        "_headers",
        "_in_body",
        "_parser",
        "_size",
        "_text",
        "keep",
        "reply",
    )

    def __init__(self) -> None:
        self._parser: HttpResponseParser = HttpResponseParser(self)
        self._head = b""
        self._headers: tuple[tuple[str, str], ...] = ()
        self.begin()

    def begin(self) -> None:
        """Expect the next answer."""
        self.reply: HttpReply | None = None
        self.keep = False  # Whether the connection may carry another request.
        self._text = b""  # What came of the head.
        self._in_body = False
        self._body = b""
        self._body_size = 0
        self._size = 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises WireError if this cannot become an answer, or a too large one."""
        self._size += len(data)
        if not self._in_body:
            self._text += data
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
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
        return HttpReply(self._parser.get_status_code(), self._headers, self._body)

    def _check_size(self) -> None:
        head_size = 0 if self._in_body else self._size
        if self._body_size > BODY_MAX or head_size > HEAD_MAX or self._size > TOTAL_MAX:
            raise WireError("too_large")

    # What llhttp calls. It checks every head; that it does not call for each header, and that
    # a head equal to the last one is not taken apart again, saves a tenth of a ping's CPU.

    def on_message_begin(self) -> None:
        if self.reply is not None:
            self.keep = False  # Bytes after the answer: somebody's next answer would be wrong.

    def on_headers_complete(self) -> None:
        self._in_body = True
        head, _, self._text = self._text.lstrip(b"\r\n").partition(b"\r\n\r\n")
        if head != self._head:
            self._head = head
            self._headers = read_headers(head)

    def on_body(self, data: bytes) -> None:
        self._body_size += len(data)
        if self._body_size <= BODY_MAX:
            self._body += data

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < INTERIM_BELOW:
            self._in_body = False
        elif self.reply is None and self._body_size <= BODY_MAX:
            self.reply = HttpReply(self._parser.get_status_code(), self._headers, self._body)
            self.keep = self._parser.should_keep_alive()


def read_headers(head: bytes) -> tuple[tuple[str, str], ...]:
    """Return the headers of a head that llhttp found sound, names in lower case."""
    lines = head.decode("latin-1").split("\r\n")[1:]
    parts = [line.partition(":") for line in lines]
    return tuple((name.lower(), value.strip(" \t")) for name, _, value in parts)
