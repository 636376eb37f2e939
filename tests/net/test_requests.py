"""Requests as bytes: exact, and impossible to smuggle anything into."""

import pytest

from auctiond.net.requests import Origin, request_bytes, write_head
from market.http import HttpRequest


def test_a_request_without_a_body_has_no_length():
    data = request_bytes(HttpRequest("GET", "http://Buyer.example?zip=78701#part"))
    assert (
        data
        == b"GET /?zip=78701 HTTP/1.1\r\nhost: buyer.example\r\naccept-encoding: identity\r\n\r\n"
    )


def test_a_post_without_a_body_says_so():
    assert request_bytes(HttpRequest("POST", "http://b.example/")).endswith(
        b"content-length: 0\r\n\r\n"
    )


def test_the_callers_encoding_stands():
    data = request_bytes(HttpRequest("GET", "http://b.example/", (("Accept-Encoding", "gzip"),)))
    assert data.lower().count(b"accept-encoding") == 1


@pytest.mark.parametrize(
    ("url", "origin", "host"),
    [
        ("http://b.example/", Origin(False, "b.example", 80), b"host: b.example\r\n"),
        ("http://b.example:80/", Origin(False, "b.example", 80), b"host: b.example\r\n"),
        ("https://b.example/", Origin(True, "b.example", 443), b"host: b.example\r\n"),
        ("HTTPS://B.Example:80/", Origin(True, "b.example", 80), b"host: b.example:80\r\n"),
        ("http://[2606:4700::1]:8080/", Origin(False, "2606:4700::1", 8080),
         b"host: [2606:4700::1]:8080\r\n"),
    ],
)  # fmt: skip
def test_the_origin_and_the_host_follow_from_the_url(url, origin, host):
    head = write_head("GET", url, ())
    assert head.origin == origin
    assert host in head.bare


@pytest.mark.parametrize(
    "url",
    [
        "", "b.example/", "//b.example/", "ftp://b.example/", "file:///etc/passwd", "http://",
        "http:///x", "http://user:secret@b.example/", "http://b.example/a b",
        "http://b.example/\r\nx: y",
        "http://b.example/\n", "http://b.example\r\n/", "http://b.example/\x00", "http://b.example/ü",
        "http://bücher.example/", "http://b.example:0/", "http://b.example:70000/",
        "http://b.example:x/",
        "http://b%2eexample/", "http://[::1/", "http://[1.2.3.4]/", "http://[::::]/", "http://.b.example/",
        "http://b..example/", f"http://{'a' * 64}.example/", f"http://{'a.' * 127}example/",
        "http://b.example\\@c.example/", " http://b.example/",
    ],
)  # fmt: skip
def test_an_unsound_url_is_refused_and_not_repeated_in_the_error(url):
    with pytest.raises(ValueError, match=r"^url: expected") as caught:
        write_head("GET", url, ())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("method", ["", "get", "HEAD", "CONNECT", "GET\r\n", "GET /", "BREW"])
def test_an_unknown_method_is_refused(method):
    with pytest.raises(ValueError, match=r"^method: expected"):
        write_head(method, "http://b.example/", ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "a\r\nhost: evil"), ("x", "a\n"), ("x", "a\rb"), ("x", "a\x00b"), ("x", "ж"),
        ("x\r\ny", "a"), ("x:", "a"), ("x y", "a"), ("", "a"), ("ж", "a"),
        ("Host", "evil"), ("Content-Length", "1"), ("Transfer-Encoding", "chunked"),
        ("connection", "upgrade"), ("Expect", "100-continue"),
    ],
)  # fmt: skip
def test_a_header_that_could_change_the_message_is_refused(name, value):
    with pytest.raises(ValueError, match=r"^headers: ") as caught:
        write_head("GET", "http://b.example/", ((name, value),))
    assert "evil" not in str(caught.value)
