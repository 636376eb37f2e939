"""Notices go out once to all concerned, and are tried until they arrive or never will."""

import ssl
from dataclasses import replace

import pytest
import trio
import trustme
from aiosmtpd.smtp import AuthResult
from standardwebhooks.webhooks import Webhook as Receiver

from auctiond.keys.secret import Secret
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.notices import tell_step
from market.network import Buyer
from market.notices import Webhook
from tests.net.servers import buyer as receiver
from tests.notices.stand import DATA, KEYS, Parties, mail_server, stand

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status, *headers):
    return "\r\n".join([f"HTTP/1.1 {status} X", "content-length: 0", *headers, "", ""]).encode()


def hook(port, **more):
    url = f"http://127.0.0.1:{port}/hook"
    return Parties(webhooks=(Webhook("hook", url, ("env:ONE",), **more),))


def headers_of(request):
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines), body


async def test_a_notice_is_mailed_once_though_it_is_told_twice(pg_url):
    with mail_server() as (box, options):
        async with stand(pg_url, options) as here:
            assert await here.tell()
            assert not await here.tell()
            await here.carry()
            await here.carry()
            ((to, content),) = box.letters
            assert to == ["pay@acme.example"]
            assert b"Your balance is low: 4.20 USD" in content
            assert await here.how() == [("mail", "sent", "", 1)]


async def test_a_notice_is_told_with_its_business_or_not_at_all(pg_url):
    async with stand(pg_url) as here, open_pg(pg_url) as pg:
        told = tell_step("wallet.low", "acme", DATA, "x")
        with pytest.raises(PgError):
            await pg.run_together(told, ("SELECT 1 / $1::int", (0,)))
        assert await here.book.recent(10, None, None) == []
        await pg.run_together(told, ("SELECT 1 / $1::int", (1,)))
        assert len(await here.book.recent(10, None, None)) == 1


async def test_mail_that_is_put_off_is_tried_again_under_the_same_id(pg_url):
    with mail_server() as (box, options):
        box.answers = ["451 greylisted"]
        async with stand(pg_url, options) as here:
            await here.tell()
            await here.carry()
            assert await here.how() == [("mail", "waiting", "smtp_451", 1)]
            await here.carry()
            assert not box.letters
            here.later(61)
            await here.carry()
            assert await here.how() == [("mail", "sent", "", 2)]
            assert len(box.letters) == 1


async def test_mail_that_is_refused_for_good_is_not_tried_again(pg_url):
    with mail_server() as (box, options):
        box.answers = ["554 we think this is spam"]
        async with stand(pg_url, options) as here:
            await here.tell()
            await here.carry()
            here.later(10_000)
            await here.carry()
            assert await here.how() == [("mail", "failed", "smtp_554", 1)]


async def test_one_dead_address_of_two_does_not_hold_up_the_other(pg_url):
    acme = Buyer("acme", "Acme", emails=("dead@acme.example", "pay@acme.example"))
    with mail_server() as (box, options):
        box.refuses = {"dead@acme.example"}
        async with stand(pg_url, options, Parties(acme)) as here:
            await here.tell()
            await here.carry()
            assert [to for to, _ in box.letters] == [["pay@acme.example"]]
            assert await here.how() == [("mail", "sent", "refused_by_1", 1)]


async def test_what_may_be_off_is_off_and_what_must_be_told_is_told_all_the_same(pg_url):
    off = ("wallet.low", "wallet.empty")
    acme = Buyer("acme", "Acme", emails=("pay@acme.example",), notices_off=off)
    with mail_server() as (box, options):
        async with stand(pg_url, options, Parties(acme)) as here:
            await here.tell()
            await here.carry()
            assert await here.how() == [("", "nobody", "off", 1)]
            await here.tell("wallet.empty", data={"balance": "0.10", "currency": "USD"})
            await here.carry()
            assert len(box.letters) == 1


async def test_who_must_be_told_and_has_no_address_is_told_through_the_operator(pg_url):
    with mail_server() as (box, options):
        async with stand(pg_url, options, Parties(Buyer("acme", "Acme"))) as here:
            await here.tell("wallet.empty", data={"balance": "0.10", "currency": "USD"})
            await here.tell(event="2")
            await here.carry()
            ((to, content),) = box.letters
            assert to == ["ops@network.example"]
            assert b"Acme (who has no address)" in content


async def test_without_a_mail_server_and_webhooks_it_is_on_record_that_nobody_was_told(pg_url):
    async with stand(pg_url) as here:
        await here.tell()
        await here.carry()
        assert await here.how() == [("", "nobody", "no_mail_server", 1)]
        assert (
            await here.book.resend(
                (await here.book.recent(1, None, None))[0].notice.id, here.courier._at(0)
            )
            == 1
        )


