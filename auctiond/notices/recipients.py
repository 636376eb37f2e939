"""Who is told of a notice, by the network that is in force. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auctiond.notices.webhook import BoundWebhook
from auctiond.pg.notices import MAIL, Notice
from market.network import Buyer, Network, Publisher
from market.notices import KINDS, OPERATOR


@dataclass(frozen=True, slots=True)
class Post:
    """Where mail to a party goes, and what it is called."""

    name: str
    to: tuple[str, ...]
    off: tuple[str, ...] = ()


def post_of(party: str, network: Network | None, operator: tuple[str, ...]) -> Post:
    """Return where mail to `party` goes."""
    if party == OPERATOR:
        return Post(network.name if network is not None else "auctiond", operator)
    found = _find(party, network)
    return Post(party, ()) if found is None else Post(found.name, found.emails, found.notices_off)


def channels_of(
    notice: Notice, post: Post, webhooks: Mapping[str, BoundWebhook], *, mails: bool
) -> list[str]:
    """Return the channels a notice goes out by."""
    kind = KINDS.get(notice.kind)
    if kind is not None and kind.may_be_off and notice.kind in post.off:
        mails = False
    told = [MAIL] if mails and post.to else []
    return told + [
        id_ for id_, one in webhooks.items() if one.webhook.takes(notice.kind, notice.party)
    ]


def _find(party: str, network: Network | None) -> Buyer | Publisher | None:
    kind, _, id_ = party.partition("/")
    if network is None:
        return None
    known: tuple[Buyer | Publisher, ...] = network.buyers if kind == "buyer" else network.publishers
    return next((one for one in known if one.id == id_), None)
