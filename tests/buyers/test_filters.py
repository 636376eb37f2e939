"""How values are written: filters one by one, and in a row."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from buyers.errors import BuyerFileError, TemplateError, Unmapped
from buyers.filter_names import Tables
from buyers.filters import Band
from buyers.template import parse, prepare
from tests.buyers.kit import small

TABLES = Tables(
    maps={"m": {"a": "A", "b": 7}, "any": {"a": "A", "*": "other"}},
    bands={"credit": (Band(600, "poor"), Band(700, "fair"), Band(None, "good"))},
)
VALUES = {
    "now": 1_795_435_200_500,  # 2026-11-23T12:00:00.5Z
    "reserve": 12_345_678,
    "phone": "(415) 555-0123",
    "told_ms": 700,
    "date": "1980-01-02",
    "dt": "2026-11-23T12:00:00Z",
    "us": "1/2/1980",
    "name": "Jos\u00e9 \u201cPe\u00f1a\u201d \u00d8re",
    "score": "650",
    "ratio": "12.3456",
    "yes": "Y",
    "a": "a",
    "c": "c",
}


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{now}", "2026-11-23T12:00:00.500Z"),
        ("{now|epoch_s}", 1795435200),
        ("{now|epoch_ms}", 1795435200500),
        ("{now|date}", "2026-11-23"),
        ("{now|date:MM/DD/YYYY hh:mm:ss A Z}", "11/23/2026 12:00:00 PM +00:00"),
        ("{now|zone:America/New_York|date:M/D/YY H:mm ZZ}", "11/23/26 7:00 -0500"),
        ("{now|date:MMM D, YYYY [at] HH:mm:ss.SSS}", "Nov 23, 2026 at 12:00:00.500"),
        ("{date|date:MM/DD/YYYY}", "01/02/1980"),
        ("{date|epoch_s}", 315619200),
        ("{us|from:M/D/YYYY|date:YYYYMMDD}", "19800102"),
        ("{reserve}", 12.345678),
        ("{reserve|round:2}", 12.35),
        ("{reserve|floor}", 12),
        ("{reserve|ceil}", 13),
        ("{reserve|fixed:1}", "12.3"),
        ("{reserve|cents|times:0.01}", 12.34),
        ("{told_ms|divide:1000}", 0.7),
        ("{told_ms|divide:1000|ceil}", 1),
        ("{phone|e164}", "+14155550123"),
        ("{phone|digits10}", "4155550123"),
        ("{phone|phone_area}-{phone|phone_prefix}-{phone|phone_suffix}", "415-555-0123"),
        ("{phone|phone_dashed}", "415-555-0123"),
        ("{phone|phone_us}", "(415) 555-0123"),
        ("{phone|digits|last:4}", "0123"),
        ("{phone|digits10|md5}", hashlib.md5(b"4155550123").hexdigest()),
        ("{phone|digits10|sha256|upper}", hashlib.sha256(b"4155550123").hexdigest().upper()),
        ("{phone|e164|hmac_sha256:k}", hmac.digest(b"s", b"+14155550123", "sha256").hex()),
        ("{name|ascii}", 'Jose "Pena" Ore'),
        ("{name|ascii|cut:4|upper}", "JOSE"),
        ("{name|cut:4|base64}", "Sm9zw6k="),
        ("{score|band:credit}", "fair"),
        ("{score|pad:5}", "00650"),
        ("{ratio|round:1}", 12.3),
        ("{yes|boolean}", True),
        ("{yes|yes_no}", "yes"),
        ("{yes|yes_no:1,0}", "1"),
        ("{a|map:m}", "A"),
        ("{c|map:any}", "other"),
        ("{gone|default:none|upper}", "NONE"),
        ("{gone|upper|default:none}", "none"),
        ("{gone|map:m|default:x}", "x"),
        ("{a|prefix:x-}", "x-a"),
        ("{dt|replace::,.}", "2026-11-23T12.00.00Z"),
        ("{a|title} {a|trim}", "A a"),
    ],
)
def test_a_value_is_written_as_the_filters_say(template, written):
    render = prepare(parse(template, TABLES), {"secret.k": "s"})
    assert render(VALUES) == written
    assert type(render(VALUES)) is type(written)


@pytest.mark.parametrize(
    "template",
    [
        "{c|map:m}", "{a|band:credit}", "{a|number}", "{a|date}", "{a|from:M/D/YYYY}", "{a|round}",
        "{a|boolean}", "{a|e164}", "{dt|from:M/D/YYYY}", "{gone|required}", "{a|state_name}",
    ],
)  # fmt: skip
def test_a_value_without_a_word_stops_the_request(template):
    with pytest.raises(Unmapped):
        prepare(parse(template, TABLES), {})(VALUES)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{a|shout}", "filters are: text"),
        ("{a|uper}", "did you mean 'upper'"),
        ("{a|upper:x}", "upper stands alone"),
        ("{a|cut}", "cut needs a word"),
        ("{a|cut:x}", "a whole number from 0 to 9999"),
        ("{a|times:0}", "a number that is not 0"),
        ("{a|date:noon}", "no part of a date"),
        ("{a|date:MM MM}", "the same part twice"),
        ("{a|zone:Mars}", "like America/New_York"),
        ("{a|yes_no:Y}", "like Y,N"),
        ("{a|map:gone}", "the file has: m, any"),
        ("{a|band:gone}", "the file has: credit"),
        ("{a|replace:,x}", "like -,_"),
        ("{a|dollars}", "no filter 'dollars'"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(template, says):
    with pytest.raises(TemplateError) as caught:
        parse(template, TABLES)
    assert says in str(caught.value)


@pytest.mark.parametrize("filter_", ["md5", "sha1", "sha256", "sha512", "hmac_sha256:k"])
@pytest.mark.parametrize("source", ["phone", "email", "lead.phone"])
def test_a_hash_of_a_person_is_refused_in_a_ping_and_fine_in_a_post(filter_, source):
    more = '[secrets]\nk = "x"'
    with pytest.raises(BuyerFileError) as caught:
        small(more, ping__request__fields={"h": f"{{{source}|{filter_}}}"})
    assert "is personal" in str(caught.value)
    assert "as good as the thing itself" in str(caught.value)
    post = {"request": {"fields": {"h": f"{{{source}|{filter_}}}"}},
            "response": {"rules": [{"then": "accept", "status": [200]}]}}  # fmt: skip
    assert small(more, post=post).post is not None


def test_a_secret_of_a_filter_must_be_declared():
    with pytest.raises(BuyerFileError, match=r"\{secret\.k\} is not declared"):
        small(ping__request__fields={"h": "{zip|hmac_sha256:k}"})


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ([], "no bands"),
        ([{"say": "a"}, {"below": 1, "say": "b"}], "rising order"),
        ([{"below": 2, "say": "a"}, {"below": 1, "say": "b"}], "rising order"),
        ([{"below": "2", "say": "a"}], "a number"),
        ([{"below": 2, "say": "{zip}"}], "a placeholder"),
    ],
)
def test_bands_that_cannot_be_are_refused(bands, says):
    with pytest.raises(BuyerFileError, match=says):
        small(bands={"b": bands})


def test_bands_are_read_from_the_file():
    form = small(
        '[bands]\ncredit = [{ below = 600, say = "poor" }, { say = 1 }]',
        ping__request__fields={"c": "{ivr.score|band:credit}"},
    )
    assert form.ping.body.fields
