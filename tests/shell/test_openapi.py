"""The API's document names the routes there are, and no other."""

from types import SimpleNamespace

from auctiond.web.app import make_app
from auctiond.web.openapi import openapi

NOT_TOLD = {"/v1/openapi.json"}


def routes():
    parts = ("api", "networks", "keys", "history", "posts", "hooks", "metrics", "why_not_ready")
    more = ("targets", "rtb", "rtb_api", "callbacks", "flows", "notices", "returns")
    last = ("payouts", "entries", "recordings")
    billing = SimpleNamespace(**dict.fromkeys(("payments", "invoices", "reconciliations")))
    doors = SimpleNamespace(**dict.fromkeys((*parts, *more, *last)), billing=billing)
    for rule in make_app(doors).url_map.iter_rules():
        path = rule.rule.replace("<", "{").replace(">", "}")
        if path.startswith("/v1/") and path not in NOT_TOLD:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                yield path, method.lower()


def test_every_route_is_in_the_document_and_every_line_of_it_is_a_route():
    told = {(path, method) for path, item in openapi()["paths"].items() for method in item}
    assert told == set(routes())


def test_every_parameter_of_a_path_is_told():
    for path, item in openapi()["paths"].items():
        for operation in item.values():
            told = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert told == {part[1:-1] for part in path.split("/") if part.startswith("{")}, path
