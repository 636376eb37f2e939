"""The demo's network: the sandbox's buyers as one campaign's targets, and their wallets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auctiond.sandbox.buyers.laws import usual
from auctiond.sandbox.buyers.offers import BILLABLE_S, destination
from market.bids import BuyerId, TargetId
from market.money import Micros, micros
from market.network import (
    AskZip,
    Buyer,
    Campaign,
    Cap,
    Filter,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
)
from market.recording import RecordingTerms
from market.rtb import RtbDoor
from routing.network_file import write_network

FORMATS = ("plain_json", "ringba", "trackdrive", "retreaver")  # Given to the buyers in turn.
SECRET, SECRET_VALUE = "SANDBOX_BUYERS_KEY", "sandbox"  # The demo sets it in its environment.

CAMPAIGN, VERTICAL = "auto-calls", "auto-insurance"
RECORDED = "auto-calls-recorded"
NOTICE_S = 1.0  # A caller of a demo is quick to say no.
FALLBACK = "+15559000000"  # Where a caller goes whom nobody buys.
STEADY, LAST_RESORT = "steady", "last-resort"  # Buyers with a price and no server.
STEADY_NUMBER, LAST_RESORT_NUMBER = "+15559000001", "+15559000002"

DEADLINE_MS, TOLD_MS = 400, 350
DOORS = ("north-by-sip", "flat-by-number")  # Where publishers ask for a price first.
SIP_HOST = "rtb.sandbox.example"
POOL = tuple(f"+1555801{n:04d}" for n in range(40))  # For bids that are called by phone.
RING_S = 5.0  # Short, so that a demo's unanswered leg is over soon.
FIRST_TIER_PERCENT = 60  # Of the buyers; the others are asked when none of these buys.
PRICE_MAX = micros(60)  # Over an honest buyer's best, and under nonsense.
PRICE_MAX_HIGH = micros(120)  # For who bids high on purpose.
WALLET = micros(500)
WALLET_LOW = micros(45)  # Once the price of a buyer who bids high, hardly ever twice.


def demo_network(
    ports: Sequence[int], *, numbers: int = 4, laws: Sequence[str] = (), recorded: bool = False
) -> str:
    """Return the network file for buyers at `ports`, called through that many numbers.

    `recorded`: what comes in by the last of them is recorded, once the caller was told.
    """
    laws = tuple(laws) or usual(len(ports))
    targets = [_target(n, port, laws[n % len(laws)]) for n, port in enumerate(ports)]
    network = Network(
        name="sandbox",
        campaigns=_campaigns([target.id for target in targets], recorded=recorded),
        publishers=(
            Publisher("north-media", "North Media", payout_percent=70, payout_hold_days=0),
            Publisher(
                "flat-clicks",
                "Flat Clicks",
                payout="fixed",
                payout_amount=micros(5),
                payout_hold_days=0,
            ),
        ),
        numbers=(
            *(_by_campaign(tracking_numbers(numbers)) if recorded else tracking_numbers(numbers)),
            *(TrackingNumber(number, CAMPAIGN, "flat-clicks") for number in POOL),
        ),
        buyers=(
            *(Buyer(_buyer(n), f"Sandbox Buyer {n}") for n in range(len(ports))),
            Buyer(BuyerId(STEADY), "Steady Insurance"),
            Buyer(BuyerId(LAST_RESORT), "Last Resort Insurance"),
        ),
        targets=(*targets, *_static_targets()),
        rtb=_doors(),
        recording=RecordingTerms(on=True, timeout_s=NOTICE_S) if recorded else None,
    )
    return write_network(network)


def _doors() -> tuple[RtbDoor, ...]:
    """Return a door for each publisher: one is called by SIP, one at numbers of its own."""
    by_sip = RtbDoor(
        DOORS[0],
        CAMPAIGN,
        "north-media",
        sip_host=SIP_HOST,
        told_ms=TOLD_MS,
        deadline_ms=2 * DEADLINE_MS,
        timeout_ms=3 * DEADLINE_MS,
    )
    by_number = replace(
        by_sip, id=DOORS[1], publisher="flat-clicks", sip_host="", numbers=POOL, margin_percent=20
    )
    return by_sip, by_number


def tracking_numbers(count: int) -> list[TrackingNumber]:
    """Return the numbers that callers dial, the publishers' in turn."""
    publishers = ("north-media", "flat-clicks")
    return [
        TrackingNumber(f"+1555800{n:04d}", CAMPAIGN, publishers[n % len(publishers)])
        for n in range(count)
    ]


