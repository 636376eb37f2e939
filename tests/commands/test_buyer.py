"""`auctiond buyer`: a live test against a real socket, and a file proposed from a sample."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from auctiond.cli import main
from auctiond.show.masking import mask_of
from buyers.library import load_format

SECRET = "s3cr+t/key&<x>"
ANSWER = b"<response><status>Matched</status><lead_id>7</lead_id><price>12.00</price></response>"


@contextmanager
def buyer(answer=ANSWER):
    """Yield the address of a buyer that answers so, and what it was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append((self.path, body.decode()))
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUCTIOND_PING_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("BOB_KEY", SECRET)


def run(*words):
    return CliRunner().invoke(main, ["buyer", *words])


GIVEN = ("--set", "type=33", "--set", "src=us", "--secret", "key=env:BOB_KEY")


def test_a_live_test_is_one_marked_ping_and_shows_all_but_secrets():
    with buyer(ANSWER + SECRET.encode()) as (url, asked):
        found = run("test", "boberdoo", "--live", "--url", f"{url}/api.php", *GIVEN)
    assert found.exit_code == 0, found.output
    ((path, body),) = asked
    assert path == "/api.php"
    assert "Test_Lead=1" in body
    assert "Zip=00001" in body
    assert "Key=s3cr%2Bt%2Fkey%26%3Cx%3E" in body
    assert "Key=***&" in found.output
    assert SECRET not in found.output
    assert "s3cr" not in found.output
    assert "no_bid: unparseable" in found.output  # For the buyer gave our key back behind its XML.


def test_a_live_test_reads_the_answer_and_takes_words():
    with buyer() as (url, asked):
        found = run("test", "boberdoo", "--live", "--url", url, *GIVEN, "--ask", "zip=00002")
    assert "'price': '12.00'" in found.output
    assert "'ref': ['7']" in found.output
    assert "after: " in found.output
    assert "Zip=00002" in asked[0][1]


def test_a_live_test_of_a_target_of_a_network(tmp_path):
    with buyer() as (url, asked):
        network = tmp_path / "network.toml"
        network.write_text(f"""
name = "n"
[[buyer]]
id = "acme"
name = "Acme"
[[target]]
id = "acme-bob"
buyer = "acme"
destination = "+14155550100"
[target.ping]
format = "boberdoo"
url = "{url}/from-network"
settings = {{ type = "33", src = "us" }}
secrets = {{ key = "env:BOB_KEY" }}
""")
        found = run("test", "boberdoo", "--live", "--network", str(network), "--target", "acme-bob")
        assert found.exit_code == 0, found.output
        wrong = run("test", "boberdoo", "--live", "--network", str(network), "--target", "nobody")
    assert asked[0][0] == "/from-network"
    assert "'destination': '+14155550100'" in found.output
    assert "it pings: acme-bob" in wrong.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plain_json", "--live"), "has no [test]: this ping would be a real one"),
        (("ringba", "--live", "--url", "https://rtb.ringba.com/v1/production/x.json"), "'/test/'"),
        (("boberdoo", "--live", "--url", "https://x.example/"), "settings.type: missing"),
        (("boberdoo", "--live", *GIVEN), "ping.url: missing"),
        (
            ("boberdoo", "--live", "--url", "https://x/", *GIVEN[:4], "--secret", "key=abc"),
            "env:NAME",
        ),
        (("boberdoo", "--live", "--set", "type"), "write NAME=VALUE"),
        (("boberdoo", "--live", "--target", "x"), "give --network with --target"),
        (("boberdoo", "--url", "https://x/"), "these options are for --live"),
        (
            ("boberdoo", "--live", "--url", "http://127.0.0.1:1/", *GIVEN),
            "no answer: connect_error",
        ),
        (("boberdoo", "--live", "--url", "http://[::1]:1/", *GIVEN), "no answer: refused_address"),
    ],
)
def test_a_live_test_that_cannot_be_says_why(words, says):
    found = run("test", *words)
    assert found.exit_code == 1
    assert says in found.output
    assert "abc" not in found.output


def test_no_spelling_of_a_secret_is_shown():
    mask = mask_of([SECRET, ""])
    said = (
        f"{SECRET} s3cr%2Bt/key%26%3Cx%3E s3cr%2Bt%2Fkey%26%3Cx%3E s3cr+t/key&amp;&lt;x&gt;"
        "\nAuthorization: Basic dXM6czNjcit0\nauthorization: abc\nX-Zip: 10001"
    )
    assert mask(said) == (
        "*** *** *** ***\nAuthorization: Basic ***\nauthorization: ***\nX-Zip: 10001"
    )


