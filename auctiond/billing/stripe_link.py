"""The one door to Stripe: its official library, in our words. Nothing else imports it.

The library tries nothing again by itself: whoever asks does, with the key that is on record.
The caller's cancel scope is the deadline. It is loaded where it is used: it is a sixth of what a
server would load, and most have no key of Stripe's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from auctiond.billing.seen import (
    CURRENCY,
    KEY_REFUSED,
    Declined,
    DisputeSeen,
    Misfit,
    Movement,
    NotNow,
    PageSeen,
    PaymentSeen,
    RefundSeen,
    SetupSeen,
    Unknown,
    cents,
)
from auctiond.billing.stripe_reading import (
    OURS,
    code_in,
    intent_in,
    read_dispute,
    read_movement,
    read_payment,
    read_refund,
    read_setup,
)
from auctiond.keys.secret import Secret
from market.money import Micros

if TYPE_CHECKING:
    import stripe

TIMEOUT_S = 60.0  # Of the library, behind the caller's deadline.
PAGE = 100
LISTED_MAX = 50_000  # Of a day, or of one customer: more is a mistake in what we asked.
KEY_IN_USE = 409

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to ask for."""

    intent: UUID
    customer: str
    method: str
    amount: Micros
    text: str  # What the person reads on the statement of the processor.


class StripeLink:
    def __init__(self, client: stripe.StripeClient) -> None:
        self._api = client.v1

    async def create_customer(self, payer: str, key: UUID) -> str:
        """Return the id of a new customer who stands for `payer`."""
        asked = self._api.customers.create_async(
            {"description": payer, "metadata": {"auctiond_payer": payer}}, _with(key)
        )
        return (await _answer(asked)).id

    async def pay(self, order: Order) -> PaymentSeen:
        """Ask for a payment while nobody is there to approve it. Raises Declined and others."""
        asked = self._api.payment_intents.create_async(
            {
                "amount": cents(order.amount),
                "currency": CURRENCY,
                "customer": order.customer,
                "payment_method": order.method,
                "confirm": True,
                "off_session": True,
                "description": order.text,
                "metadata": {OURS: str(order.intent)},
            },
            _with(order.intent),
        )
        return read_payment(await _answer(asked))

    async def payment(self, id_: str) -> PaymentSeen:
        """Return a payment as it now is."""
        return read_payment(await _answer(self._api.payment_intents.retrieve_async(id_)))

    async def payment_for(self, intent: UUID, customer: str, since_s: int) -> PaymentSeen | None:
        """Return the payment that was made for `intent` since then, if there is one."""
        asked = {"customer": customer, "created": {"gte": since_s}}
        for found in await _all(self._api.payment_intents.list_async, asked):
            if intent_in(found.metadata) == intent:
                return read_payment(found)
        return None

    async def open_page(
        self, intent: UUID, customer: str, amount: Micros, back: str, text: str
    ) -> PageSeen:
        """Open a page where a person pays with a new card, which is kept for later.

        Without an amount the card is only kept.
        """
        ours = {OURS: str(intent)}
        params: dict[str, Any] = {
            "customer": customer,
            "success_url": back,
            "cancel_url": back,
            "client_reference_id": str(intent),
            "metadata": ours,
        }
        if amount:
            price = {"currency": CURRENCY, "unit_amount": cents(amount)}
            price_data = price | {"product_data": {"name": text}}
            params |= {"mode": "payment", "line_items": [{"quantity": 1, "price_data": price_data}]}
            inner = {"metadata": ours, "setup_future_usage": "off_session", "description": text}
            params["payment_intent_data"] = inner
        else:
            params |= {
                "mode": "setup",
                "currency": CURRENCY,
                "setup_intent_data": {"metadata": ours},
            }
        asked = self._api.checkout.sessions.create_async(cast("Any", params), _with(intent))
        made = await _answer(asked)
        return PageSeen(made.id, made.url or "")

    async def begin_setup(self, intent: UUID, customer: str) -> PageSeen:
        """Return a setup for a page of the operator's own; `url` is its client secret."""
        asked = self._api.setup_intents.create_async(
            {"customer": customer, "usage": "off_session", "metadata": {OURS: str(intent)}},
            _with(intent),
        )
        made = await _answer(asked)
        return PageSeen(made.id, made.client_secret or "")

    async def setup(self, id_: str) -> SetupSeen:
        """Return a setup as it now is."""
        return read_setup(await _answer(self._api.setup_intents.retrieve_async(id_)))

    async def setup_on(self, page: str) -> SetupSeen:
        """Return the setup of a page as it now is."""
        asked = self._api.checkout.sessions.retrieve_async(page, {"expand": ["setup_intent"]})
        return read_setup((await _answer(asked)).setup_intent)

    async def detach(self, method: str) -> None:
        """Take a payment method from its customer, for good."""
        await _answer(self._api.payment_methods.detach_async(method))

    async def give_back(self, intent: UUID, payment: str, amount: Micros) -> RefundSeen:
        """Give back a payment, or a part of it."""
        asked = self._api.refunds.create_async(
            {"payment_intent": payment, "amount": cents(amount), "metadata": {OURS: str(intent)}},
            _with(intent),
        )
        return read_refund(await _answer(asked))

    async def refund(self, id_: str) -> RefundSeen:
        """Return a refund as it now is."""
        return read_refund(await _answer(self._api.refunds.retrieve_async(id_)))

    async def refund_for(self, intent: UUID, payment: str) -> RefundSeen | None:
        """Return the refund of `payment` that was made for `intent`, if there is one."""
        for found in await _all(self._api.refunds.list_async, {"payment_intent": payment}):
            if intent_in(found.metadata) == intent:
                return read_refund(found)
        return None

    async def dispute(self, id_: str) -> DisputeSeen:
        """Return a dispute as it now is."""
        return read_dispute(await _answer(self._api.disputes.retrieve_async(id_)))

    async def movements(self, since_s: int, until_s: int) -> list[Movement]:
        """Return what moved our balance from `since_s` up to `until_s`, oldest first."""
        asked = {"created": {"gte": since_s, "lt": until_s}, "expand": ["data.source"]}
        found = await _all(self._api.balance_transactions.list_async, asked)
        return [read_movement(each) for each in reversed(found)]


