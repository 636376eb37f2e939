"""Any network that a file can say, from a seed: drawing one is far quicker than by Hypothesis."""

from dataclasses import replace
from datetime import date, datetime

from hypothesis import strategies as st

from market import network as n
from market.bids import BuyerId, TargetId
from market.condition import And, Comparison, Not, Or
from market.flows import PriceChange
from market.health import Health
from market.limits import CAP_KINDS, WEEK_HOURS, ByHour
from market.money import Micros
from market.recording import OFF, RecordingTerms
from market.repeat import BuyerRepeat, CampaignRepeat
from market.rtb import RtbDoor
from market.screening import ScreeningRules
from tests.routing.chance import Draw

ZONES = ("America/New_York", "America/Phoenix", "UTC")
STRATEGIES = ("auction", "waterfall", "weighted", "round_robin")
PERIODS = ("hour", "day", "week", "month", "ever")
COMPARISONS = [
    Comparison("zip", "in", ("list:zips", "90*")),
    Comparison("state", "in", ("OR", "IN")),
    Comparison("ivr.insured", "contains", ('it\'s "so"', "or")),
    Comparison("ivr.insured", "matches", (r"^\d+ '?$",)),
    Comparison("zip", "begins_with", ("9",)),
    Comparison("zip", "present"),
    Comparison("ivr.insured", "between", ("-1.5", "3")),
    Comparison("ivr.insured", ">=", ("65",)),
]
SEEDS = st.integers(0, 2**64)
SCREENED = ScreeningRules(False, False, ("A", "none"), 5)


def any_network(seed):
    """Return the network of `seed`; every reference in it leads somewhere."""
    draw = Draw(seed)
    buyers = [
        n.Buyer(
            BuyerId(id_),
            draw.text(),
            draw.price(),
            margin_percent=draw.often(20),
            penalty=draw.often(draw.price()),
            paused=draw.often(True, False),
            **limits(draw, True),
            repeat=_repeat(draw),
            **_pings(draw),
        )
        for id_ in draw.ids(3)
    ]
    targets = [_target(draw, id_, draw.choice(buyers).id) for id_ in draw.ids(5)]
    if len(targets) > 1 and draw.often(True):
        targets[1] = replace(targets[1], secondary_of=targets[0].id)
    campaigns = [_campaign(draw, id_, [one.id for one in targets]) for id_ in draw.ids(2)]
    publishers = [_publisher(draw, id_, buyers, targets) for id_ in draw.ids(3)]
    numbers = [
        n.TrackingNumber(
            f"+1212555010{last}", draw.choice(campaigns).id, draw.choice(publishers).id
        )
        for last in range(draw.randrange(4))
    ]
    nouns = (campaigns, publishers, numbers, buyers, targets)
    doors = tuple(_door(draw, f"door-{at}", number) for at, number in enumerate(numbers))
    blocked = draw.often(("+1900*", "+12125550199"), ())
    health = draw.often(_health(draw))
    lists = _lists(draw)  # Always: conditions name it.
    us = n.Holidays("us", (date(2026, 11, 26),), ((12, 25),))
    more = {"blocked_callers": blocked, "lists": lists, "holidays": (us,), "health": health}
    more["rtb"] = doors
    more["same_caller_s"] = draw.choice([0.0, 2.0])
    more["screening"] = draw.choice([None, SCREENED])
    more["recording"] = draw.choice(
        [None, OFF, RecordingTerms(True, draw.randint(1, 99), accept="1")]
    )
    return n.Network(draw.text(), *map(tuple, nouns), **more)


def _door(draw, id_, number):
    kind = {"bid_max": draw.price(), "margin_percent": draw.randint(0, 100)}
    if draw.often(True):
        kind = {"pass_through": False, "bid": draw.price()}
    numbers = draw.often((number.number,), ())
    return RtbDoor(
        id=id_,
        campaign=number.campaign,
        publisher=number.publisher,
        expiry_s=draw.uniform(61, 3600),
        dial_s=draw.seconds() / 2,
        required=draw.often(("zip", "ivr.insured"), ()),
        numbers=numbers,
        shared_number="" if numbers else number.number,
        sip_host=draw.often("rtb.example.com", ""),
        honor_expired=draw.often(True, False),
        other_caller=draw.choice(["promise", "ordinary", "refuse"]),
        priority=draw.randint(1, 100),
        paused=draw.often(True, False),
        **kind,
    )


