"""Mail out: one SMTP conversation in a thread, and what became of it as a code.

No error from here holds an address, or a server's words.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

import trio

from auctiond.keys.secret import Secret

SMTP_S = 30.0  # For each answer of the mail server; RFC 5321 would allow it five minutes.
WHOLE_S = 120.0  # For all of it; the thread ends by its own limits.
AT_ONCE = 4  # Mail servers count connections.
Tls = Literal["starttls", "tls", "off"]


@dataclass(frozen=True, slots=True)
class MailOptions:
    host: str = ""  # "": no mail is sent.
    port: int = 587
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    tls: Tls = "starttls"
    sender: str = ""
    operator: tuple[str, ...] = ()
    context: ssl.SSLContext | None = None  # In place of the system's.


class MailError(Exception):
    """It was not sent. `for_good`: another try would end alike."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_good = for_good


class Mailer:
    def __init__(self, options: MailOptions) -> None:
        self.options = options
        self._threads = trio.CapacityLimiter(AT_ONCE)

    async def send(self, message: EmailMessage, to: tuple[str, ...]) -> int:
        """Send it, and return how many of `to` were refused. Raises MailError."""
        try:
            with trio.fail_after(WHOLE_S):
                return await trio.to_thread.run_sync(
                    _send, self.options, message, to, abandon_on_cancel=True, limiter=self._threads
                )
        except trio.TooSlowError:
            raise MailError("timeout") from None


def _send(options: MailOptions, message: EmailMessage, to: tuple[str, ...]) -> int:
    try:
        with _connect(options) as server:
            if options.user:
                server.login(options.user, options.password.reveal())
            return len(server.send_message(message, options.sender, list(to)))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise MailError(f"smtp_{codes[0]}", for_good=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPResponseException as error:
        # A refused login may be mended at the server; what a 5xx says of the mail itself may not.
        mendable = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError)
        for_good = error.smtp_code >= 500 and not mendable
        raise MailError(f"smtp_{error.smtp_code}", for_good=for_good) from None
    except smtplib.SMTPNotSupportedError:
        raise MailError("smtp_unsupported") from None
    except ssl.SSLError:
        raise MailError("tls_error") from None
    except TimeoutError:
        raise MailError("timeout") from None
    except (smtplib.SMTPException, OSError):
        raise MailError("connect_error") from None
    except (AttributeError, LookupError, ValueError):
        # Such as a password outside of ASCII. No word of it: it could quote an address.
        raise MailError("unwritable") from None


def _connect(options: MailOptions) -> smtplib.SMTP:
    context = options.context or ssl.create_default_context()
    if options.tls == "tls":
        return smtplib.SMTP_SSL(options.host, options.port, timeout=SMTP_S, context=context)
    server = smtplib.SMTP(options.host, options.port, timeout=SMTP_S)
    try:
        if options.tls == "starttls":
            server.starttls(context=context)
    except BaseException:
        with suppress(OSError):
            server.close()
        raise
    return server
