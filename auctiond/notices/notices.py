"""`Notices.tell`: how the rest of the server tells parties what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auctiond.pg.notices import NoticeBook


@dataclass(frozen=True, slots=True)
class Notices:
    book: NoticeBook
    wake: Callable[[], None]

    async def tell(self, kind: str, subject: str, data: Mapping[str, object], event: str) -> bool:
        """Tell the party `subject` (an id of a buyer or publisher; for the operator's kinds "").

        `event` names what happened by its own id: told twice, it goes out once (False). Raises
        ValueError for data that market/notices.py does not list for the kind. Where it must
        go out if and only if the business is done, use `pg.notices.tell_step` in its transaction.
        """
        new = await self.book.tell(kind, subject, data, event)
        self.wake()
        return new
