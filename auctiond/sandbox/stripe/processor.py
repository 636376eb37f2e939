"""The whole processor: which request is which operation, each executed once for its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.checkout import Checkout, public
from auctiond.sandbox.stripe.form import Params
from auctiond.sandbox.stripe.keys import Keys
from auctiond.sandbox.stripe.options import StripeOptions
from auctiond.sandbox.stripe.params import check_params
from auctiond.sandbox.stripe.payments import Payments
from auctiond.sandbox.stripe.people import People
from auctiond.sandbox.stripe.refused import Refused, invalid
from auctiond.sandbox.stripe.shapes import Json

# Where each kind of object is read, and how its operations are called.
READ = {
    "customers": ("customer", "customer"),
    "payment_methods": ("payment_method", "payment_method"),
    "setup_intents": ("setup_intent", "setup_intent"),
    "payment_intents": ("payment_intent", "payment_intent"),
    "charges": ("charge", "charge"),
    "refunds": ("refund", "refund"),
    "disputes": ("dispute", "dispute"),
    "balance_transactions": ("balance_transaction", "balance_transaction"),
    "payouts": ("payout", "payout"),
    "events": ("event", "event"),
}


@dataclass(slots=True)
class Processor:
    options: StripeOptions
    books: Books
    keys: Keys
    people: People
    payments: Payments
    checkout: Checkout
    rng: Random
    next_vices: list[str] = field(default_factory=list)  # Each for one POST to come.

    def has_vice(self, name: str) -> bool:
        """Tell whether the request that is being answered has that vice."""
        if self.next_vices and self.next_vices[0] == name:
            self.next_vices.pop(0)
            return True
        return self.rng.random() < float(getattr(self.options.vices, name))

    def read(self, parts: list[str], params: Params) -> Json:
        """Answer a GET. Raises Refused."""
        match parts:
            case ["checkout", "sessions", id_]:
                check_params("session.get", params)
                found = public(self.books.get("checkout.session", id_))
                return self.books.expanded(found, params)
            case [place, id_] if place in READ:
                kind, name = READ[place]
                check_params(f"{name}.get", params)
                return self.books.expanded(self.books.get(kind, id_), params)
            case ["payment_methods"]:
                check_params("payment_method.list", params)
                return self.books.expanded(self.people.list_methods(params), params)
            case [place] if place in READ and place not in ("customers", "setup_intents"):
                kind, name = READ[place]
                check_params(f"{name}.list", params)
                return self.books.expanded(self.books.listing(kind, params), params)
        raise _unknown("GET", parts)

    def write(self, parts: list[str], params: Params) -> Json:
        """Answer a POST. Raises Refused."""
        name, work = self._operation(parts)
        check_params(name, params)
        made = work(params)
        return self.books.expanded(public(made), params)

    def _operation(self, parts: list[str]) -> tuple[str, Callable[[Params], Json]]:
        match parts:
            case ["customers"]:
                return "customer.create", self.people.create_customer
            case ["setup_intents"]:
                return "setup_intent.create", self.people.create_setup
            case ["payment_intents"]:
                return "payment_intent.create", self.payments.create
            case ["payment_intents", id_, "cancel"]:
                return "payment_intent.cancel", lambda _: self.payments.cancel(id_)
            case ["payment_methods", id_, "detach"]:
                return "payment_method.detach", lambda _: self.people.detach(id_)
            case ["refunds"]:
                return "refund.create", self.payments.refund
            case ["checkout", "sessions"]:
                return "session.create", self.checkout.create
            case ["checkout", "sessions", id_, "expire"]:
                return "session.expire", lambda _: self.checkout.expire(id_)
        raise _unknown("POST", parts)

    def forget(self) -> None:
        """Forget everything."""
        self.books.objects.clear()
        self.books.cards.clear()
        self.keys.forget()
        self.next_vices.clear()


def _unknown(method: str, parts: list[str]) -> Refused:
    path = "/".join(parts)
    return invalid(f"Unrecognized request URL ({method}: /v1/{path}).", status=404)
