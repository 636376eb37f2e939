"""The sandbox Stripe, held against the official library's types, its signatures, and its word."""

import typing
from importlib import import_module

import httpx2
import pytest
import stripe
import trio

from auctiond.billing.stripe_link import Order
from auctiond.sandbox.stripe.params import TAKEN
from auctiond.sandbox.stripe.processor import READ
from auctiond.sandbox.stripe.server import Clock
from market.money import micros
from tests.billing.bench import GOOD, intent_id, open_bench

TYPES = {
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "setup_intent": stripe.SetupIntent,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "checkout.session": stripe.checkout.Session,
    "payout": stripe.Payout,
    "event": stripe.Event,
}
PARAMS = {
    "customer.create": "CustomerCreateParams",
    "payment_method.list": "PaymentMethodListParams",
    "setup_intent.create": "SetupIntentCreateParams",
    "payment_intent.create": "PaymentIntentCreateParams",
    "payment_intent.cancel": "PaymentIntentCancelParams",
    "payment_intent.list": "PaymentIntentListParams",
    "charge.list": "ChargeListParams",
    "refund.create": "RefundCreateParams",
    "refund.list": "RefundListParams",
    "dispute.list": "DisputeListParams",
    "balance_transaction.list": "BalanceTransactionListParams",
    "payout.list": "PayoutListParams",
    "event.list": "EventListParams",
}


def is_optional(annotation: object) -> bool:
    """Tell whether the library says that a field may be left out, or be null."""
    return "Optional" in str(annotation)


async def whole_life(bench):
    """Make one of everything."""
    paid = await bench.link.pay(await bench.order(GOOD))
    await bench.link.give_back(intent_id("refund"), paid.id, 1_000_000)
    charge = next(bench.stripe.processor.books.each("charge"))
    await bench.play("POST", f"charges/{charge['id']}/dispute")
    await bench.link.open_page(intent_id("page"), paid.customer, 5_000_000, "https://x.ex/", "x")
    customer, method = await bench.customer_with(GOOD, "wallet:zenith")
    await bench.link.pay(Order(intent_id("more"), customer, method, micros("900"), "x"))
    await bench.play("POST", "payouts")


async def test_every_object_has_the_fields_of_the_librarys_types_and_no_others():
    async with open_bench() as bench:
        await whole_life(bench)
        seen = set()
        for made in bench.stripe.processor.books.objects.values():
            kind = TYPES[made["object"]]
            fields = {k: v for k, v in kind.__annotations__.items() if k != "OBJECT_NAME"}
            unknown = set(made) - set(fields) - {"inner"}
            assert not unknown, (made["object"], unknown)
            missing = {k for k, v in fields.items() if not is_optional(v)} - set(made)
            assert not missing, (made["object"], missing)
            seen.add(made["object"])
        assert seen == set(TYPES)


async def test_every_event_is_of_a_type_that_the_library_knows():
    known = set(typing.get_args(stripe.Event.__annotations__["type"]))
    async with open_bench() as bench:
        await whole_life(bench)
        kinds = {each["type"] for each in bench.stripe.processor.books.each("event")}
        assert len(kinds) > 8
        assert kinds <= known


def test_every_parameter_that_is_taken_is_one_of_the_librarys():
    params = import_module("stripe.params")
    for operation, name in PARAMS.items():
        known = set(getattr(params, name).__annotations__)
        assert known >= TAKEN[operation], (operation, TAKEN[operation] - known)
    session = set(params.checkout.SessionCreateParams.__annotations__)
    assert session >= TAKEN["session.create"]
    assert {kind for kind, _ in READ.values()} <= set(TYPES)


async def test_the_library_takes_the_webhooks_for_signed_and_no_others():
    told, hear = trio.open_memory_channel(9)

    async def receive(request):
        await told.send((request.content, request.headers["stripe-signature"]))
        return httpx2.Response(200)

    async with (
        open_bench() as bench,
        httpx2.AsyncClient(transport=httpx2.MockTransport(receive)) as client,
    ):
        bench.stripe.hooks._client, bench.stripe.hooks.url = client, "http://here/hooks"
        await bench.link.create_customer("wallet:acme", intent_id("customer"))
        with trio.fail_after(60):
            body, header = await hear.receive()
    event = stripe.Webhook.construct_event(body, header, "whsec_sandbox")
    assert event.type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, header, "whsec_other")


async def test_a_request_it_does_not_know_is_refused_and_frees_its_key():
    async with open_bench() as bench:
        head = {"authorization": "Bearer sk_test_sandbox", "idempotency-key": "k"}

        async def post(body):
            return await bench.people.post("/v1/customers", content=body, headers=head)

        reply = await post("colour=red")
        assert reply.json()["error"]["code"] == "parameter_unknown"
        first, again = await post("name=Ada"), await post("name=Ada")
        assert first.json() == again.json()
        assert again.headers["idempotent-replayed"] == "true"
        assert (await post("name=Bob")).json()["error"]["type"] == "idempotency_error"


async def test_a_key_older_than_a_day_makes_another_charge():
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        first = await bench.link.pay(order)
        await bench.play("PUT", "clock", ahead_s=25 * 3600)
        assert (await bench.link.pay(order)).id != first.id


def test_its_clock_runs_ahead_as_told():
    clock = Clock()
    before = clock.now()
    clock.set_ahead(3600)
    assert clock.now() - before >= 3600