@asynccontextmanager
async def open_stripe_link(key: Secret, url: str) -> AsyncIterator[StripeLink]:
    """Open the door while the block lasts."""
    import stripe

    stripe.enable_telemetry = False  # How fast they answer us is between us and our metrics.
    http = stripe.HTTPXClient(timeout=TIMEOUT_S, allow_sync_methods=False)
    client = stripe.StripeClient(
        key.reveal(), base_addresses={"api": url}, http_client=http, max_network_retries=0
    )
    try:
        yield StripeLink(client)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


def is_signed(body: bytes, header: str, secret: Secret) -> bool:
    """Tell whether Stripe signed `body` with the secret of our endpoint, whenever that was."""
    if not header.isascii():  # Its library compares texts, and fails at others.
        return False
    import stripe

    try:
        stripe.WebhookSignature.verify_header(body, header, secret.reveal())
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


async def _answer(asked: Awaitable[T]) -> T:
    """Await an answer, and tell what became of a request that has none. Raises ProcessorError."""
    import stripe

    try:
        return await asked
    except stripe.CardError as error:
        raise Declined(code_in(error)) from None
    except stripe.RateLimitError:
        raise NotNow("too_many_requests") from None
    except stripe.IdempotencyError:
        raise Misfit("idempotency_mismatch") from None
    except (stripe.AuthenticationError, stripe.PermissionError):
        raise Misfit(KEY_REFUSED) from None
    except stripe.InvalidRequestError as error:
        raise Misfit(error.code or "invalid_request") from None
    except stripe.APIConnectionError:
        raise Unknown("connection") from None
    except stripe.StripeError as error:
        if error.http_status == KEY_IN_USE:
            raise Unknown("under_way") from None
        raise Unknown(f"http_{error.http_status or 'none'}") from None


async def _all(ask: Callable[[Any], Awaitable[Any]], asked: dict[str, Any]) -> list[Any]:
    """Return a whole list, page by page, newest first. Raises ProcessorError."""
    found: list[Any] = []
    params = asked | {"limit": PAGE}
    while len(found) < LISTED_MAX:
        page = await _answer(ask(params))
        found += page.data
        if not page.has_more:
            return found
        params["starting_after"] = found[-1].id
    raise Misfit("list_too_long")


def _with(key: UUID) -> stripe.RequestOptions:
    return {"idempotency_key": str(key)}
