"""Under which number a door's calls are known where none was dialled. Pure."""

from __future__ import annotations

from market.network import Network, TrackingNumber
from market.rtb import RtbDoor


def own_number(door: RtbDoor, network: Network) -> TrackingNumber | None:
    """Return the first tracking number of the door's campaign and publisher."""
    own = (door.campaign, door.publisher)
    return next((one for one in network.numbers if (one.campaign, one.publisher) == own), None)
