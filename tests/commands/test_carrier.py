"""`auctiond carrier`: what is missing in the settings and in an account, and how to mend it."""

import httpx2
import pytest
from click.testing import CliRunner

from auctiond.cli import main

SID, APP = "AC" + "0" * 32, "0e0681b0-d49f-4fb8-b973-b5a3c6758de1"
URL = "https://calls.example.com"
SETTINGS = {
    "telnyx": {
        "telnyx_public_key": "A" * 43 + "=",
        "telnyx_api_key": "KEY0123456789abcdef0123456789",
        "telnyx_connection_id": "7267000000000000001",
    },
    "twilio": {"twilio_account_sid": SID, "twilio_auth_token": "0" * 32},
    "jambonz": {
        "jambonz_account_sid": APP,
        "jambonz_api_key": APP,
        "jambonz_webhook_secret": "wh_secret",
        "jambonz_application_sid": APP,
    },
}
GOOD = {
    "/healthz": (200, {"ok": True}),
    "/v2/call_control_applications/7267000000000000001": (
        200,
        {
            "data": {
                "active": True,
                "webhook_api_version": "2",
                "webhook_event_url": f"{URL}/hooks/telnyx",
            }
        },
    ),
    "/v2/phone_numbers": (
        200,
        {
            "data": [
                {"phone_number": "+12025550131", "connection_id": "7267000000000000001"},
                {"phone_number": "+12025550132", "connection_id": "9"},
            ]
        },
    ),
    f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json": (
        200,
        {
            "incoming_phone_numbers": [
                {
                    "phone_number": "+12025550131",
                    "voice_url": f"{URL}/hooks/twilio#rc=3&rp=all",
                    "voice_method": "POST",
                    "status_callback": f"{URL}/hooks/twilio",
                }
            ]
        },
    ),
    f"/api/v1/Applications/{APP}": (
        200,
        {
            "call_hook": {"url": f"{URL}/hooks/jambonz", "method": "POST"},
            "call_status_hook": {"url": f"{URL}/hooks/jambonz?k=status", "method": "POST"},
        },
    ),
    "/api/v1/PhoneNumbers": (200, [{"number": "12025550131", "application_sid": APP}]),
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """What runs `auctiond carrier ...` with these settings, where these addresses answer so."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*args, settings=None, replies=GOOD):
        path = tmp_path / "auctiond.toml"
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in (settings or {}).items()))

        def answer(request):
            status, told = replies.get(request.url.path, (404, {}))
            return httpx2.Response(status, json=told)

        command = ["carrier", *args, "--config", str(path)]
        return CliRunner().invoke(main, command, obj=httpx2.MockTransport(answer))

    return run


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_an_account_that_is_set_up_is_good(run, name):
    result = run("check", name, settings=SETTINGS[name] | {"public_url": URL})
    assert result.exit_code == 0, result.output
    assert "WRONG" not in result.output
    assert "12025550131" in result.output


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_without_settings_each_is_named_and_where_to_find_it(run, name):
    result = run("check", name)
    assert result.exit_code == 1
    for key in SETTINGS[name]:
        assert f"{key} is empty" in result.output
    assert "public_url is empty" in result.output
    assert "docs/carriers.md" in result.output


def changed(path, **more):
    status, told = GOOD[path]
    return GOOD | {path: (status, told | more)}


APPLICATION = "/v2/call_control_applications/7267000000000000001"
TWILIO = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json"
NUMBER = {
    "phone_number": "+12025550131",
    "voice_url": f"{URL}/hooks/twilio",
    "voice_method": "POST",
}
JAMBONZ = f"/api/v1/Applications/{APP}"


@pytest.mark.parametrize(
    ("name", "replies", "said"),
    [
        ("telnyx", GOOD | {APPLICATION: (401, {})}, "refuses our key (401)"),
        ("telnyx", GOOD | {APPLICATION: (404, {})}, "does not know it (404)"),
        ("telnyx", changed(APPLICATION, data={"webhook_api_version": "2"}), "URL is empty"),
        (
            "telnyx",
            changed(APPLICATION, data={"webhook_event_url": "https://x.example"}),
            "URL is https://x.example",
        ),
        ("telnyx", changed("/v2/phone_numbers", data=[]), "the account has no number"),
        ("twilio", GOOD | {TWILIO: (401, {})}, "refuses our key (401)"),
        ("twilio", GOOD | {TWILIO: (500, {})}, "answers 500"),
        ("twilio", changed(TWILIO, incoming_phone_numbers=[NUMBER]), "when a caller hangs up"),
        (
            "twilio",
            changed(TWILIO, incoming_phone_numbers=[NUMBER | {"voice_method": "GET"}]),
            "comes with GET",
        ),
        (
            "twilio",
            changed(TWILIO, incoming_phone_numbers=[NUMBER | {"voice_url": ""}]),
            "brings calls elsewhere: +12025550131",
        ),
        ("jambonz", changed(JAMBONZ, call_status_hook=None), "status webhook is empty"),
        ("jambonz", GOOD | {"/api/v1/PhoneNumbers": (200, [])}, "the account has no number"),
        ("jambonz", GOOD | {"/api/v1/PhoneNumbers": (200, "?")}, "the account has no number"),
        ("telnyx", GOOD | {"/healthz": (502, {})}, "/healthz answers 502"),
    ],
)
def test_what_is_wrong_is_said_with_how_to_mend_it(run, name, replies, said):
    settings = SETTINGS[name] | {"public_url": URL}
    result = run("check", name, settings=settings, replies=replies)
    assert result.exit_code == 1
    assert "WRONG" in result.output
    assert said in " ".join(result.output.split())


def test_webhooks_in_the_clear_and_keys_of_another_shape_are_wrong(run):
    settings = SETTINGS["twilio"] | {"public_url": "http://calls.example.com"}
    result = run("check", "twilio", settings=settings | {"twilio_auth_token": "secret-word"})
    assert result.exit_code == 1
    assert "in the clear" in result.output
    assert "twilio_auth_token does not look like one" in result.output
    assert "secret-word" not in result.output


def test_the_list_says_which_are_set_up_and_what_is_missing(run):
    settings = SETTINGS["twilio"] | {"public_url": URL, "telnyx_api_key": "KEY1"}
    result = run("list", settings=settings)
    assert result.exit_code == 0, result.output
    lines = {line.split()[0]: " ".join(line.split()) for line in result.output.splitlines()}
    assert lines["twilio"] == f"twilio Twilio set up yes {URL}/hooks/twilio"
    assert lines["telnyx"] == "telnyx Telnyx begun needs telnyx_public_key"
    assert "jambonz_account_sid" in lines["jambonz"]


def test_a_proxy_rings_nobody_by_itself_so_it_calls_nobody_back(run):
    edge = {"kamailio_api_key": "k" * 32, "kamailio_api_url": "http://127.0.0.1:5062"}
    settings = SETTINGS["twilio"] | edge | {"public_url": URL}
    result = run("list", settings=settings)
    lines = {line.split()[0]: " ".join(line.split()) for line in result.output.splitlines()}
    assert lines["kamailio"].endswith(f"set up cannot {URL}/hooks/kamailio")
    assert " yes " in lines["twilio"]  # The only one of the two that can.
    chosen = run("list", settings=settings | {"callback_carrier": "kamailio"})
    assert (chosen.exit_code, "callback_carrier" in chosen.output) == (1, True)


def test_wrong_settings_are_said_in_one_sentence(run):
    result = run("list", settings={"twilio_api_url": "x"})
    assert result.exit_code == 1
    assert "Error: the settings are wrong" in result.output
