"""Twilio Programmable Voice: documents in answer to webhooks, requests for the rest. Pure.

Only this file and its helpers (_twilio_*.py) know the carrier's words.
"""

from __future__ import annotations

from typing import ClassVar

from market.http import HttpRequest
from market.phone import Command, Dial
from telephony._audit import Probe
from telephony._carrier import Ask, Setting, Values, Webhook
from telephony._twilio_audit import probes
from telephony._twilio_commands import (
    TwilioOptions,
    check_reply,
    read_placed,
    read_rung,
    read_status,
    write_fetch,
    write_poke,
    write_request,
    write_rung_query,
    write_status_query,
)
from telephony._twilio_documents import Voice, write_document, write_end, write_reply, write_wait
from telephony._twilio_signature import is_genuine
from telephony._twilio_webhooks import NAME, asks, read_told, read_webhook

SID, TOKEN = r"AC[0-9a-f]{32}", r"[0-9a-f]{32}"


class Twilio:
    NAME: ClassVar[str] = NAME
    TITLE: ClassVar[str] = "Twilio"
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("account_sid", "text", "Console, Account Info, Account SID", shape=SID),
        Setting("auth_token", "secret", "Console, Account Info, Auth Token", shape=TOKEN),
        Setting("api_url", "url", "where commands are sent", "https://api.twilio.com"),
        Setting("fallback_url", "url", "a TwiML Bin: calls outlive a restart", needed=False),
    )
    TRIES_S: ClassVar[tuple[float, ...]] = (2.0, 2.0)
    CALLS_OUT: ClassVar[bool] = True
    KNOWS_IDS: ClassVar[bool] = False
    HAS_FILES: ClassVar[bool] = True
    BEGINS: ClassVar[None] = None
    CONTENT_TYPE: ClassVar[str] = "text/xml"
    read_webhook = staticmethod(read_webhook)
    check_reply = staticmethod(check_reply)
    read_placed = staticmethod(read_placed)
    read_status = staticmethod(read_status)
    read_rung = staticmethod(read_rung)

    def __init__(self, values: Values, hook_url: str) -> None:
        self.options = TwilioOptions(
            api_url=str(values["api_url"]),
            account_sid=str(values["account_sid"]),
            auth_token=str(values["auth_token"]),
            hook_url=hook_url,
            fallback_url=str(values.get("fallback_url", "")),
        )
        self._voice = Voice(hook_url)

    def is_genuine(self, webhook: Webhook) -> bool:
        """Tell whether Twilio sent it. It signs the address too, as the settings have it."""
        query = f"?{webhook.query}" if webhook.query else ""
        url, token = self.options.hook_url.partition("?")[0] + query, self.options.auth_token
        return is_genuine(url, webhook.body, webhook.headers, token)

    def write_command(self, command: Command) -> HttpRequest | None:
        """Return the request that gives `command`; None where a document does."""
        return write_request(command, self.options)

    def probes(self) -> tuple[Probe, ...]:
        """Return what to ask Twilio about the account."""
        return probes(self.options)

    def write_status_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether a leg is alive."""
        return write_status_query(ref, self.options)

    def write_fetch(self, url: str) -> HttpRequest:
        """Return the request that fetches a recording."""
        return write_fetch(url, self.options)

    def write_document(self, command: Command) -> bytes | None:
        """Return the document that does `command`; None where no document does."""
        return write_document(command, self._voice)

    def write_poke(self, command: Command) -> HttpRequest:
        """Return the request that has Twilio come for the document of `command`."""
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
        return write_reply(told.mark, told.form.get("Digits", ""), self._voice)

    @staticmethod
    def write_end() -> bytes:
        """Return the document that ends a leg."""
        return write_end()

    def write_wait(self, webhook: Webhook, turn: str) -> bytes:
        """Return the answer while there is nothing to do."""
        mark = read_told(webhook).mark
        return write_wait(mark.call_id, mark.leg, turn, self._voice)

    def write_rung_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether `ref` dials somebody, or talks."""
        return write_rung_query(ref, self.options)


CARRIER = Twilio
