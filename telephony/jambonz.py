"""jambonz: verbs in answer to webhooks, requests for the rest. Pure.

Only this file and its helpers (_jambonz_*.py) know the carrier's words. Of its two ways, a socket
and webhooks, this is the second: each webhook is signed, can be repeated and kept in the inbox.
"""

from __future__ import annotations

from typing import ClassVar

from market.http import HttpRequest
from market.phone import Command, Dial
from telephony._audit import Probe
from telephony._carrier import Ask, Setting, Values, Webhook
from telephony._jambonz_audit import probes
from telephony._jambonz_commands import (
    JambonzOptions,
    check_reply,
    read_placed,
    read_rung,
    read_status,
    write_poke,
    write_request,
    write_rung_query,
    write_status_query,
)
from telephony._jambonz_documents import Hooks, write_document, write_end, write_reply, write_wait
from telephony._jambonz_signature import is_genuine
from telephony._jambonz_webhooks import NAME, asks, digits_of, read_told, read_webhook

SID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Jambonz:
    NAME: ClassVar[str] = NAME
    TITLE: ClassVar[str] = "jambonz"
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("account_sid", "text", "portal, Account, Account SID", shape=SID),
        Setting("api_key", "secret", "portal, Account, API keys"),
        Setting("webhook_secret", "secret", "portal, Account, Webhook secret"),
        Setting("api_url", "url", "your portal's address and /v1", "https://jambonz.cloud/api/v1"),
        Setting("application_sid", "text", "portal, Applications, Application SID", shape=SID),
        Setting("siprec_server", "text", "where calls are recorded: sip:HOST", needed=False),
    )
    TRIES_S: ClassVar[tuple[float, ...]] = (2.0, 2.0)
    CALLS_OUT: ClassVar[bool] = True
    KNOWS_IDS: ClassVar[bool] = False
    HAS_FILES: ClassVar[bool] = False
    BEGINS: ClassVar[None] = None
    CONTENT_TYPE: ClassVar[str] = "application/json"
    read_webhook = staticmethod(read_webhook)
    check_reply = staticmethod(check_reply)
    read_placed = staticmethod(read_placed)
    read_status = staticmethod(read_status)
    read_rung = staticmethod(read_rung)

    def __init__(self, values: Values, hook_url: str) -> None:
        self._secret = str(values["webhook_secret"])
        self._hooks = Hooks(hook_url, self._secret)
        self.options = JambonzOptions(
            api_url=str(values["api_url"]),
            account_sid=str(values["account_sid"]),
            api_key=str(values["api_key"]),
            application_sid=str(values["application_sid"]),
            siprec_server=str(values["siprec_server"]),
            hooks=self._hooks,
        )

    def is_genuine(self, webhook: Webhook) -> bool:
        """Tell whether jambonz sent it just now."""
        return is_genuine(webhook, self._secret)

    def write_command(self, command: Command) -> HttpRequest | None:
        """Return the request that gives `command`; None where a document does."""
        return write_request(command, self.options)

    def probes(self) -> tuple[Probe, ...]:
        """Return what to ask jambonz about the account."""
        return probes(self.options)

    def write_status_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether a leg is alive."""
        return write_status_query(ref, self.options)

    def write_document(self, command: Command) -> bytes | None:
        """Return the document that does `command`; None where no document does."""
        return write_document(command, self._hooks)

    def write_poke(self, command: Command) -> HttpRequest:
        """Return the request that has jambonz come for the document of `command`."""
        leg = command.own if isinstance(command, Dial) else 0
        return write_poke(command, leg, self.options)

    def read_ask(self, webhook: Webhook) -> Ask | None:
        """Return whose next command the webhook asks for; None: it asks for none."""
        told = read_told(webhook)
        mark = told.mark
        return Ask(told.ref, mark.fetches, mark.follows) if asks(told) else None

    def write_reply(self, webhook: Webhook) -> bytes:
        """Return the answer that follows from the webhook alone."""
        told = read_told(webhook)
        return write_reply(told.mark, digits_of(told), self._hooks)

    @staticmethod
    def write_end() -> bytes:
        """Return the document that ends a leg."""
        return write_end()

    def write_wait(self, webhook: Webhook, turn: str) -> bytes:
        """Return the answer while there is nothing to do."""
        return write_wait(read_told(webhook).mark, turn, self._hooks)

    def write_rung_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether `ref` dials somebody, or talks."""
        return write_rung_query(self.options)


CARRIER = Jambonz