def _target(draw, id_, buyer):
    kind = {
        "post": draw.often(_ping(draw)),
        "price": draw.price(),
        "destination": draw.choice(["+442071838750", "sip:a@b.example"]),
        "fallback": draw.often(True, False),
    }
    if draw.often(True):
        kind = {"ping": _ping(draw), "price": draw.often(draw.price()), "price_max": draw.price()}
        kind |= _pings(draw)
    return n.Target(
        id=TargetId(id_),
        buyer=buyer,
        name=draw.text(),
        billable_after_s=draw.seconds(),
        weight=draw.choice([1, draw.randint(1, 1000)]),
        filters=tuple(_filter(draw) for _ in range(draw.randrange(3))),
        consent=draw.choice([(), ("trustedform",), ("jornaya", "trustedform")]),
        modifiers=_modifiers(draw),
        margin_percent=draw.often(draw.randint(0, 100)),
        penalty=draw.often(draw.price()),
        required=draw.choice([(), ("zip",), ("zip", "ivr.insured")]),
        hours=draw.often(_hours(draw)),
        pauses=_pauses(draw),
        **limits(draw, False),
        repeat=_repeat(draw),
        ring_s=draw.seconds(),
        whisper=draw.often("Hi", ""),
        **dict.fromkeys(draw.some(("paused", "no_recording", "accept_key", "no_machine")), True),
        answers_in=draw.choice([(), ("TX",), ("TX", "CA")]),
        price_change=draw.choice([None, PriceChange(), PriceChange(90, 120)]),
        health=draw.often(_health(draw)),
        **kind,
    )


def _health(draw):
    mode = draw.choice(["watch", "on", "off", None])
    pause_s = draw.often(float(draw.randint(0, 9999)))
    return Health(throttle=mode, pings_max=draw.often(draw.randint(1, 1000)), pause_s=pause_s)


def _ping(draw):
    settings = {draw.text(): draw.text() for _ in range(draw.randrange(3))}
    secrets = draw.often({"key": "env:ACME_KEY", "a b": "file:acme/b.key"}, {})
    return n.PingTarget("plain_json", "https://buyer.example/ping?x=1", settings, secrets)


def _filter(draw):
    zips = ("90210", "10001", "9*", "100*")
    name = draw.often("", "near-by")
    if draw.often(True):
        return n.Filter(name=name, condition=_condition(draw))
    return n.Filter("zip", draw.some(zips), draw.often(draw.some(zips), ()), name)


def _modifiers(draw):
    kinds = [
        n.Modifier("add", -2_500_000, draw.choice(COMPARISONS)),
        n.Modifier("multiply", draw.choice([0, 1_100_000, 1])),
        n.Modifier("override", 10_000, draw.choice(COMPARISONS), "zips", "ivr.insured"),
        n.Modifier("reject", None, draw.choice(COMPARISONS), draw.often("zips", "")),
    ]
    return tuple(draw.sample(kinds, draw.randrange(3)))


def _reserve_steps(draw):
    steps = (n.ReserveStep(60.0, draw.price()), n.ReserveStep(90.5, draw.price()))
    return draw.choice([(), steps[:1], steps])


def _condition(draw, depth=0):
    kind = draw.randrange(4 if depth < 3 else 1)
    if kind == 0:
        return draw.choice(COMPARISONS)
    parts = tuple(_condition(draw, depth + 1) for _ in range(draw.randint(2, 3)))
    return (Not(parts[0]), And(parts), Or(parts))[kind - 1]


def _lists(draw):
    amounts = draw.often({"90210": "2.50", "9*": "1"}, {})
    return (n.ValueList("zips", ("90210", "9*", *draw.some(["10001", "4*"])), amounts),)


def _hours(draw):
    days = draw.some(range(7))
    windows = {day: ((draw.randrange(600), 720), (780, draw.choice([1080, 1440]))) for day in days}
    dates = {date(2026, 12, 24): (), date(2027, 1, 1): ((1320, 1500),)}
    return n.Hours(draw.choice(ZONES), windows, draw.often(("us",), ()), draw.often(dates, {}))


