"""A call comes in: is the number ours, may we take the call, and who is it? Sealed and stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import trio

from actors.call_actor import LedElsewhere
from actors.shelter import Shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.callers import Callers
from auctiond.calls.leads import Lead, Leads
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.lookups.callers import CallerLookups
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.calls import CallRow, Calls
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.pg.people import Person
from auctiond.rtb.keeper import Entry, Keeper
from compliance.screening import area_code, screen
from market.call import Blocked, Call, Cleared, Event
from market.network import TrackingNumber
from market.repeat import Past
from market.screening import ANYBODY, ScreeningRules
from routing.geo import state_of_area_code
from routing.repeats import UNPAID, is_refused, is_unpaid, seen_of
from routing.snapshot import Snapshot

STORE_S = 1.5  # The caller hears ringing meanwhile; then the database counts as away.
STORE_AGAIN_S = 1.0
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Intake:
    networks: NetworkBook
    leads: Leads
    calls: Calls
    callers: Callers
    vault: Vault
    shelter: Shelter
    call_log: CallLog
    log: Log
    now_ms: Callable[[], int]
    keeper: Keeper | None = None  # Of publishers' bids.
    is_ours: Callable[[UUID], Awaitable[bool]] | None = None  # Whether we lead a call on record.
    lookups: CallerLookups | None = None

    async def screen(self, call: Call) -> Event:
        """Return whether the call may be taken, and what it brings along."""
        lead = self.leads.get(call.id)
        entry = self._entry(call, lead)
        index = self.vault.index(lead.caller) if lead.caller else None
        reason = self._refusal(call, lead, entry, index)
        stored = await self._store(call, lead, entry, index)
        if self.keeper is not None:
            await self.keeper.note(call, entry)
        if not reason and stored and self.lookups is not None:
            reason = await self.lookups.refusal(rules_of(entry), lead.caller, index)
        if reason or entry.snapshot is None or entry.number is None:
            return Blocked(at_ms=self.now_ms(), reason=reason or "unknown_number")
        return await self.admit(call, lead, entry, index, stored=stored)

    async def admit(
        self, call: Call, lead: Lead, entry: Entry, index: bytes | None, *, stored: bool
    ) -> Cleared | Blocked:
        """Return what a call brings along that may be taken; its past may still refuse it."""
        assert entry.snapshot is not None
        assert entry.number is not None
        repeats, number = entry.snapshot.repeats, entry.number
        rules = rules_of(entry)
        days = max(rules.days, repeats.days_of(number.campaign, number.publisher))
        past = await self._past(call, index, days) if stored else None
        seen = seen_of(number.campaign, past or (), index is None, call.arrived_ms, repeats)
        if calls_too_often(rules, seen.past, call.arrived_ms):
            return Blocked(at_ms=self.now_ms(), reason="too_often")
        if is_refused(seen, number.campaign, repeats):
            return Blocked(at_ms=self.now_ms(), reason="duplicate_caller")
        cleared = self._cleared(call, lead, entry, entry.snapshot, number)
        publisher = entry.snapshot.publisher(number.publisher)
        return replace(
            cleared,
            tiers=cleared.tiers if past is not None else 0,
            anonymous=index is None,
            past=seen.past,
            unpaid=UNPAID if is_unpaid(seen, publisher) else "",
        )

    def _refusal(self, call: Call, lead: Lead, entry: Entry, index: bytes | None) -> str:
        """Return why the call is not taken; "" when it is."""
        snapshot, number = entry.snapshot, entry.number
        rules = rules_of(entry)
        reason = screen(
            caller=lead.caller,
            dialled=call.tracking_number,
            known_number=number is not None,
            campaign_exists=number is not None,
            attestation=lead.attestation,
            attestations=["" if one == "none" else one for one in rules.attestations],
            anonymous_allowed=rules.anonymous,
            foreign_allowed=rules.foreign,
            blocked=snapshot.network.blocked_callers if snapshot is not None else (),
        )
        if reason in ("", "unknown_number"):
            reason = entry.refused or reason
        within_s = snapshot.network.same_caller_s if snapshot is not None and not reason else 0.0
        if within_s and index is not None and self.callers.is_too_soon(index, call, within_s):
            return "same_caller"
        return reason

    def _cleared(
        self, call: Call, lead: Lead, entry: Entry, snapshot: Snapshot, number: TrackingNumber
    ) -> Cleared:
        campaign = snapshot.campaign(number.campaign)
        asks = campaign.ask_zip if not entry.rtb else None  # The publisher's ping has told.
        return Cleared(
            at_ms=self.now_ms(),
            network=snapshot.version,
            campaign=campaign.id,
            publisher=number.publisher,
            tiers=len(campaign.tiers),
            legs_max=campaign.legs_max,
            longest_s=campaign.longest_s,
            zip_tries=asks.tries if asks else 0,
            zip_timeout_s=asks.timeout_s if asks else 0.0,
            zip_required=bool(asks and asks.required),
            resells_unknown=campaign.resell_unknown_posts,
            facts=tuple((dict(facts_of(lead.caller)) | dict(entry.facts)).items()),
            rtb=entry.rtb,
            promised=entry.promised,
            flow=campaign.flow,
            tracking_number="" if number.number == call.tracking_number else number.number,
        )

    def _entry(self, call: Call, lead: Lead) -> Entry:
        """Return what the call came for: a publisher's bid, or just our number."""
        edition = self.networks.current
        if edition is None:
            return Entry(None, None)
        found = self.keeper.enter(call, lead, edition) if self.keeper is not None else None
        return found or Entry(edition.snapshot, edition.snapshot.number(call.tracking_number))

    async def _past(self, call: Call, index: bytes | None, days: int) -> tuple[Past, ...] | None:
        """Return the caller's earlier calls as far as a rule asks for them; None: not known.

        Who may have the call cannot be told without them: then nobody may.
        """
        return await self.callers.past(call, index, days) if days and index is not None else ()

    async def _store(self, call: Call, lead: Lead, entry: Entry, index: bytes | None) -> bool:
        """Tell whether the call is on record. If not, it is not sold: it gets the fallback.

        It is put on record in any case, were it after its end: its first news was acknowledged.
        """
        number, person = entry.number, self.vault.new_person()
        sealed = self.vault.seal_fields(person, lead.personal)
        row = CallRow(
            id=call.id,
            carrier=lead.carrier,
            call_ref=lead.call_ref,
            caller_leg_ref=lead.refs[0],
            caller_index=index,
            person_id=person.id,
            tracking_number=call.tracking_number,
            campaign=number.campaign if number is not None else "",
            publisher=number.publisher if number is not None else "",
            network=entry.snapshot.version if entry.snapshot is not None else 0,
            arrived_at=datetime.fromtimestamp(call.arrived_ms / 1000, UTC),
        )
        stored = trio.Event()
        write = partial(self._write, row, Person(person.id, person.wrapped_key, sealed), stored)
        self.shelter.start("store", write)
        with trio.move_on_after(STORE_S):
            await stored.wait()
        if not stored.is_set():
            self.log.warning("call.not_stored_yet", call=call.id)
        if stored.is_set() and not self.call_log.knows(call.id):
            raise LedElsewhere
        return stored.is_set()

    async def _write(self, row: CallRow, person: Person, stored: trio.Event) -> None:
        """Write down a call, whatever becomes of it meanwhile, as soon as the database is there."""
        while True:
            try:
                new = await self.calls.open_call(row, person)
                if not new and self.is_ours is not None and not await self.is_ours(row.id):
                    self.log.info("call.led_elsewhere", call=row.id)
                    self.call_log.give_up(row.id)
                    self.leads.forget(row.id)
                    return stored.set()
            except (PgAway, QueueFull):
                await trio.sleep(STORE_AGAIN_S)
            except PgError as error:
                self.log.error("call.not_stored", error, call=row.id)
                return self.call_log.give_up(row.id)
            else:
                self.call_log.on_record(row.id)
                return stored.set()


def rules_of(entry: Entry) -> ScreeningRules:
    """Return whose calls are taken: as the campaign says, or the network."""
    if entry.snapshot is None or entry.number is None:
        return ANYBODY
    campaign = entry.snapshot.campaign(entry.number.campaign)
    return campaign.screening or entry.snapshot.network.screening or ANYBODY


def calls_too_often(rules: ScreeningRules, past: Sequence[Past], at_ms: int) -> bool:
    """Tell whether a caller has called as often already as one may."""
    limits = ((rules.calls_per_hour, HOUR_MS), (rules.calls_per_day, 24 * HOUR_MS))
    return any(
        most is not None and sum(one.arrived_ms > at_ms - window_ms for one in past) >= most
        for most, window_ms in limits
    )


def facts_of(caller: str) -> tuple[tuple[str, str], ...]:
    """Return what a caller's number tells that is not personal: area code and its state."""
    code = area_code(caller)
    facts = (("area_code", code), ("state", state_of_area_code(code)))
    return tuple(fact for fact in facts if fact[1])
