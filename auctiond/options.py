"""What the settings say to the links outwards. Pure."""

from __future__ import annotations

from auctiond.config import Settings
from auctiond.net.wire import WireOptions
from auctiond.notices.mail import MailOptions


def wire_options(settings: Settings) -> WireOptions:
    """Return the options of the ping wire."""
    return WireOptions(
        pings_max=settings.ping_connections_per_buyer,
        allowed_networks=settings.ping_allowed_networks,
        ca_file=settings.ping_ca_file,
    )


def mail_options(settings: Settings) -> MailOptions:
    """Return the options of mail."""
    return MailOptions(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_tls,
        settings.mail_from,
        settings.operator_emails,
    )