def _pauses(draw):
    begin, end = datetime(2026, 12, 24, 18, 30), datetime(2027, 1, 2)  # noqa: DTZ001
    return draw.choice([(), (n.Pause(begin, end),), (n.Pause(begin), n.Pause(None, end))])


def limits(draw, zoned):
    """Return limits of anything that may have some; a target's zone is that of its hours."""
    zone = {"zone": draw.choice(ZONES)} if zoned else {}
    return zone | {
        "caps": _caps(draw),
        "concurrency": draw.often(draw.randint(1, 99)),
        "cap_by_hour": draw.often(_by_hour(draw, draw.choice(("calls", "connects")))),
        "concurrency_by_hour": draw.often(_by_hour(draw, "calls")),
    }


def _pings(draw):
    return {"pings_per_minute": draw.often(60), "pings_per_day": draw.often(draw.randint(1, 99))}


def _repeat(draw):
    rule = BuyerRepeat(draw.randint(1, 365), draw.choice(("connected", "billable")))
    return draw.often(rule)


def _by_hour(draw, kind):
    hours = [draw.choice([None, None, 0, 5, 5, draw.randrange(1000)]) for _ in range(WEEK_HOURS)]
    hours[draw.randrange(WEEK_HOURS)] = 7
    return ByHour(tuple(hours), kind)


def _caps(draw):
    kinds = draw.sample([(kind, one) for kind in CAP_KINDS for one in PERIODS], k=3)
    return tuple(n.Cap(*kind, draw.randint(10_000, 10**9)) for kind in kinds[: draw.randrange(4)])


def _publisher(draw, id_, buyers, targets):
    kind = {"payout": "share", "payout_percent": draw.randint(0, 100)}
    if draw.often(True):
        kind = {"payout": "fixed", "payout_amount": draw.price()}
    return n.Publisher(
        id_,
        draw.text(),
        margin_percent=draw.randint(0, 100),
        penalty=draw.often(draw.price(), Micros(0)),
        reserve=draw.often(draw.price(), Micros(0)),
        reserve_steps=_reserve_steps(draw),
        modifiers=_modifiers(draw),
        blocked_buyers=draw.often((buyers[0].id,), ()),
        blocked_targets=draw.often((targets[0].id,), ()),
        **kind,
        **limits(draw, True),
        **_pings(draw),
        pay_again_days=draw.choice([None, "never", 30]),
    )


def _campaign(draw, id_, targets):
    tiers = tuple(
        n.Tier(
            draw.some(targets),
            draw.choice(STRATEGIES),
            draw.often(draw.price()),
            draw.often(draw.randint(900, 30_000)),
            _reserve_steps(draw),
        )
        for _ in range(draw.randint(1, 3))
    )
    ask_zip = n.AskZip(draw.text(), draw.text(), draw.randint(1, 5), 5.0, draw.often(True, False))
    return n.Campaign(
        id=id_,
        name=draw.text(),
        vertical="auto_insurance",
        tiers=tiers,
        reserve=draw.often(draw.price(), Micros(0)),
        reserve_steps=_reserve_steps(draw),
        rank_by=draw.choice(["price", "expected"]),
        odds=draw.choice([None, n.Odds(), n.Odds(draw.randrange(99), draw.randrange(101))]),
        modifiers=_modifiers(draw),
        deadline_ms=draw.randint(900, 30_000),
        told_ms=draw.randint(1, 899),
        greeting=draw.text(),
        ask_zip=draw.choice([None, n.AskZip(), ask_zip]),
        music_url=draw.often("https://media.example/calm.mp3", ""),
        legs_max=draw.randint(1, 10),
        longest_s=float(draw.randint(60, 14_400)),
        fallback=draw.often("sip:x@y.example", ""),
        sorry=draw.text(),
        anonymous_answers=("insured",),
        screening=draw.choice([None, SCREENED, ScreeningRules()]),
        record=draw.often(True, False),
        record_ask=draw.choice(["by_law", "always"]),
        repeat=draw.often(
            CampaignRepeat(
                draw.randint(1, 365),
                draw.choice(("incoming", "connected", "billable")),
                draw.choice(("original", "another")),
                draw.often(True, False),
                draw.choice(("new", "duplicate")),
            )
        ),
        **limits(draw, True),
        resell_unknown_posts=draw.often(True, False),
        price_change=draw.often(PriceChange(draw.randint(1, 100), draw.randint(100, 200))),
    )
