"""The API: who may, what it says when something is wrong, and its own description."""

from __future__ import annotations

import os

import httpx2
import orjson
import trio

from auctiond.calls.call_log import ENDED
from auctiond.keys.api_key import RANDOM_BYTES, make_key
from auctiond.pg.api_keys import ApiKeys
from auctiond.web.app import make_app
from tests.whole.stage import client, until

READS = ("/v1/network", "/v1/calls", "/v1/status", "/v1/wallets", "/v1/ledger/totals")
PROBLEM = "application/problem+json"


async def key_of(stage, *scopes):
    """Return the text of a new key with these scopes, and its id."""
    made = make_key(os.urandom(RANDOM_BYTES))
    await ApiKeys(stage.server.base.pg).add(made.id, "test", made.hash, list(scopes))
    return made


def is_problem(reply, status):
    """Check that a reply is a problem, as all that is no success."""
    assert (reply.status_code, reply.headers["content-type"]) == (status, PROBLEM), reply.text
    told = reply.json()
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert told["title"]


async def test_without_a_good_key_nothing_is_told(stage):
    good = await key_of(stage, "read")
    revoked = await key_of(stage, "admin")
    assert await ApiKeys(stage.server.base.pg).revoke(revoked.id)
    stranger = make_key(os.urandom(RANDOM_BYTES))
    bad = ["", "Bearer", "Bearer junk", f"Basic {good.text}", f"Bearer {good.text}x"]
    bad += [f"Bearer {revoked.text}", f"Bearer {stranger.text}", "Bearer " + "x" * 5000]
    async with client(stage.url) as anybody:
        for path in READS:
            for authorization in bad:
                reply = await anybody.get(path, headers={"Authorization": authorization})
                is_problem(reply, 401)
            reply = await anybody.get(path, headers={"Authorization": f"Bearer {good.text}"})
            assert reply.status_code == 200


async def test_a_key_may_do_what_its_scopes_say_and_no_more(stage):
    read, network, money = [await key_of(stage, scope) for scope in ("read", "network", "money")]
    top_up = {"amount": "1.00", "ref": "r"}
    async with client(stage.url, read.text) as reader:
        is_problem(await reader.put("/v1/network", content=b""), 403)
        is_problem(await reader.post("/v1/wallets/first/top-ups", json=top_up), 403)
    async with client(stage.url, network.text) as operator:
        is_problem(await operator.get("/v1/calls"), 403)
        is_problem(await operator.post("/v1/wallets/first/top-ups", json=top_up), 403)
        is_problem(await operator.put("/v1/network", content=b""), 422)
    async with client(stage.url, money.text) as banker:
        is_problem(await banker.put("/v1/network", content=b""), 403)
        reply = await banker.post("/v1/wallets/first/top-ups", json=top_up)
        assert (reply.status_code, reply.json()["new"]) == (201, True)


WRONG = [
    ("GET", "/", 404),
    ("GET", "/v1/nothing", 404),
    ("POST", "/v1/calls", 405),
    ("GET", "/hooks/telnyx", 405),
    ("GET", "/v1/calls/no-id", 400),
    ("GET", "/v1/calls/01a20b17-ddd9-72b4-b68c-91b5be2c16df", 404),
    ("GET", "/v1/calls?limit=0", 400),
    ("GET", "/v1/calls?limit=501", 400),
    ("GET", "/v1/calls?limit=" + "9" * 5000, 400),
    ("GET", "/v1/calls?before=yesterday", 400),
    ("POST", "/v1/wallets/first/top-ups", 400),
]


async def test_whatever_is_wrong_is_a_problem_with_its_status(stage):
    for method, path, status in WRONG:
        is_problem(await stage.api.request(method, path), status)


BAD_PAYMENTS = [
    b"{",
    b"[]",
    b"1",
    {"amount": "1.00"},
    {"amount": "1.00", "ref": ""},
    {"amount": "1.00", "ref": "x" * 65},
    {"amount": "1.00", "ref": "first deposit"},
    {"amount": "1.00", "ref": "wire-415-555-0123"},
    {"amount": "1.00", "ref": "nul\0"},
    {"amount": "1.00", "ref": "ada@person.example"},
    {"amount": "1.00", "ref": "two\nlines"},
    {"amount": 1.0, "ref": "r"},
    {"amount": "1.00", "ref": "r", "currency": "EUR"},
    {"amount": "1.00", "ref": "r", "buyer": "second"},
    {"amount": "-1.00", "ref": "r"},
    {"amount": "0", "ref": "r"},
    {"amount": "NaN", "ref": "r"},
    {"amount": "a lot", "ref": "r"},
    {"amount": "1e40", "ref": "r"},
]


async def test_a_payment_that_makes_no_sense_moves_no_money(stage):
    for body in BAD_PAYMENTS:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        is_problem(await stage.api.post("/v1/wallets/first/top-ups", content=content), 400)
    nobody = await stage.api.post("/v1/wallets/nobody/top-ups", json={"amount": "1", "ref": "r"})
    is_problem(nobody, 404)
    assert (await stage.wallet("first"))["balance"] == "500.00"


async def test_a_payment_counts_once_and_another_by_its_name_not_at_all(stage):
    payment = {"amount": "7.50", "ref": "invoice-1"}
    told = [await stage.api.post("/v1/wallets/first/top-ups", json=payment) for _ in range(3)]
    assert [(reply.status_code, reply.json()["new"]) for reply in told] == [
        (201, True),
        (201, False),
        (201, False),
    ]
    other = await stage.api.post("/v1/wallets/first/top-ups", json=payment | {"amount": "8.00"})
    is_problem(other, 409)
    assert (await stage.wallet("first"))["balance"] == "507.50"


async def test_a_call_that_is_over_is_listed_so_before_its_last_row_is_written(stage):
    written, log = trio.Event(), stage.server.base.call_log
    append = log._append

    async def held_up(rows):
        if any(row.kind == ENDED for row in rows):
            await written.wait()
        await append(rows)

    session = await stage.place()
    await stage.in_state(session, "bridged")
    log._append = held_up
    await stage.hang_up(session)
    await until(gone(stage))
    early = await stage.line(session)
    assert (early["state"], early["disposition"]) == ("ended", "under_duration")
    written.set()
    await stage.over(session)
    assert await stage.line(session) == early


def gone(stage):
    async def nobody_lives():
        return not stage.server.desk.live()

    return nobody_lives


async def test_the_openapi_document_lists_exactly_the_routes_there_are(stage):
    async with httpx2.AsyncClient(base_url=stage.url, trust_env=False) as anybody:
        reply = await anybody.get("/v1/openapi.json")
    document = orjson.loads(reply.content)
    assert document["openapi"] == "3.1.0"
    listed = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method)
        for rule in make_app(stage.server.doors).url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json"
    }
    assert listed == routes


async def test_every_reference_in_the_openapi_document_leads_somewhere(stage):
    document = (await stage.api.get("/v1/openapi.json")).json()
    for reference in references(document):
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(value):
    """Yield every $ref in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
