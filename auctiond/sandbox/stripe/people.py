"""Customers and their payment methods. A card comes from a person, never through the API."""

from __future__ import annotations

from auctiond.sandbox.stripe import shapes
from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.cards import CARDS, CODES, Card
from auctiond.sandbox.stripe.form import Params
from auctiond.sandbox.stripe.params import needed, text_map
from auctiond.sandbox.stripe.refused import declined, invalid
from auctiond.sandbox.stripe.shapes import Json

TEXTS = ("description", "email", "name")
USAGES = ("off_session", "on_session")


class People:
    def __init__(self, books: Books) -> None:
        self._books = books

    def create_customer(self, params: Params) -> Json:
        """Make a customer."""
        more: dict[str, object] = {name: params[name] for name in TEXTS if name in params}
        more["metadata"] = text_map(params, "metadata")
        id_ = self._books.new_id("customer")
        made = self._books.add(shapes.customer(id_, self._books.at(), **more))
        self._books.tell("customer.created", made)
        return made

    def create_setup(self, params: Params) -> Json:
        """Make a setup intent: a person will give it a card."""
        usage = params.get("usage", "off_session")
        if usage not in USAGES:
            raise invalid("Invalid usage: must be one of off_session or on_session", "usage")
        customer = params.get("customer")
        if customer is not None:
            self._books.get("customer", str(customer))
        id_ = self._books.new_id("setup_intent")
        more = {"customer": customer, "usage": usage, "metadata": text_map(params, "metadata")}
        made = self._books.add(shapes.setup_intent(id_, self._books.at(), **more))
        self._books.tell("setup_intent.created", made)
        return made

    def confirm_setup(self, id_: str, number: str) -> Json:
        """A person gives a card to a setup intent."""
        found = self._books.get("setup_intent", id_)
        if found["status"] == "succeeded":
            raise invalid("This SetupIntent has succeeded already", "intent")
        card = card_of(number)
        if card.at_setup:
            code = CODES.get(card.at_setup, "card_declined")
            found["last_setup_error"] = {"code": code, "decline_code": card.at_setup}
            self._books.tell("setup_intent.setup_failed", found)
            said = {"setup_intent": dict(found)}
            raise declined("Your card was declined.", code, card.at_setup, said)
        method = self.new_method(card, found["customer"])
        found["payment_method"], found["status"] = method["id"], "succeeded"
        self._books.tell("setup_intent.succeeded", found)
        return found

    def new_method(self, card: Card, customer: str | None) -> Json:
        """Make a payment method of a card, attached to a customer if there is one."""
        id_ = self._books.new_id("payment_method")
        made = shapes.payment_method(
            id_, self._books.at(), card.brand, card.last4, customer=customer
        )
        self._books.cards[id_] = card
        self._books.add(made)
        if customer is not None:
            self._books.tell("payment_method.attached", made)
        return made

    def detach(self, id_: str) -> Json:
        """Take a payment method from its customer, for good."""
        found = self._books.get("payment_method", id_)
        if found["customer"] is None:
            text = "The payment method you provided is not attached to a customer so detachment"
            raise invalid(f"{text} is impossible.", "payment_method")
        found["customer"] = None
        self._books.tell("payment_method.detached", found)
        return found

    def list_methods(self, params: Params) -> Json:
        """Return a customer's payment methods."""
        self._books.get("customer", needed(params, "customer"))
        return self._books.listing("payment_method", params)


def card_of(number: str) -> Card:
    """Return how the test card of that number behaves. Raises Refused."""
    card = CARDS.get("".join(number.split()))
    if card is None:
        raise invalid("The sandbox takes test cards alone, like 4242 4242 4242 4242", "card")
    return card
