"""What a sandbox carrier is told when it starts: where to, how fast, and how badly behaved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONNECTION_ID = "7267000000000000001"
ACCOUNT_SID = "AC" + "5" * 32  # Of Twilio's account.
ACCOUNT = "9351f46a-678c-43f5-b8a6-d4eb58d131af"  # Of jambonz'.
APPLICATION = "0e0681b0-d49f-4fb8-b973-b5a3c6758de1"
HOOK_SECRET = "wh_secret_sandbox"
PROTOCOLS = ("telnyx", "twilio", "jambonz")


@dataclass(frozen=True, slots=True)
class Vices:
    """How often, of 1, a thing goes wrong that real carriers do."""

    duplicated: float = 0.0  # A webhook comes twice, with the same id.
    reordered: float = 0.0  # A webhook is overtaken by later ones.
    delayed: float = 0.0  # A webhook, and all behind it, come late.
    lost_once: float = 0.0  # The first delivery is lost; a redelivery comes.
    lost: float = 0.0  # Never comes. Not call.initiated: such a call never was, for us.
    failing: float = 0.0  # A command is answered with 500, and not done.
    mute: float = 0.0  # A command is done, but its reply comes too late.


VICES = {
    "none": Vices(),
    "mild": Vices(0.02, 0.02, 0.02, 0.01, 0.002, 0.005, 0.005),
    "wild": Vices(0.2, 0.2, 0.1, 0.1, 0.02, 0.05, 0.05),
}


class Watcher:
    """Hears of all that the carrier does, at the moment it does it. This one takes no notice.

    For who must act at a certain moment: kill a server, say, while its command is under way.
    """

    def commanded(self, session: str, verb: str) -> None:
        """A command has been done; its reply is not yet sent."""

    def told(self, event: Mapping[str, Any]) -> None:
        """Something happened; its webhook goes off now."""

    def taken(self, event: Mapping[str, Any]) -> None:
        """The webhook of `event` was answered with a 2xx."""


NOBODY = Watcher()


@dataclass(frozen=True, slots=True)
class CarrierOptions:
    hooks: str  # Where webhooks go, unless a command says otherwise.
    protocol: str = "telnyx"
    port: int = 0  # 0: any that is free.
    seed: int = 0
    api_key: str = field(default="sandbox", repr=False)
    private_key: bytes = field(default=b"", repr=False)  # 32 bytes; none: a new one is made.
    vices: Vices = Vices()
    # As real carriers: soon, then rarer, and given up after about ten seconds.
    redelivery_s: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 4.0)
    webhook_timeout_s: float = 2.0  # A receiver that says nothing for so long has not got it.
    document_timeout_s: float = 10.0  # The same, of a webhook that is answered with a document.
    first_command_s: float = 30.0  # A call that nobody commands is ended.
    shortest_ring_s: int = 5  # As the carrier has it; less only where a test must be quick.
    hurry: float = 1.0  # How many times faster than people prompts are spoken and digits typed.
    watcher: Watcher = NOBODY
