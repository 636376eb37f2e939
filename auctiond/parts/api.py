"""The part of the server that answers the API of calls, money and networks, put together."""

from __future__ import annotations

from auctiond.calls.leftovers import Leftovers
from auctiond.calls.records import Records
from auctiond.money_desk import MoneyDesk
from auctiond.networks.dry_run import DryRun
from auctiond.networks.editions import Editions
from auctiond.networks.staging import Staging
from auctiond.parts.base import Base, new_id, now_ms
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.once import OnceStore
from auctiond.pg.posts import Posts
from auctiond.web.api import Api
from auctiond.web.auth import Gate
from auctiond.web.idempotency import Once
from auctiond.web.networks import NetworksApi
from auctiond.workers.elsewhere import Elsewhere


def make_once(base: Base) -> Once:
    """Return what has POSTs with a key done once; one for the whole server."""
    return Once(OnceStore(base.pg), now_ms, new_id, new_id())


def make_api(
    base: Base, editions: Editions, elsewhere: Elsewhere, leftovers: Leftovers, once: Once
) -> Api:
    """Return the API."""
    seal_path = base.settings.seal_path
    money = MoneyDesk(base.book, base.usage, base.networks, base.pg, seal_path, now_ms)
    gate = Gate(ApiKeys(base.pg))
    records, posts = Records(base.calls), Posts(base.pg)
    return Api(gate, records, posts, elsewhere, money, leftovers, editions, once)


def make_networks_api(base: Base, staging: Staging) -> NetworksApi:
    """Return the API of the network."""
    dry = DryRun(Records(base.calls), staging.applying.networks)
    return NetworksApi(Gate(ApiKeys(base.pg)), staging.applying, staging, dry)
