"""Sign webhooks as the carrier does: Ed25519 over `timestamp|body`. Pure."""

from __future__ import annotations

from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signed_headers(key: Ed25519PrivateKey, body: bytes, now_s: float) -> dict[str, str]:
    """Return the headers that prove that `body` was sent at `now_s` by the holder of `key`."""
    timestamp = str(int(now_s))
    signature = key.sign(timestamp.encode() + b"|" + body)
    return {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": b64encode(signature).decode(),
        "content-type": "application/json",
        "user-agent": "sandbox-carrier",
    }


def public_key(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes that check what `key` signed."""
    return key.public_key().public_bytes_raw()
