"""Plans: what using auctiond costs, and what a month comes to. Pure.

An amount is rounded down to whole cents once, for each topic and month.
"""

from __future__ import annotations

from collections.abc import Mapping

from market.money import UNIT, Micros, MoneyError, dollars, micros
from market.value import dataclass

CENT = UNIT // 100
MINUTE_S = 60
COUNT_MAX = 10**9
ROUNDINGS_S = (1, 6, 30, 60)  # As carriers round a leg up.
TOPICS = ("fee", "minutes", "numbers", "pings", "recordings")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many are included in the fee; each one more costs `price`."""

    included: int = 0
    price: Micros = Micros(0)


@dataclass(frozen=True, slots=True)
class Plan:
    monthly_fee: Micros = Micros(0)
    minutes: Rate = Rate()
    numbers: Rate = Rate()  # Each in a month.
    pings: Rate = Rate()
    recordings: Rate = Rate()
    round_to_s: int = MINUTE_S  # A leg of a call is rounded up to that.


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in a month."""

    seconds: int = 0
    numbers: int = 0
    pings: int = 0
    recordings: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an invoice. `amount` is in micros; a credit's is negative."""

    topic: str
    text: str
    amount: int
    quantity: str = ""
    unit_price: str = ""


class PlanError(ValueError):
    """A plan is wrong; the text names the field and what would be right."""


def items_of(plan: Plan, used: Used) -> tuple[Item, ...]:
    """Return what a month comes to: a line for each topic, also where nothing is due."""
    minutes, over_s = plan.minutes, max(0, used.seconds - plan.minutes.included * MINUTE_S)
    talked = _cents(over_s * minutes.price // MINUTE_S)
    shown = f"{-(-used.seconds // MINUTE_S)}"
    lines = [
        Item("fee", "Monthly fee", _cents(plan.monthly_fee), "1", dollars(plan.monthly_fee)),
        Item("minutes", _text("Minutes", minutes), talked, shown, dollars(minutes.price)),
    ]
    for topic, name, rate, count in (
        ("numbers", "Numbers", plan.numbers, used.numbers),
        ("pings", "Pings", plan.pings, used.pings),
        ("recordings", "Recordings", plan.recordings, used.recordings),
    ):
        amount = _cents(max(0, count - rate.included) * rate.price)
        lines.append(Item(topic, _text(name, rate), amount, str(count), dollars(rate.price)))
    return tuple(lines)


def write_plan(plan: Plan) -> dict[str, object]:
    """Return a plan as the API has it."""
    told: dict[str, object] = {"monthly_fee": dollars(plan.monthly_fee)}
    for topic in TOPICS[1:]:
        rate: Rate = getattr(plan, topic)
        told[topic] = {"included": rate.included, "price": dollars(rate.price)}
    return told | {"round_to_s": plan.round_to_s}


def read_plan(told: Mapping[str, object]) -> Plan:
    """Return the plan that the API was given. Raises PlanError."""
    known = {"monthly_fee", "round_to_s", "currency", *TOPICS[1:]}
    for name in told:
        if name not in known:
            raise PlanError(f"{name}: there is no such field; there are {', '.join(sorted(known))}")
    round_to_s = told.get("round_to_s", MINUTE_S)
    if round_to_s not in ROUNDINGS_S or isinstance(round_to_s, bool):
        raise PlanError(f"round_to_s: expected one of {', '.join(map(str, ROUNDINGS_S))}")
    rates = {topic: _rate(topic, told.get(topic, {})) for topic in TOPICS[1:]}
    fee = _money("monthly_fee", told.get("monthly_fee", "0.00"))
    if fee % CENT:
        raise PlanError("monthly_fee: expected whole cents")
    return Plan(fee, **rates, round_to_s=int(str(round_to_s)))


def _rate(topic: str, told: object) -> Rate:
    if not isinstance(told, Mapping) or not set(told) <= {"included", "price"}:
        expected = '{"included": 100, "price": "0.0150"}'
        raise PlanError(f"{topic}: expected {expected}")
    included = told.get("included", 0)
    if type(included) is not int or not 0 <= included <= COUNT_MAX:
        raise PlanError(f"{topic}.included: expected a whole number, 0 to {COUNT_MAX}")
    return Rate(included, _money(f"{topic}.price", told.get("price", "0.00")))


def _money(field: str, value: object) -> Micros:
    try:
        if not isinstance(value, str):
            raise MoneyError
        return micros(value)
    except MoneyError:
        raise PlanError(f'{field}: expected dollars as text, like "0.0150"') from None


def _cents(amount: int) -> int:
    return amount // CENT * CENT


def _text(name: str, rate: Rate) -> str:
    return f"{name}, {rate.included:,} included" if rate.included else name
