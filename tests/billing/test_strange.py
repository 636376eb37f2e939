"""What the processor tells that is none of ours, cannot be asked, or is like nothing we know."""

from dataclasses import replace

from auctiond.billing.seen import DisputeSeen, RefundSeen
from market.money import micros
from tests.billing.bench import GOOD
from tests.billing.counter import WALLET, new_id

HUNDRED = micros("100")


async def test_what_was_paid_in_another_way_is_taken_from_nobody(counter):
    await counter.desk.open_page(new_id(), WALLET, HUNDRED, "key")  # A wish without a payment.
    hearing = counter.collector.hearing
    dispute = DisputeSeen("du_1", "lost", "", HUNDRED, micros("0"), "fraudulent")
    assert await hearing.disputes.look(dispute) == "not_ours"
    refund = RefundSeen("re_1", "succeeded", HUNDRED, "", None, "")

    async def seen(id_):
        return refund

    hearing.link.refund = seen
    assert await hearing._look_at_refund("re_1") == "not_ours"
    assert await counter.balance() == 0 == await counter.clearing()


async def test_news_are_kept_while_the_key_is_refused(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    processor = counter.bench.stripe.processor
    (charge,) = counter.made("charge")
    await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    right, processor.options = processor.options, replace(processor.options, api_key="other")
    await counter.heard()
    assert await counter.balance() == HUNDRED
    processor.options = right
    counter.later(0.1)
    await counter.work()
    assert await counter.balance() == 0 == await counter.clearing()


async def test_an_object_that_nobody_understands_stops_nothing_else(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    (charge,) = counter.made("charge")

    async def strange(id_):
        raise AttributeError("balance_transactions")

    link = counter.bench.link
    link.dispute = strange
    await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    await counter.heard()
    await counter.top_up("20")
    await counter.work()
    assert await counter.balance() == HUNDRED + micros("20")
    del link.dispute
    counter.later(0.1)  # It is looked at again.
    await counter.work()
    assert await counter.balance() == micros("20")


async def test_a_card_that_is_gone_over_there_is_forgotten_here(counter):
    card = await counter.card(GOOD)
    await counter.bench.link.detach(card)
    await counter.desk.drop_method(card)
    assert await counter.desk.payers.methods() == []
