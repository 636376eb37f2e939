"""Personal data cannot be named in a ping: the file is refused when it is read."""

from __future__ import annotations

import pytest

from buyers.ask import anonymous
from buyers.errors import BindError, BuyerFileError
from buyers.words import PERSONAL, why_not
from tests.buyers.kit import bound, small

ALIASES = """caller_id callerid cid caller_number ani phone_number phone_hash phone_sha256 md5_phone
phone_last_four email_address e_mail full_name address ip_address dob date_of_birth trustedform
jornaya_leadid mobile lead.email lead.anything ivr.phone ivr.caller_id ivr.email ivr.first_name
ivr.phone_hash user.phone tag.phone"""
CONFIRM = """
[confirm.response]
rules = [{ then = "accept", path = "ok", is = true }]
[confirm.request.fields]
who = "%s"
"""


def refused(**changes: object) -> BuyerFileError:
    with pytest.raises(BuyerFileError) as caught:
        small(**changes)
    return caught.value


@pytest.mark.parametrize("source", [*PERSONAL, *ALIASES.split()])
def test_a_ping_that_names_a_person_is_refused_when_the_file_is_read(source: str):
    error = refused(ping__request__fields__who=f"{{{source}}}")
    assert error.file == "small.toml"
    assert error.place == "ping.request.fields.who"
    assert f"{{{source}}} is personal" in error.problem
    assert "a ping may name: state, zip, area_code" in error.right


@pytest.mark.parametrize(
    "template",
    ["{PHONE}", "{Phone}", "{ phone }", "{phone|text}", "x{phone}y", "{zip}{email|lower}"],
)
def test_no_spelling_gets_round_it(template: str):
    refused(ping__request__fields__who=template)


@pytest.mark.parametrize(
    "template", ["[tag:User:phone]", "[Call:CallerId]", "${phone}", "<%= phone %>"]
)
def test_another_systems_token_is_refused_and_not_sent_as_it_is(template: str):
    assert "placeholder" in refused(ping__request__fields__who=template).problem


def test_the_url_and_the_headers_of_a_ping_are_held_to_it_too():
    assert refused(ping__request__url="{url}/{phone}").place == "ping.request.url"
    error = refused(ping__request__headers={"X-Caller": "{caller_id}"})
    assert error.place == "ping.request.headers.X-Caller"


@pytest.mark.parametrize("source", [*PERSONAL, *ALIASES.split()])
def test_a_confirm_is_held_to_it_too(source: str):
    with pytest.raises(BuyerFileError) as caught:
        small(CONFIRM % f"{{{source}}}")
    assert caught.value.place == "confirm.request.fields.who"


def test_a_map_is_no_back_door():
    with pytest.raises(BuyerFileError, match="sent as they are written"):
        small('[maps.who]\nyes = "{phone}"')


def test_a_setting_of_the_target_is_no_back_door():
    form = small('[settings]\nx.about = "x"', ping__request__fields__x="{settings.x}")
    with pytest.raises(BindError, match="placeholder"):
        bound(form, ping={"settings": {"x": "{phone}"}})


def test_only_allowed_answers_and_shaped_facts_get_into_an_ask():
    facts = {
        "state": "CA",
        "zip": "94110-1234",
        "phone": "+14155550123",
        "ivr.owner": "yes",
        "ivr.income": "90000",
        "ivr.phone": "4155550123",
    }
    assert anonymous(facts, ("owner", "phone")) == {"state": "CA", "ivr.owner": "yes"}


def test_a_ping_may_tell_that_there_is_a_certificate_and_not_which():
    assert why_not("ping", "consent.trustedform") is None
    for name in ("trusted_form_url", "jornaya_id", "lead.jornaya_id", "consent.url"):
        assert why_not("ping", name) is not None
    url = "https://cert.trustedform.com/0123abcd"
    facts = {"consent.trustedform": url, "consent.jornaya": "N"}
    assert anonymous(facts, ()) == {"consent.jornaya": "N"}


def test_a_post_may_name_the_whole_lead():
    fields = "\n".join(f'{name} = "{{{name}}}"' for name in (*PERSONAL, "state", "zip"))
    form = small(
        '[post.response]\nrules = [{ then = "accept", status = [200] }]\n'
        f'[post.request.fields]\ncustom = "{{lead.roof_age}}"\n{fields}'
    )
    assert form.post is not None
