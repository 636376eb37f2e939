"""What carriers told of recordings, read again from the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auctiond.calls.leads import Leads
from auctiond.calls.news import News
from auctiond.carrier_files import carrier_files
from auctiond.pg.calls import Calls
from market.phone import CarrierEvent, RecordingSaved


@dataclass(frozen=True, slots=True)
class HeardBefore:
    news: News
    calls: Calls
    leads: Leads

    async def saved(self, call_id: UUID) -> Sequence[RecordingSaved]:
        """Return the news of the recordings of a call, as far as they are in the inbox."""
        row = await self.calls.get(call_id)
        told = await self.news.of_call(row) if row is not None else []
        return [one for one in told if isinstance(one, RecordingSaved)]

    async def lies_elsewhere(self, call_id: UUID) -> bool:
        """Tell whether the carrier of a call tells of no files: they lie where it sent them."""
        row = await self.calls.get(call_id)
        carrier = carrier_files().get(row.carrier) if row is not None else None
        return carrier is not None and not carrier.HAS_FILES

    async def call_of(self, news: CarrierEvent) -> UUID | None:
        """Return which call of its carrier's the news is about; None: of none."""
        known = news.call_id or self.leads.call_of(news.call_ref)
        if known is None:
            row = await self.calls.by_ref(news.carrier, news.call_ref)
        else:
            row = await self.calls.get(known)
        return row.id if row is not None and row.carrier == news.carrier else None
