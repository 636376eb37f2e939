"""Every POST about money takes an Idempotency-Key, and is done once for it: all that the API has.

The list is the API's own document, so that a new POST cannot be forgotten.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from auctiond.pg.door import open_pg
from auctiond.pg.once import OnceKey, OnceStore
from auctiond.web.openapi import openapi
from auctiond.web.openapi_parts import KEYLESS, ONCE
from tests.billing.shop import open_shop

ANOTHER_RUN, SOME_ID = UUID(int=7), UUID(int=8)
# These may come without a key: sent twice, they do it once all the same, and why.
BY_ITSELF = {
    "/v1/wallets/{buyer}/top-ups": "a payment's ref counts once",
    "/v1/calls/{call_id}/settle": "a hold ends once",
    "/v1/calls/{call_id}/void": "a sale is brought back once",
    "/v1/returns": "a sale is brought back once",
    "/v1/returns/{return_id}/approve": "a return is decided once",
    "/v1/returns/{return_id}/reject": "a return is decided once",
    "/v1/returns/{return_id}/undo": "a return is undone once",
    "/v1/payouts": "a line is in one run",
    "/v1/payouts/{run}/approve": "a run is decided once",
    "/v1/payouts/{run}/cancel": "a run is decided once",
    "/v1/payouts/{run}/paid": "an item is paid once",
    "/v1/payouts/{run}/failed": "a payment comes back once",
    "/v1/invoices/run": "each thing is rated, charged and invoiced once",
    "/v1/reconciliations": "fees and payouts are booked by their ids",
    "/v1/ledger/entries/{entry}/notes": "it moves no money",
}


def posts() -> dict[str, bool]:
    """Return the POSTs about money, and whether each must have a key."""
    found = {}
    for path, item in openapi()["paths"].items():
        post = item.get("post")
        if post is None or post["x-scope"] != "money" or path in KEYLESS:
            continue
        (key,) = [each for each in post["parameters"] if each["name"] == ONCE]
        found[path] = key["required"]
    return found


def test_only_what_is_done_once_by_itself_may_come_without_a_key():
    assert {path for path, required in posts().items() if not required} == set(BY_ITSELF)
    assert len(posts()) > 20


async def test_all_of_them_answer_409_while_it_runs_422_to_another_body_and_then_the_same(
    pg_url, tmp_path
):
    async with open_shop(pg_url, tmp_path) as shop, open_pg(pg_url) as pg:
        store = OnceStore(pg)
        (admin,) = [row["id"] for row in (await shop.api.get("/v1/keys")).json()["keys"]]
        for path, required in posts().items():
            url = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
            if required:
                reply = await shop.api.post(url, content=b"{}")
                assert (reply.status_code, reply.json()["title"]) == (400, ONCE), path
            key = OnceKey(admin, sha256(url.encode()).digest())
            asked = sha256(b"\n".join((b"POST", url.encode(), b"{}"))).digest()
            now = datetime.now(UTC)
            args = (asked, SOME_ID, ANOTHER_RUN, now, now - timedelta(minutes=2), False)
            await store.begin(key, *args)
            headers = {ONCE: url}
            running = await shop.api.post(url, content=b"{}", headers=headers)
            assert (running.status_code, running.json()["title"]) == (409, ONCE), path
            other = await shop.api.post(url, content=b'{"amount": "1.00"}', headers=headers)
            assert (other.status_code, other.json()["title"]) == (422, ONCE), path
            await store.end(key, 201, b'{"first": true}')
            again = await shop.api.post(url, content=b"{}", headers=headers)
            assert (again.status_code, again.json()) == (201, {"first": True}), path
            assert again.headers["Idempotent-Replayed"] == "true"