SAMPLES = {
    "ringba.json": (
        '{"bidId": "R1", "bidAmount": 10, "expireInSeconds": 20, "phoneNumber": "+17205550100",'
        ' "sipAddress": "R1@rtb.example", "bidTerms": [{"code": 100, "callMinDuration": 75}]}',
        {"price": "10.00", "ref": ["R1"], "destination": "+17205550100", "billable_s": 75.0},
    ),
    "list.json": (
        '{"success": true, "buyers": [{"buyer_id": 1, "bid": 25.0, "ping_id": "a"},'
        ' {"buyer_id": 2, "bid": 31, "ping_id": "b"}]}',
        {"price": "31.00", "ref": ["b", "2"]},
    ),
    "wrapped.json": (
        '{"response": {"status": "Matched", "lead_id": 773, "price": "$1,012.00"}}',
        {"price": "1012.00", "ref": ["773"]},
    ),
    "naive.json": (
        '{"matched": true, "bid": 22.5, "call_id": "c", "expiration": "2025-08-10 22:45:18"}',
        {"price": "22.50", "ref": ["c"], "expires": "2025-08-10T22:45:18Z"},
    ),
    "one.xml": (
        "<response><status>Matched</status><lead_id>773</lead_id><price>12.00</price></response>",
        {"price": "12.00", "ref": ["773"]},
    ),
    "list.xml": (
        "<P><Response>ACCEPTED</Response><Price>9</Price><Bids><bid id='1'><bid_price>4</bid_price>"
        "</bid><bid id='2'><bid_price>5</bid_price></bid></Bids></P>",
        {"price": "5.00", "ref": ["2"]},
    ),
    "comma.json": (
        '{"result": "SUCCESS", "payout": "$ 1.042,50", "pingId": "p", "validFor": "45"}',
        {"price": "1042.50", "ref": ["p"], "expires": "2026-11-23T12:00:45Z"},
    ),
    "euro.json": ('{"status": "ok", "price": "42,50 €"}', {"price": "42.50"}),
    "pipe.txt": ("success|L123|12.50\n", {"price": "12.50", "ref": ["L123"]}),
    "text.txt": ("ACCEPTED<br>Token:X<br>Price:12.50", {"price": "12.50", "ref": ["X"]}),
    "quotes.json": ('{"accept": true, "price": 3, "x": "\'\'\' \\\\ it\'s"}', {"price": "3.00"}),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_is_proposed_that_loads_and_reads_its_sample(name, tmp_path):
    text, wanted = SAMPLES[name]
    (tmp_path / name).write_text(text)
    found = run("new", "--from-sample", name, "--output", "acme.toml")
    assert found.exit_code == 0, found.output
    bid = load_format(tmp_path / "acme.toml").cases[0].ping.reads["bid"]
    assert {key: bid.get(key) for key in wanted} == wanted
    tested = run("test", "acme.toml")
    assert tested.exit_code == 0, tested.output
    again = run("new", "--from-sample", name, "--output", "acme.toml")
    assert "File exists" in again.output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"bidId": "R1", "bidAmount": 0, "rejectReason": "x"}', "no price above 0"),
        ("<html><br></html>", "it looks like XML and is not"),
        ('{"price": 1,}', "it looks like JSON and is not"),
        ("OK", 'does not begin with "accepted"'),
        ("", "it is empty"),
        ('{"price": 12, "error": "sold out"}', "read as no bid (reject sold out)"),
    ],
)
def test_a_sample_that_is_no_bid_is_refused(tmp_path, text, says):
    (tmp_path / "sample.txt").write_text(text)
    found = run("new", "--from-sample", "sample.txt")
    assert found.exit_code == 1
    assert says in found.output


def test_the_folder_of_the_operator_is_known_by_name(tmp_path):
    folder = tmp_path / ".auctiond" / "buyers"
    folder.mkdir(parents=True)
    (folder / "acme.toml").write_text('base = "ringba"\ntitle = "Acme"\n')
    assert "Acme" in run("list").output
    assert "acme.toml has no [[case]]" in run("test", "acme").output
    (folder / "acme.toml").write_text('base = "ringba"\ntitel = "Acme"\n')
    refused = run("list")
    assert refused.exit_code == 1
    assert "acme.toml:2: titel: no such key" in refused.output