async def test_a_webhook_is_signed_and_keeps_its_id_over_tries(pg_url):
    async with receiver(answer(503), OK) as shop, stand(pg_url, None, hook(shop.port)) as here:
        await here.tell()
        await here.carry()
        assert await here.how() == [("hook", "waiting", "http_503", 1)]
        here.later(6)
        await here.carry()
        assert await here.how() == [("hook", "sent", "", 2)]
        (first, body), (second, _) = map(headers_of, shop.requests)
        assert first["webhook-id"] == second["webhook-id"]
        assert Receiver(KEYS["env:ONE"]).verify(body, first)["type"] == "wallet.low"


async def test_a_webhook_that_never_answers_well_is_given_up_after_a_day(pg_url):
    async with receiver(answer(500)) as shop, stand(pg_url, None, hook(shop.port)) as here:
        await here.tell()
        for _ in range(24):
            await here.carry()
            here.later(3700)
        assert (await here.how())[0][1] == "waiting"
        here.later(3700)
        await here.carry()
        ((_, outcome, reason, tried),) = await here.how()
        assert (outcome, reason) == ("given_up", "http_500")
        assert tried == len(shop.requests) <= 10


async def test_who_answers_gone_is_left_alone_until_somebody_resumes_it(pg_url):
    async with receiver(answer(410), OK) as shop, stand(pg_url, None, hook(shop.port)) as here:
        await here.tell()
        await here.tell(event="2")
        await here.carry()
        await here.tell(event="3")
        await here.carry()
        assert len(shop.requests) <= 2
        assert (await here.how()) == [("hook", "failed", "gone", 1)]
        assert await here.book.resume("hook")
        assert not await here.book.resume("hook")


async def test_a_redirect_is_a_failure_and_is_not_followed(pg_url):
    moved = answer(302, "location: http://127.0.0.1:1/")
    async with receiver(moved) as shop, stand(pg_url, None, hook(shop.port)) as here:
        await here.tell()
        await here.carry()
        assert await here.how() == [("hook", "waiting", "http_302", 1)]


async def test_a_webhook_inside_our_own_network_is_refused(pg_url):
    inner = Parties(webhooks=(Webhook("hook", "http://169.254.169.254/", ("env:ONE",)),))
    async with stand(pg_url, None, inner) as here:
        await here.tell()
        await here.carry()
        assert await here.how() == [("hook", "waiting", "refused_address", 1)]


async def test_two_couriers_do_not_send_the_same_notice(pg_url):
    with mail_server() as (box, options):
        async with stand(pg_url, options) as one, stand(pg_url, options) as two:
            for n in range(6):
                await one.tell(event=str(n))
            async with trio.open_nursery() as nursery:
                for here in (one, two):
                    nursery.start_soon(here.carry)
            assert len(box.letters) == 6
            assert (await one.book.backlog()).waiting == 0


async def test_a_mail_server_that_is_away_is_tried_for_two_days(pg_url):
    with mail_server() as (box, options):
        pass  # It was here, and has gone.
    async with stand(pg_url, options) as here:
        await here.tell()
        await here.carry()
        assert await here.how() == [("mail", "waiting", "connect_error", 1)]
        here.later(2 * 86_400 + 60)
        await here.carry()
        assert await here.how() == [("mail", "given_up", "connect_error", 2)]
        assert not box.letters


def party(address):
    return Parties(acme=Buyer("acme", "Acme", emails=(address,)))


@pytest.mark.parametrize("address", ["a b@", "Foo <", "a@["])
async def test_an_address_that_is_none_stops_no_other_notice(pg_url, address):
    with mail_server() as (box, options):
        async with stand(pg_url, options, party(address)) as here:
            await here.tell()
            await here.carry()
            assert await here.how() == [("mail", "failed", "template", 1)]
            await here.tell("usage.low", "", event="2")
            await here.carry()
            assert len(box.letters) == 1


async def test_a_password_that_smtp_cannot_say_is_tried_again_later(pg_url):
    with mail_server(auth_require_tls=False, authenticator=lambda *_: None) as (box, options):
        told = {"user": "us", "password": Secret("p\xe4ss")}
        async with stand(pg_url, replace(options, **told)) as here:
            await here.tell()
            await here.carry()
            assert await here.how() == [("mail", "waiting", "unwritable", 1)]
            assert not box.letters


@pytest.mark.parametrize("password", ["right", "wrong"])
async def test_a_password_is_sent_over_tls_alone(pg_url, password):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def knows(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right", handled=False)

    more = {"tls_context": context, "require_starttls": True, "authenticator": knows}
    with mail_server(**more, auth_required=True) as (box, options):
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        told = {"tls": "starttls", "user": "us", "password": Secret(password)}
        async with stand(pg_url, replace(options, **told, context=trusting)) as here:
            await here.tell()
            await here.carry()
            assert len(box.letters) == (password == "right")
            if password == "wrong":
                assert await here.how() == [("mail", "waiting", "smtp_535", 1)]
        async with stand(pg_url, replace(options, **told)) as here:  # Trusts the system's alone.
            await here.tell(event="2")
            await here.carry()
            assert await here.how() == [("mail", "waiting", "tls_error", 1)]
