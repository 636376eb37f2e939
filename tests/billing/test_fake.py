"""The sandbox Stripe, held against the official library's types, its signatures, and its word."""

import typing
from importlib import import_module

import httpx2
import pytest
import stripe
import trio
from stripe import StripeObject

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


def fits(value, wanted, path):
    """Yield what of a value is not as the library says: its type, each word of a list of words."""
    origin, args = typing.get_origin(wanted), typing.get_args(wanted)
    if wanted is typing.Any:
        return
    if origin is typing.Union:
        if any(typing.get_origin(one) is typing.Literal for one in args):
            args = [one for one in args if one is not str]  # Open to words to come; we are not.
        if all(list(fits(value, one, path)) for one in args):
            yield path, value, wanted
    elif origin is typing.Literal:
        if value not in args:
            yield path, value, wanted
    elif origin is list and isinstance(value, list):
        for each in value:
            yield from fits(each, args[0], f"{path}[]")
    elif isinstance(wanted, typing.ForwardRef):  # Another object, where it was expanded.
        if not isinstance(value, dict):
            yield path, value, wanted
    elif isinstance(origin, type) and issubclass(origin, StripeObject):  # Metadata: texts by name.
        if not isinstance(value, dict) or any(
            list(fits(one, args[0], path)) for one in value.values()
        ):
            yield path, value, wanted
    elif isinstance(wanted, type) and issubclass(wanted, StripeObject) and isinstance(value, dict):
        yield from misfits(value, wanted, path)
    elif not isinstance(value, origin or wanted) or (wanted is int and isinstance(value, bool)):
        yield path, value, wanted


def misfits(made, kind, path):
    """Yield what of an object is not as the library's class has it: at any depth, by its path."""
    fields = {name: of for name, of in kind.__annotations__.items() if name != "OBJECT_NAME"}
    if not fields:  # A class without fields stands for anything.
        return
    for name in made.keys() - fields.keys():
        yield f"{path}.{name}", made[name], "unknown"
    for name, wanted in fields.items():
        if name in made:
            yield from fits(made[name], wanted, f"{path}.{name}")
        elif type(None) not in typing.get_args(wanted):
            yield f"{path}.{name}", None, "missing"


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


@pytest.mark.parametrize(
    ("made", "path"),
    [
        ({"status": "paid"}, "status"),  # A word that Stripe does not have.
        ({"amount": "100"}, "amount"),
        ({"amount": True}, "amount"),
        ({"surprise": 1}, "surprise"),
        ({"evidence": {"receipt": 7}}, "evidence"),
    ],
)
async def test_the_check_below_finds_what_is_not_as_the_library_has_it(made, path):
    async with open_bench() as bench:
        await whole_life(bench)
        good = next(bench.stripe.processor.books.each("dispute"))
    assert list(misfits(good, stripe.Dispute, "d")) == []
    found = [place for place, _, _ in misfits(good | made, stripe.Dispute, "d")]
    assert found
    assert all(place.startswith(f"d.{path}") for place in found)


async def test_every_object_is_as_the_librarys_types_have_it_at_any_depth():
    async with open_bench() as bench:
        await whole_life(bench)
        seen = set()
        for made in bench.stripe.processor.books.objects.values():
            kind = TYPES[made["object"]]
            told = {name: value for name, value in made.items() if name != "inner"}
            assert list(misfits(told, kind, made["object"])) == []
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
