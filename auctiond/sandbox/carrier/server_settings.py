"""What a server has to have in its settings to use the sandbox as its carrier. Pure."""

from __future__ import annotations

from base64 import b64encode

from auctiond.sandbox.carrier.options import (
    ACCOUNT,
    ACCOUNT_SID,
    APPLICATION,
    CONNECTION_ID,
    HOOK_SECRET,
)


def server_settings(
    protocol: str, base_url: str, public_key: bytes, api_key: str
) -> dict[str, str]:
    """Return the lines of `auctiond.toml`, as text."""
    match protocol:
        case "twilio":
            return {
                "twilio_account_sid": ACCOUNT_SID,
                "twilio_auth_token": api_key,
                "twilio_api_url": base_url,
            }
        case "jambonz":
            return {
                "jambonz_account_sid": ACCOUNT,
                "jambonz_api_key": api_key,
                "jambonz_webhook_secret": HOOK_SECRET,
                "jambonz_api_url": f"{base_url}/v1",
                "jambonz_application_sid": APPLICATION,
            }
    return {
        "telnyx_public_key": b64encode(public_key).decode(),
        "telnyx_api_key": api_key,
        "telnyx_api_url": f"{base_url}/v2",
        "telnyx_connection_id": CONNECTION_ID,
    }
