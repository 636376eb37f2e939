"""Money in over the whole server: API, commands, webhooks over HTTP, and its errors."""

import re

import pytest

from tests.billing.bench import GOOD, LATER
from tests.billing.shop import open_shop
from tests.whole.stage import until


@pytest.fixture
async def shop(pg_url, tmp_path):
    async with open_shop(pg_url, tmp_path) as opened:
        yield opened


async def test_from_the_first_page_to_the_refund_by_commands_alone(shop):
    page = await shop.said("wallet", "page", "first", "250")
    await shop.fill_in(page.strip(), GOOD)
    await shop.has("first", "250.00")  # By the signed webhook, over the listener: we ask later.
    told = (await shop.api.get("/metrics")).text
    assert 'auctiond_webhooks_total{carrier="stripe",result="new"}' in told
    assert "pm_sandbox" in await shop.said("wallet", "cards", "first")
    charged = await shop.said("wallet", "charge", "first", "100")
    assert "top-up of 100.00 USD, first" in charged
    assert "done" in charged
    await shop.has("first", "350.00")
    listed = await shop.said("wallet", "payments")
    id_ = re.search(r"(\S{8})\s+top-up", listed)[1]
    assert all(len(line.rstrip()) <= 80 for line in listed.splitlines())
    refunded = await shop.said("wallet", "refund", id_, "40")
    assert "refund of 40.00 USD" in refunded
    await shop.has("first", "310.00")
    over = await shop.run("wallet", "refund", id_, "60.01")
    assert over.exit_code == 1
    assert "More than was paid" in over.output
    assert "Nobody disputes" in await shop.said("wallet", "disputes")
    rule = await shop.said("wallet", "auto", "first", "--below", "400", "--amount", "500")
    assert "first is recharged with 500.00 when less than 400.00 is free" in rule
    await shop.has("first", "810.00")
    assert "not recharged" in await shop.said("wallet", "auto", "first", "--off")
    assert "wallet.topped_up" in await shop.said("notice", "list")
    metrics = (await shop.api.get("/metrics")).text
    assert 'auctiond_payments_total{end="done",kind="recharge"} 1.0' in metrics


async def test_a_declined_card_ends_a_command_with_1_and_says_why(shop):
    page = await shop.said("wallet", "page", "first")
    await shop.fill_in(page.strip(), LATER)

    async def known():
        return "pm_" in (await shop.run("wallet", "cards")).output

    await until(known)
    result = await shop.run("wallet", "charge", "first", "100")
    assert result.exit_code == 1
    assert "it failed: generic_decline" in result.output
    assert await shop.balance("first") == "0.00"


async def test_posts_of_money_need_a_key_and_are_done_once_for_it(shop):
    page = await shop.post("/v1/checkouts", "page", payer="first", amount="50.00")
    again = await shop.post("/v1/checkouts", "page", payer="first", amount="50.00")
    assert page.json() == again.json()
    other = await shop.post("/v1/checkouts", "page", payer="first", amount="51.00")
    assert other.status_code == 422
    await shop.fill_in(page.json()["url"], GOOD)
    await shop.has("first", "50.00")
    first = await shop.post("/v1/top-ups", "key-1", payer="first", amount="20.00")
    second = await shop.post("/v1/top-ups", "key-1", payer="first", amount="20.00")
    assert first.json()["id"] == second.json()["id"]
    await shop.has("first", "70.00")
    missing = await shop.api.post("/v1/top-ups", json={"payer": "first", "amount": "20.00"})
    assert (missing.status_code, missing.json()["title"]) == (400, "Idempotency-Key")


WRONG = [
    ({"payer": "first", "amount": 20}, "amount", "expected dollars as text"),
    ({"payer": "first"}, "amount", "expected dollars as text"),
    ({"payer": "nobody", "amount": "20.00"}, "refused", "no buyer 'nobody'"),
    ({"payer": "margin:x", "amount": "20.00"}, "refused", "no buyer 'x'"),
    ({"amount": "20.00"}, "payer", "expected the id of a buyer"),
    ({"payer": "first", "amount": "20.00", "currency": "EUR"}, "currency", '"USD"'),
    ({"payer": "first", "amount": "20.00", "methode": "pm"}, "methode", "unknown; there are payer"),
    ({"payer": "first", "amount": "20.00"}, "refused", "no card on file"),
]


async def test_what_cannot_be_right_is_refused_in_words(shop):
    for told, title, words in WRONG:
        reply = await shop.post("/v1/top-ups", "key", **told)
        assert 400 <= reply.status_code < 500
        assert reply.json()["title"] == title
        assert words in reply.json()["detail"]
    forged = {"stripe-signature": "t=1,v1=00"}
    reply = await shop.api.post("/hooks/stripe", content=b"{}", headers=forged)
    assert reply.status_code == 403
    assert (await shop.api.post("/hooks/stripe", content=b"{}")).status_code == 403


async def test_plans_and_invoices_by_commands_alone(shop, tmp_path):
    file = tmp_path / "basic.toml"
    file.write_text('monthly_fee = "99.00"\n[numbers]\nincluded = 0\nprice = "1.50"\n')
    assert "is set" in await shop.said("plan", "set", "basic", str(file))
    assert "basic" in await shop.said("plan", "list")
    assert "holds from" in await shop.said("plan", "subscribe", "basic")
    assert "nothing was due" in await shop.said("invoice", "run")
    balances = await shop.server.base.book.balances("usage:")
    assert balances == {"usage:main": (-100_500_000, 0)}
    assert "no invoice yet" in await shop.said("invoice", "list")
    missing = await shop.run("invoice", "show", "INV-000009")
    assert missing.exit_code == 1
    assert "no invoice 9" in missing.output
    file.write_text('monthly_fee = "99.001"')
    wrong = await shop.run("plan", "set", "basic", str(file))
    assert "monthly_fee: expected whole cents" in wrong.output
    page = (await shop.api.get("/v1/plans")).json()["plans"][0]
    assert page["numbers"] == {"included": 0, "price": "1.50"}
