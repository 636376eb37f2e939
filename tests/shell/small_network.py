"""A small network that fits its format."""

from __future__ import annotations


def network(settings='publisher_id = "n-1"', extra="", secret="env:ACME_KEY", name="One"):
    """Return a network with one pinged target, and with `settings` for its format."""
    return f"""
name = "{name}"
[[campaign]]
id = "auto"
name = "Auto"
vertical = "auto"
[[campaign.tier]]
targets = ["west"]
[[publisher]]
id = "pub"
name = "Pub"
[[buyer]]
id = "acme"
name = "Acme"
[[buyer]]
id = "zenith"
name = "Zenith"
[[target]]
id = "west"
buyer = "acme"
[target.ping]
format = "retreaver"
url = "https://acme.example"
[target.ping.settings]
{settings}
[target.ping.secrets]
key = "{secret}"
{extra}
"""
