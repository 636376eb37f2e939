"""Carries notices out: finds who is told, sends, and tries again for as long as that makes sense.

At least once: who dies between sending and writing that down sends again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trio

from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.errors import WireError
from auctiond.net.wire import Wire
from auctiond.networks.network_book import NetworkBook
from auctiond.notices.letter import LetterError, as_message, write_letter
from auctiond.notices.mail import Mailer, MailError
from auctiond.notices.recipients import Post, channels_of, post_of
from auctiond.notices.webhook import (
    ANSWER_S,
    GONE,
    SCHEDULE_S,
    BoundWebhook,
    again_s,
    retry_after_s,
    write_webhook,
)
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.notices import MAIL, UNSPREAD, Delivery, Notice, NoticeBook, Outcome
from market.http import HttpReply
from market.network import Network
from market.notices import KINDS, OPERATOR

LOOK_EVERY_S = 2.0  # Nobody waits for a notice; an empty look is one short query.
AT_ONCE = 8  # Of one look, and all begun at once; the rest is still due at the next.
HOLD_S = 150.0  # Longer than a mail or a webhook takes: so long whoever took it may hold it.
LEASE_S = 180.0  # Longer than that: then another server may take it.
KEEP = timedelta(days=400)  # A year and its end: what was told of money, and when.
PRUNE_EVERY_S = 3600.0
# When mail is tried, in seconds from the first: a mail server greylists for minutes, and may be
# down over a weekend's night.
MAIL_SCHEDULE_S: tuple[int, ...] = (0, 60, 300, 900, 3600, 14_400, 43_200, 86_400, 172_800)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended, and whether it is made again, not before `wait_s`."""

    outcome: Outcome
    reason: str = ""
    again: bool = False
    wait_s: float = 0.0