def _by_campaign(numbers: list[TrackingNumber]) -> list[TrackingNumber]:
    """Return them, the last one with the campaign whose calls are recorded."""
    return [*numbers[:-1], replace(numbers[-1], campaign=RECORDED)]


def wallets(buyers: int, laws: Sequence[str] = ()) -> list[tuple[BuyerId, Micros]]:
    """Return what every buyer pays in before the demo starts."""
    laws = tuple(laws) or usual(buyers)
    amounts = {"low_balance": WALLET_LOW}
    pinged = [(_buyer(n), amounts.get(laws[n % len(laws)], WALLET)) for n in range(buyers)]
    return [*pinged, (BuyerId(STEADY), WALLET), (BuyerId(LAST_RESORT), WALLET)]


def _buyer(n: int) -> BuyerId:
    return BuyerId(f"buyer-{n:02d}")


def _campaigns(pinged: list[TargetId], *, recorded: bool) -> tuple[Campaign, ...]:
    usual = _campaign(pinged)
    if not recorded:
        return (usual,)
    return usual, replace(
        usual, id=RECORDED, name=f"{usual.name}, recorded", record=True, record_ask="always"
    )


def _campaign(pinged: list[TargetId]) -> Campaign:
    first = max(1, len(pinged) * FIRST_TIER_PERCENT // 100)
    return Campaign(
        id=CAMPAIGN,
        name="Auto insurance calls",
        vertical=VERTICAL,
        tiers=(
            Tier((*pinged[:first], TargetId(STEADY)), reserve=micros(10)),
            Tier((*pinged[first:], TargetId(LAST_RESORT))),
        ),
        reserve=micros(5),
        deadline_ms=DEADLINE_MS,
        told_ms=TOLD_MS,
        greeting="Thank you for calling about auto insurance.",
        ask_zip=AskZip(tries=3, timeout_s=1.5),
        legs_max=3,
        fallback=FALLBACK,
    )


def _target(n: int, port: int, law: str) -> Target:
    name = FORMATS[n % len(FORMATS)]
    return Target(
        id=TargetId(f"target-{n:02d}"),
        buyer=_buyer(n),
        ping=_ping(name, f"http://127.0.0.1:{port}"),
        price_max=PRICE_MAX_HIGH if law == "low_balance" else PRICE_MAX,
        destination=destination(n) if name == "trackdrive" else "",
        billable_after_s=BILLABLE_S,
        filters=(Filter("state", none_of=("AK",)),) if n % 5 == 3 else (),
        caps=_caps(n),
        concurrency={0: 10, 1: 2}.get(n % 3),
        ring_s=RING_S,
    )


def _ping(name: str, host: str) -> PingTarget:
    match name:
        case "ringba":
            return PingTarget(name, f"{host}/v1/production/sandbox.json")
        case "trackdrive":
            settings = {"vanity": "sandbox", "traffic_source_id": "auctiond"}
            return PingTarget(name, host, settings)
        case "retreaver":
            return PingTarget(name, host, {"publisher_id": "auctiond"}, {"key": f"env:{SECRET}"})
        case _:
            return PingTarget(name, f"{host}/ping", {"post_url": f"{host}/post"})


def _caps(n: int) -> tuple[Cap, ...]:
    """Return caps of every kind: some that a demo reaches, some that it does not."""
    match n % 6:
        case 0:
            return (Cap("calls", "day", 500), Cap("connects", "week", 2000))
        case 2:
            return (Cap("billables", "hour", 5), Cap("money", "day", micros(2000)))
        case 4:
            return (Cap("money", "hour", micros(90)),)
        case _:
            return ()


def _static_targets() -> tuple[Target, ...]:
    steady = Target(
        id=TargetId(STEADY),
        buyer=BuyerId(STEADY),
        price=micros(14),
        destination=STEADY_NUMBER,
        billable_after_s=BILLABLE_S,
        ring_s=RING_S,
    )
    last_resort = Target(
        id=TargetId(LAST_RESORT),
        buyer=BuyerId(LAST_RESORT),
        price=micros(6),
        destination=LAST_RESORT_NUMBER,
        billable_after_s=BILLABLE_S,
        fallback=True,
        ring_s=RING_S,
    )
    return steady, last_resort
