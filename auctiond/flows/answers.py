"""What callers answer: on the call's record if it is marked as not personal, else sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.calls.leads import Leads
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.pg.calls import Calls
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.people import People
from compliance.fields import Moment, rule_of, select
from compliance.sealing import SealBroken
from market.call import Call

AGAIN_S = 1.0  # After the database was away.
TRIES_MOST = 60  # Then the answer is in the carrier's webhook alone, sealed in the inbox.


@dataclass(frozen=True, slots=True)
class Kept:
    facts: tuple[tuple[str, str], ...] = ()
    sealed: tuple[str, ...] = ()  # Names alone.


@dataclass(frozen=True, slots=True)
class Answers:
    leads: Leads
    calls: Calls
    people: People
    vault: Vault
    shelter: Shelter
    log: Log

    def keep(self, call: Call, answers: Mapping[str, str], anonymous: Collection[str]) -> Kept:
        """Take in what was answered; what may never leave us is not kept at all."""
        if not answers:
            return Kept()
        facts = select(answers, Moment.PING, anonymous)
        personal = {
            name: value
            for name, value in answers.items()
            if name not in facts and rule_of(name).earliest is not None
        }
        if personal:
            lead = self.leads.get(call.id)
            lead.personal = {**lead.personal, **personal}
            self.shelter.start("answers", partial(self._write, call.id, personal))
        return Kept(tuple(facts.items()), tuple(sorted(personal)))

    async def _write(self, call_id: UUID, personal: Mapping[str, str]) -> None:
        for _ in range(TRIES_MOST):
            try:
                if await self._sealed(call_id, personal):
                    return
            except PgAway:
                pass
            except (PgError, SealBroken) as error:
                self.log.error("answers.not_stored", error, call=call_id)
                return
            await trio.sleep(AGAIN_S)  # The call itself may not be written down yet.
        self.log.error("answers.not_stored", call=call_id)

    async def _sealed(self, call_id: UUID, personal: Mapping[str, str]) -> bool:
        row = await self.calls.get(call_id)
        if row is None or row.person_id is None:
            return False
        stored = await self.people.get(row.person_id)
        if stored is None:
            return True  # Erased meanwhile: nothing is added to nobody.
        person = self.vault.person(stored.person_id, stored.wrapped_key)
        await self.people.add(person.id, self.vault.seal_fields(person, personal))
        return True