@dataclass(slots=True)
class Courier:
    book: NoticeBook
    networks: NetworkBook
    mailer: Mailer
    wire: Wire
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    _woken: trio.Event = field(default_factory=trio.Event)

    def wake(self) -> None:
        """Look at once. Never waits."""
        self._woken.set()

    async def run(self) -> None:
        """Look for ever. While the database is away there is nothing to carry."""
        pruned_s = -PRUNE_EVERY_S
        while True:
            try:
                while await self.look():
                    pass
                if trio.current_time() - pruned_s >= PRUNE_EVERY_S:
                    await self.book.prune(self._at(-KEEP.total_seconds()))
                    pruned_s = trio.current_time()
            except (PgAway, PgError) as error:
                self.log.warning("notices.put_off", reason=type(error).__name__)
            with trio.move_on_after(LOOK_EVERY_S):
                await self._woken.wait()
            self._woken = trio.Event()

    async def look(self) -> int:
        """Take on what is due by now; return how much that was."""
        until = trio.current_time() + HOLD_S

        async def carry(delivery: Delivery) -> None:
            try:
                with trio.fail_at(until):
                    await self._carry(delivery)
            except (PgAway, PgError, trio.TooSlowError) as error:  # It is due after its lease.
                self.log.warning("notices.put_off", reason=type(error).__name__)

        taken = await self.book.take(self._at(0), self._at(LEASE_S), AT_ONCE)
        async with trio.open_nursery() as nursery:
            for delivery in taken:
                nursery.start_soon(carry, delivery)
        backlog = await self.book.backlog()
        self.metrics.notices_waiting.set(backlog.waiting)
        self.metrics.notices_oldest_seconds.set(backlog.oldest_s)
        return len(taken)

    async def _carry(self, delivery: Delivery) -> None:
        if delivery.channel == UNSPREAD:
            await self._spread(delivery.notice)
            return
        if delivery.channel == MAIL:
            ended, schedule = await self._mail(delivery.notice), MAIL_SCHEDULE_S
        else:
            ended, schedule = await self._call(delivery), SCHEDULE_S
        later_s = None
        if ended.again:
            since_s = (self._at(0) - delivery.since).total_seconds()
            later_s = again_s(schedule, delivery.begun, since_s, ended.wait_s)
        outcome: Outcome = "given_up" if ended.again and later_s is None else ended.outcome
        due = None if later_s is None else self._at(later_s)
        await self.book.end(delivery, outcome, ended.reason, self._at(0), due)
        channel = MAIL if delivery.channel == MAIL else "webhook"
        self.metrics.notices(channel, outcome).inc()
        told = {"notice": delivery.notice.id, "kind": delivery.notice.kind, "how": outcome}
        level = self.log.info if outcome == "sent" else self.log.warning
        level("notice.tried", channel=delivery.channel, reason=ended.reason, **told)

    async def _spread(self, notice: Notice) -> None:
        post = self._post(notice)
        mails = bool(self.mailer.options.host)
        channels = channels_of(notice, post, self._webhooks(), mails=mails)
        why = "" if channels else _why_nobody(notice, post, mails=mails)
        if why:
            self.metrics.notices("none", "nobody").inc()
            self.log.info("notice.nobody", notice=notice.id, kind=notice.kind, reason=why)
        await self.book.spread(notice.id, channels, self._at(0), why)

    async def _mail(self, notice: Notice) -> Ended:
        post, network = self._post(notice), self._network()
        if not self.mailer.options.host or not post.to:
            return Ended("failed", "no_address")
        names = {"name": post.name, "network": network.name if network else "auctiond"}
        try:
            letter = write_letter(notice.kind, names, notice.data)
            message = as_message(letter, notice, self.mailer.options.sender, post.to)
            refused = await self.mailer.send(message, post.to)
        except LetterError as error:
            self.log.error("notice.unwritable", error, kind=notice.kind)
            return Ended("failed", "template")
        except MailError as error:
            return Ended("failed", error.reason, again=not error.for_good)
        return Ended("sent", f"refused_by_{refused}" if refused else "")

    async def _call(self, delivery: Delivery) -> Ended:
        bound = self._webhooks().get(delivery.channel)
        if bound is None:
            return Ended("failed", "no_webhook")
        if await self.book.is_gone(bound.webhook.id, bound.url_hash):
            return Ended("failed", "gone")
        request = write_webhook(bound, delivery.notice, self.now_ms() // 1000)
        try:
            with trio.fail_after(ANSWER_S):
                return await self._judge(bound, await self.wire.send(request))
        except trio.TooSlowError:
            return Ended("failed", "timeout", again=True)
        except ValueError:  # What makes no request: the address is no address.
            return Ended("failed", "unwritable")
        except WireError as error:
            return Ended("failed", error.reason, again=True)

    async def _judge(self, bound: BoundWebhook, reply: HttpReply) -> Ended:
        if 200 <= reply.status < 300:
            return Ended("sent")
        if reply.status == GONE:
            await self.book.note_gone(bound.webhook.id, bound.url_hash, self._at(0))
            return Ended("failed", "gone")
        return Ended("failed", f"http_{reply.status}", again=True, wait_s=retry_after_s(reply))

    def _post(self, notice: Notice) -> Post:
        """Return where mail goes. What must be told goes to the operator, where nobody else is."""
        operator = self.mailer.options.operator
        post = post_of(notice.party, self._network(), operator)
        kind = KINDS.get(notice.kind)
        if not post.to and notice.party != OPERATOR and kind and not kind.may_be_off:
            return Post(f"{post.name} (who has no address)", operator)
        return post

    def _network(self) -> Network | None:
        edition = self.networks.current
        return edition.snapshot.network if edition is not None else None

    def _webhooks(self) -> Mapping[str, BoundWebhook]:
        edition = self.networks.current
        return edition.webhooks if edition is not None else {}

    def _at(self, later_s: float) -> datetime:
        now = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
        return now + timedelta(seconds=later_s)


def _why_nobody(notice: Notice, post: Post, *, mails: bool) -> str:
    if notice.kind in post.off:
        return "off"
    return "no_address" if mails else "no_mail_server"
