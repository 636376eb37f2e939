"""The web application: routes to handlers, errors to problems. It opens no nursery."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from auctiond.metrics import CONTENT_TYPE, Metrics
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.web.api import Api
from auctiond.web.bare import App, beside
from auctiond.web.billing_doors import BillingDoors, add_billing
from auctiond.web.callback_routes import add_callbacks
from auctiond.web.callbacks import CallbacksApi
from auctiond.web.entries import EntriesApi, add_entries
from auctiond.web.flows import FlowsApi, add_flows
from auctiond.web.hearing_out import hear_out
from auctiond.web.history import HistoryApi
from auctiond.web.hook_door import HookApp
from auctiond.web.hooks import Hooks
from auctiond.web.keys import KeysApi
from auctiond.web.networks import NetworksApi
from auctiond.web.notices import NoticesApi, add_notices
from auctiond.web.openapi import openapi
from auctiond.web.payout_routes import add_payouts
from auctiond.web.payouts import PayoutsApi
from auctiond.web.posts import PostsApi
from auctiond.web.problems import Problem, json_response, problem_response
from auctiond.web.recording_routes import add_recordings
from auctiond.web.recordings import RecordingsApi
from auctiond.web.return_routes import add_returns
from auctiond.web.returns import ReturnsApi
from auctiond.web.ringback import add_ringback
from auctiond.web.rtb_api import RtbApi
from auctiond.web.rtb_door import RtbApp
from auctiond.web.targets import TargetsApi

BODY_MAX = 1024 * 1024  # A network of some thousand targets; a webhook has a few kilobytes.
BODY_S = 10  # A body that takes longer holds a connection for nothing.
DATA_STATE = "22"  # SQLSTATEs of values that do not fit, such as a text with a NUL.


@dataclass(frozen=True, slots=True)
class Doors:
    """What stands behind the routes."""

    hooks: Hooks
    api: Api
    networks: NetworksApi
    keys: KeysApi
    history: HistoryApi
    posts: PostsApi
    metrics: Metrics
    why_not_ready: Callable[[], Awaitable[str]]  # "" when ready.
    targets: TargetsApi
    rtb: RtbApp
    rtb_api: RtbApi
    callbacks: CallbacksApi
    flows: FlowsApi
    notices: NoticesApi
    returns: ReturnsApi
    payouts: PayoutsApi
    entries: EntriesApi
    recordings: RecordingsApi
    billing: BillingDoors
    metrics_at: str = ""  # Where metrics are told, if not here.


def make_app(doors: Doors) -> QuartTrio:
    """Return the application."""
    app = QuartTrio("auctiond", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    app.config["BODY_TIMEOUT"] = BODY_S
    app.errorhandler(Problem)(_problem)
    app.errorhandler(HTTPException)(_http_error)
    app.errorhandler(PgAway)(_database_away)
    app.errorhandler(QueueFull)(_busy)
    app.errorhandler(PgError)(_refused)
    _add_network(app, doors.networks)
    _add_stage(app, doors.networks)
    _add_api(app, doors.api)
    _add_keys(app, doors.keys)
    _add_history(app, doors.history)
    _add_posts(app, doors.posts)
    _add_targets(app, doors.targets)
    _add_health(app, doors)
    _add_rtb(app, doors.rtb_api)
    add_callbacks(app, doors.callbacks)
    add_flows(app, doors.flows)
    add_recordings(app, doors.recordings)
    add_billing(app, doors.billing)
    add_notices(app, doors.notices)
    add_returns(app, doors.returns)
    add_payouts(app, doors.payouts)
    add_entries(app, doors.entries)
    add_ringback(app)
    hear_out(app)
    # As Quart has it for middleware.
    hooks = HookApp(doors.hooks, {"stripe": lambda *webhook: doors.billing.payments.hook(*webhook)})
    bare: dict[str, App] = {"rtb": doors.rtb, "hooks": hooks}
    app.asgi_app = beside(app.asgi_app, bare)  # type: ignore[method-assign,assignment]
    return app


async def _problem(problem: Problem) -> Response:
    return problem_response(problem)


async def _http_error(error: HTTPException) -> Response:
    return problem_response(Problem(error.code or 500, error.name))


async def _database_away(error: PgAway) -> Response:
    return problem_response(Problem(503, "not available", "the database is away"))


async def _busy(error: QueueFull) -> Response:
    return problem_response(Problem(503, "not available", "too much waits to be written"))


async def _refused(error: PgError) -> Response:
    if not error.sqlstate.startswith(DATA_STATE):
        raise error
    return problem_response(Problem(400, "value", "A value is none that can be looked for."))


def _add_network(app: QuartTrio, networks: NetworksApi) -> None:
    @app.get("/v1/network")
    async def get_network() -> Response:
        return await networks.get_network(request)

    @app.put("/v1/network")
    async def put_network() -> Response:
        return await networks.put_network(request)

    @app.get("/v1/network/versions")
    async def list_networks() -> Response:
        return await networks.list_networks(request)

    @app.post("/v1/network/versions/<version>/rollback")
    async def roll_back(version: str) -> Response:
        return await networks.roll_back(request, version)

    @app.get("/v1/network/diff")
    async def compare() -> Response:
        return await networks.compare(request)

    @app.get("/v1/network/acts")
    async def acts() -> Response:
        return await networks.acts(request)

    @app.post("/v1/network/dry-run")
    async def dry_run() -> Response:
        return await networks.dry_run(request)


def _add_stage(app: QuartTrio, networks: NetworksApi) -> None:
    @app.get("/v1/network/stage")
    async def get_stage() -> Response:
        return await networks.get_stage(request)

    @app.get("/v1/network/staged")
    async def get_staged() -> Response:
        return await networks.get_staged(request)

    @app.put("/v1/network/staged")
    async def put_staged() -> Response:
        return await networks.put_staged(request)

    @app.delete("/v1/network/staged")
    async def drop_staged() -> Response:
        return await networks.drop_staged(request)

    @app.post("/v1/network/staged/apply")
    async def apply_staged() -> Response:
        return await networks.apply_staged(request)


def _add_api(app: QuartTrio, api: Api) -> None:
    @app.get("/v1/calls")
    async def list_calls() -> Response:
        return await api.list_calls(request)

    @app.get("/v1/calls/<call_id>")
    async def get_call(call_id: str) -> Response:
        return await api.get_call(request, call_id)

    @app.post("/v1/calls/<call_id>/settle")
    async def settle(call_id: str) -> Response:
        return await api.settle(request, call_id)

    @app.get("/v1/reviews")
    async def reviews() -> Response:
        return await api.reviews(request)

    @app.get("/v1/status")
    async def status() -> Response:
        return await api.status(request)

    @app.get("/v1/wallets")
    async def list_wallets() -> Response:
        return await api.list_wallets(request)

    @app.post("/v1/wallets/<buyer>/top-ups")
    async def top_up(buyer: str) -> Response:
        return await api.top_up(request, buyer)

    @app.get("/v1/ledger/totals")
    async def totals() -> Response:
        return await api.totals(request)

    @app.post("/v1/ledger/verify")
    async def verify() -> Response:
        return await api.verify(request)

    @app.get("/v1/openapi.json")
    async def openapi_document() -> Response:
        return json_response(openapi())


def _add_history(app: QuartTrio, history: HistoryApi) -> None:
    @app.get("/v1/call-logs")
    async def list_logs() -> Response:
        return await history.list_logs(request)

    @app.get("/v1/call-logs/<call_id>")
    async def get_log(call_id: str) -> Response:
        return await history.get_log(request, call_id)


def _add_posts(app: QuartTrio, posts: PostsApi) -> None:
    @app.get("/v1/posts")
    async def list_posts() -> Response:
        return await posts.list_posts(request)

    @app.post("/v1/calls/<call_id>/posts")
    async def settle_post(call_id: str) -> Response:
        return await posts.settle(request, call_id)


def _add_keys(app: QuartTrio, keys: KeysApi) -> None:
    @app.get("/v1/keys")
    async def list_keys() -> Response:
        return await keys.list_keys(request)

    @app.post("/v1/keys")
    async def create_key() -> Response:
        return await keys.create_key(request)

    @app.delete("/v1/keys/<key_id>")
    async def revoke_key(key_id: str) -> Response:
        return await keys.revoke_key(request, key_id)


def _add_rtb(app: QuartTrio, api: RtbApi) -> None:
    @app.get("/v1/rtb/bids")
    async def list_bids() -> Response:
        return await api.list_bids(request)

    @app.get("/v1/rtb/bids/<bid>")
    async def get_bid(bid: str) -> Response:
        return await api.get_bid(request, bid)


def _add_targets(app: QuartTrio, targets: TargetsApi) -> None:
    @app.get("/v1/targets")
    async def list_targets() -> Response:
        return await targets.list_targets(request)

    @app.post("/v1/targets/<name>/resume")
    async def resume_target(name: str) -> Response:
        return await targets.resume(request, name)


def _add_health(app: QuartTrio, doors: Doors) -> None:
    @app.get("/healthz")
    async def healthz() -> Response:
        return json_response({"ok": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        why_not = await doors.why_not_ready()
        if why_not:
            return problem_response(Problem(503, "not ready", why_not))
        return json_response({"ok": True})

    @app.get("/metrics")
    async def metrics() -> Response:
        if doors.metrics_at:
            where = f"Each worker tells its own, from {doors.metrics_at} on."
            return problem_response(Problem(404, "not here", where))
        return Response(doors.metrics.render(), 200, None, CONTENT_TYPE)
