"""The part that sees to what a crash or a lost answer left unfinished, put together."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from actors.call_desk import CallDesk
from auctiond.calls.bank import Bank
from auctiond.calls.leftovers import Leftovers
from auctiond.calls.news import News
from auctiond.calls.phone import Phone
from auctiond.calls.records import Records
from auctiond.calls.recovery import Recovery
from auctiond.calls.reposting import Reposter
from auctiond.calls.switchboard import Switchboard
from auctiond.networks.editions import Editions
from auctiond.parts.base import Base, now_ms
from auctiond.pg.people import People
from auctiond.pg.posts import Posts
from market.call import Event


def make_recovery(
    base: Base, editions: Editions, desk: CallDesk, switchboard: Switchboard, phone: Phone
) -> Recovery:
    """Return what brings calls back."""
    return Recovery(
        Records(base.calls),
        News(base.inbox, base.vault, base.log),
        People(base.pg),
        base.vault,
        editions,
        base.leads,
        base.call_log,
        desk,
        switchboard,
        phone,
        base.log,
        now_ms,
    )


def make_reposter(
    base: Base, editions: Editions, tell: Callable[[UUID, Event], object]
) -> Reposter:
    """Return what sees to posts that nobody knows the end of."""
    return Reposter(
        Posts(base.pg),
        Records(base.calls),
        People(base.pg),
        base.vault,
        editions,
        base.networks,
        base.wire,
        tell,
        base.metrics,
        base.log,
        now_ms,
        base.tokens.of,
    )


def make_leftovers(base: Base, editions: Editions, desk: CallDesk, bank: Bank) -> Leftovers:
    """Return what settles the money that no live call will settle."""
    news = News(base.inbox, base.vault, base.log)
    records = Records(base.calls)
    return Leftovers(records, editions, news, base.carriers, desk, bank, base.log, now_ms)
