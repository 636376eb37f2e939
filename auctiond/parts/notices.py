"""The part of the server that tells parties what happened; main.py puts it to the others."""

from __future__ import annotations

from dataclasses import dataclass

from auctiond.notices.courier import Courier
from auctiond.notices.mail import Mailer
from auctiond.notices.notices import Notices
from auctiond.options import mail_options
from auctiond.parts.base import Base, now_ms
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.notices import NoticeBook
from auctiond.web.auth import Gate
from auctiond.web.notices import NoticesApi


@dataclass(frozen=True, slots=True)
class NoticePart:
    courier: Courier
    notices: Notices
    api: NoticesApi


def make_notices(base: Base) -> NoticePart:
    """Return what tells, what carries it out, and its API."""
    book, mailer = NoticeBook(base.pg), Mailer(mail_options(base.settings))
    courier = Courier(book, base.networks, mailer, base.wire, base.metrics, base.log, now_ms)
    notices = Notices(book, courier.wake)
    api = NoticesApi(Gate(ApiKeys(base.pg)), book, base.networks, notices, now_ms)
    return NoticePart(courier, notices, api)
