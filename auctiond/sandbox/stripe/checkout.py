"""Checkout: the processor's own page, where a person types a card that we never see."""

from __future__ import annotations

from auctiond.sandbox.stripe import shapes
from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.form import Params, whole
from auctiond.sandbox.stripe.params import needed, text_map
from auctiond.sandbox.stripe.payments import Payments
from auctiond.sandbox.stripe.people import People, card_of
from auctiond.sandbox.stripe.refused import invalid
from auctiond.sandbox.stripe.shapes import Json

LIFE_S = (30 * 60, 24 * 3600)  # An expiry is set within these.


class Checkout:
    def __init__(self, books: Books, people: People, payments: Payments, url: str) -> None:
        self._books = books
        self._people = people
        self._payments = payments
        self._url = url

    def create(self, params: Params) -> Json:
        """Make a session, and what it will pay or set up."""
        mode = needed(params, "mode")
        if mode not in ("payment", "setup"):
            raise invalid("The sandbox has the modes payment and setup", "mode")
        needed(params, "success_url")
        customer = params.get("customer")
        if customer is not None:
            self._books.get("customer", customer)
        at, id_ = self._books.at(), self._books.new_id("checkout.session")
        expires = whole(params, "expires_at") or at + LIFE_S[1]
        if not LIFE_S[0] <= expires - at <= LIFE_S[1]:
            raise invalid("expires_at must be between 30 minutes and 24 hours away", "expires_at")
        made = shapes.session(id_, at, f"{self._url}/sandbox/checkout/{id_}", mode=mode)
        made |= {"customer": customer, "expires_at": expires}
        made |= {name: params.get(name) for name in ("cancel_url", "success_url")}
        made["client_reference_id"] = params.get("client_reference_id")
        made["metadata"] = text_map(params, "metadata")
        if mode == "payment":
            made["amount_total"] = made["amount_subtotal"] = _total(params)
            made["inner"] = params.get("payment_intent_data", {})
        else:
            inner = params.get("setup_intent_data", {})
            setup = {"metadata": inner.get("metadata", {}), "usage": "off_session"}
            setup |= {"customer": customer} if customer is not None else {}
            made["setup_intent"] = self._people.create_setup(setup)["id"]
        return self._books.add(made)

    def complete(self, id_: str, number: str) -> Json:
        """A person fills the page in. Raises Refused when the card says no; the page stays open."""
        found = self._books.get("checkout.session", id_)
        if found["status"] != "open" or self._books.at() >= found["expires_at"]:
            raise invalid(f"This session is {found['status']}, or has expired", "session")
        if found["mode"] == "setup":
            self._people.confirm_setup(found["setup_intent"], number)
        else:
            self._pay(found, number)
        found["status"] = "complete"
        self._books.tell("checkout.session.completed", public(found))
        return found

    def _pay(self, found: Json, number: str) -> None:
        card, inner = card_of(number), found["inner"]
        method = self._people.new_method(card, found["customer"])
        fields = {"amount": str(found["amount_total"]), "currency": "usd"}
        fields |= {"customer": found["customer"]} if found["customer"] else {}
        fields |= {"metadata": inner.get("metadata", {}), "payment_method": method["id"]}
        if usage := inner.get("setup_future_usage"):
            fields["setup_future_usage"] = usage
        intent = self._payments.create(fields)
        found["payment_intent"] = intent["id"]
        self._payments.pay(intent, off_session=False)
        if intent["status"] == "requires_action":  # The person is there, and does it.
            self._payments.succeed(intent, card)
        found["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"

    def expire(self, id_: str) -> Json:
        """Close a page that nobody filled in."""
        found = self._books.get("checkout.session", id_)
        if found["status"] != "open":
            raise invalid("Only Checkout Sessions with a status of open can be expired.")
        found["status"], found["url"] = "expired", None
        self._books.tell("checkout.session.expired", public(found))
        return found


def public(found: Json) -> Json:
    """Return a session as others see it."""
    return {name: value for name, value in found.items() if name != "inner"}


def _total(params: Params) -> int:
    items = params.get("line_items")
    if not isinstance(items, list) or not items:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    total = 0
    for item in items:
        price = item.get("price_data", {})
        amount, count = whole(price, "unit_amount"), whole(item, "quantity")
        if amount is None or count is None or needed(price, "currency") != "usd":
            raise invalid("line_items need price_data[unit_amount] in usd and a quantity")
        needed(price.get("product_data", {}), "name")
        total += amount * count
    return total
