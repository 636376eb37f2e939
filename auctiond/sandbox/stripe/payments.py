"""Payment intents, what they charge, and what is given back: refunds, disputes, payouts."""

from __future__ import annotations

from auctiond.sandbox.stripe import shapes
from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.cards import AUTHENTICATION, CODES, Card
from auctiond.sandbox.stripe.form import Params, flag, whole
from auctiond.sandbox.stripe.params import needed, text_map
from auctiond.sandbox.stripe.refused import declined, invalid
from auctiond.sandbox.stripe.shapes import Json

AMOUNT_MIN, AMOUNT_MAX = 50, 99_999_999  # Cents.
DISPUTE_FEE = 1_500
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
CODE_OF_BANK = "payment_intent_payment_attempt_failed"


def fee_of(amount: int) -> int:
    """Return what the processor keeps of a charge: 2.9 percent and 30 cents, rounded."""
    return (amount * 29 + 500) // 1000 + 30


class Payments:
    def __init__(self, books: Books) -> None:
        self._books = books

    def create(self, params: Params) -> Json:
        """Make a payment intent, and charge it if it comes with `confirm`."""
        made = self._checked(params)
        self._books.add(made)
        self._books.tell("payment_intent.created", made)
        if flag(params, "confirm"):
            self.pay(made, off_session=flag(params, "off_session"))
        return made

    def _checked(self, params: Params) -> Json:
        amount = whole(params, "amount")
        if amount is None:
            raise invalid("Missing required param: amount.", "amount", "parameter_missing")
        if amount < AMOUNT_MIN:
            raise invalid("Amount must be at least $0.50 usd", "amount", "amount_too_small")
        if amount > AMOUNT_MAX:
            raise invalid("Amount must be no more than $999,999.99", "amount", "amount_too_large")
        if needed(params, "currency") != "usd":
            raise invalid("The sandbox has US dollars alone", "currency")
        customer, method = params.get("customer"), params.get("payment_method")
        if customer is not None:
            self._books.get("customer", customer)
        if flag(params, "off_session") and not flag(params, "confirm"):
            raise invalid("off_session can only be set to true when confirm is", "off_session")
        if flag(params, "confirm") and method is None:
            text = "You cannot confirm this PaymentIntent because it's missing a payment method"
            raise invalid(text, "payment_method", "payment_intent_unexpected_state")
        if method is not None:
            owner = self._books.get("payment_method", method)["customer"]
            if owner is None or owner != customer:
                text = "The PaymentMethod does not belong to the Customer you supplied"
                raise invalid(text, "payment_method")
        return shapes.payment_intent(
            self._books.new_id("payment_intent"),
            self._books.at(),
            amount=amount,
            customer=customer,
            description=params.get("description"),
            metadata=text_map(params, "metadata"),
            payment_method=method,
            setup_future_usage=params.get("setup_future_usage"),
        )

    def pay(self, intent: Json, *, off_session: bool) -> None:
        """Charge an intent's payment method. Raises Refused when the card says no."""
        card = self._books.cards[intent["payment_method"]]
        if card.asks and off_session:
            self._decline(intent, AUTHENTICATION, AUTHENTICATION, "This card needs its owner.")
        if card.asks:
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
            self._books.tell("payment_intent.requires_action", intent)
        elif card.at_charge:
            code = CODES.get(card.at_charge, "card_declined")
            self._decline(intent, code, card.at_charge, "Your card was declined.")
        elif card.slow:
            intent["status"] = "processing"
            self._books.tell("payment_intent.processing", intent)
        else:
            self.succeed(intent, card)

    def _decline(self, intent: Json, code: str, decline_code: str, text: str) -> None:
        id_ = self._books.new_id("charge")
        more = {"failure_code": code, "failure_message": text, "status": "failed", "paid": False}
        unpaid = {"amount_captured": 0, "captured": False}
        charged = shapes.charge(id_, self._books.at(), intent, **more, **unpaid)
        self._books.add(charged)
        intent["latest_charge"] = id_
        intent["last_payment_error"] = {
            "type": "card_error",
            "code": code,
            "decline_code": decline_code,
            "message": text,
        }
        method, intent["payment_method"] = intent["payment_method"], None
        intent["status"] = "requires_payment_method"
        self._books.tell("charge.failed", charged)
        self._books.tell("payment_intent.payment_failed", intent)
        raise declined(
            text,
            code,
            decline_code,
            {"payment_intent": dict(intent), "charge": id_}
            | {"payment_method": dict(self._books.get("payment_method", method))},
        )

    def succeed(self, intent: Json, card: Card) -> None:
        """The money comes in."""
        id_ = self._books.new_id("charge")
        charged = self._books.add(shapes.charge(id_, self._books.at(), intent))
        intent["latest_charge"], intent["status"] = id_, "succeeded"
        intent["amount_received"], intent["next_action"] = intent["amount"], None
        self._books.tell("charge.succeeded", charged)
        self._books.tell("payment_intent.succeeded", intent)
        # Capture is asynchronous: the balance transaction is there a moment later.
        amount = intent["amount"]
        charged["balance_transaction"] = self._books.book(
            "charge", id_, amount, fee_of(amount), "charge"
        )
        self._books.tell("charge.updated", charged)
        if card.disputed:
            self.dispute(charged, "fraudulent")

    def settle(self, id_: str, *, paid: bool) -> Json:
        """The bank answers at last for an intent that was processing."""
        intent = self._books.get("payment_intent", id_)
        if intent["status"] not in ("processing", "requires_action"):
            raise invalid(f"The intent is {intent['status']}", "intent")
        if paid:
            self.succeed(intent, self._books.cards[intent["payment_method"]])
        else:
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"type": "invalid_request_error", "code": CODE_OF_BANK}
            self._books.tell("payment_intent.payment_failed", intent)
        return intent

    def cancel(self, id_: str) -> Json:
        """Give an intent up."""
        intent = self._books.get("payment_intent", id_)
        if intent["status"] not in OPEN:
            text = f"A PaymentIntent that is {intent['status']} cannot be canceled."
            raise invalid(text, "intent", "payment_intent_unexpected_state")
        intent["status"], intent["canceled_at"] = "canceled", self._books.at()
        self._books.tell("payment_intent.canceled", intent)
        return intent

    def refund(self, params: Params) -> Json:
        """Give a charge back, whole or in part."""
        charged = self._charge_of(params)
        left = charged["amount"] - charged["amount_refunded"]
        amount = whole(params, "amount")
        amount = left if amount is None else amount
        if charged["disputed"]:
            raise invalid("This charge has been charged back", "charge", "charge_disputed")
        if not left:
            text = f"Charge {charged['id']} has already been refunded."
            raise invalid(text, "charge", "charge_already_refunded")
        if not 1 <= amount <= left:
            raise invalid(f"Refund amount is greater than unrefunded amount ({left})", "amount")
        id_ = self._books.new_id("refund")
        more = {"metadata": text_map(params, "metadata"), "reason": params.get("reason")}
        made = self._books.add(shapes.refund(id_, self._books.at(), charged, amount, **more))
        made["balance_transaction"] = self._books.book("refund", id_, -amount, 0, "refund")
        charged["amount_refunded"] += amount
        charged["refunded"] = charged["amount_refunded"] == charged["amount"]
        self._books.tell("refund.created", made)
        self._books.tell("charge.refunded", charged)
        if self._books.cards[charged["payment_method"]].refund_fails:
            self._fail(made, charged)
        return made

    def _fail(self, refund: Json, charged: Json) -> None:
        refund["status"], refund["failure_reason"] = "failed", "expired_or_canceled_card"
        refund["failure_balance_transaction"] = self._books.book(
            "refund_failure", refund["id"], refund["amount"], 0, "refund_failure"
        )
        charged["amount_refunded"] -= refund["amount"]
        charged["refunded"] = False
        self._books.tell("refund.failed", refund)

    def _charge_of(self, params: Params) -> Json:
        if "charge" in params:
            charged = self._books.get("charge", str(params["charge"]))
        else:
            intent = self._books.get("payment_intent", needed(params, "payment_intent"))
            if intent["latest_charge"] is None:
                raise invalid("This PaymentIntent does not have a successful charge to refund.")
            charged = self._books.get("charge", intent["latest_charge"])
        if charged["status"] != "succeeded":
            raise invalid("This PaymentIntent does not have a successful charge to refund.")
        return charged

    def dispute(self, charged: Json, reason: str) -> Json:
        """The owner of a card wants the money back; the processor takes it from us at once."""
        if charged["disputed"]:
            raise invalid("This charge is disputed already", "charge")
        id_ = self._books.new_id("dispute")
        amount = charged["amount"] - charged["amount_refunded"]
        made = self._books.add(shapes.dispute(id_, self._books.at(), charged, amount, reason))
        charged["disputed"] = True
        self._books.tell("charge.dispute.created", made)
        booked = self._books.book("adjustment", id_, -amount, DISPUTE_FEE, "dispute")
        made["balance_transactions"].append(dict(self._books.objects[booked]))
        self._books.tell("charge.dispute.funds_withdrawn", made)
        return made

    def close_dispute(self, id_: str, *, won: bool) -> Json:
        """The card's bank decides; what we have won comes back."""
        found = self._books.get("dispute", id_)
        if found["status"] in ("won", "lost"):
            raise invalid(f"The dispute is {found['status']} already", "dispute")
        found["status"] = "won" if won else "lost"
        if won:
            booked = self._books.book("adjustment", id_, found["amount"], 0, "dispute_reversal")
            found["balance_transactions"].append(dict(self._books.objects[booked]))
            self._books.tell("charge.dispute.funds_reinstated", found)
        self._books.tell("charge.dispute.closed", found)
        return found

    def pay_out(self) -> Json:
        """Send the whole balance to our bank."""
        balance = sum(each["net"] for each in self._books.each("balance_transaction"))
        if balance <= 0:
            raise invalid("There is nothing to pay out", "amount")
        made = self._books.add(
            shapes.payout(self._books.new_id("payout"), self._books.at(), balance)
        )
        made["balance_transaction"] = self._books.book("payout", made["id"], -balance, 0, "payout")
        self._books.tell("payout.paid", made)
        return made
