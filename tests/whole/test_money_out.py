"""From a sale to a return and a payout, over the API of a whole server."""

from market.money import micros
from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, network_of
from tests.whole.stage import open_stage


async def post(stage, path, body=None, key=None, status=(200, 201)):
    headers = {"Idempotency-Key": key} if key else {}
    reply = await stage.api.post(path, json=body or {}, headers=headers)
    assert reply.status_code in status, reply.text
    return reply.json()


async def test_a_sale_comes_back_in_part_and_the_rest_is_paid_out(plan):
    async with open_stage(plan, lambda ports: network_of(TWO)) as stage:
        for number in (FIRST, SECOND, FALLBACK):
            await stage.phone(number)
        call = await stage.call(0, talk_s=6)
        assert call["disposition"] == "sold"
        wish = {
            "call": call["id"],
            "reason": "not_qualified",
            "amount": "5.00",
            "note": "Jane Roe, +12125550123, was no driver",
        }
        asked = await post(stage, "/v1/returns", wish, "key-1")
        assert asked == await post(stage, "/v1/returns", wish, "key-1")
        await post(stage, "/v1/returns", wish | {"reason": "spam"}, "key-1", (422,))
        await post(stage, "/v1/returns", wish, "key-2", (409,))
        path = f"/v1/returns/{asked['id']}"
        assert "no driver" in (await stage.get(path))["notes"][0]["text"]
        listed = (await stage.get("/v1/returns?state=pending"))["returns"]
        assert [one["id"] for one in listed] == [asked["id"]]
        done = await post(stage, f"{path}/approve", {}, "key-3")
        assert done == await post(stage, f"{path}/approve", {}, "key-3")
        assert (done["state"], done["back"], done["currency"]) == ("approved", "5.00", "USD")
        await post(stage, f"{path}/approve", {}, "key-4", (409,))

        (due,) = (await stage.get("/v1/payouts/due"))["publishers"]
        payout = next(row["data"] for row in call["timeline"] if row["kind"] == "payout")
        owed = payout["payout_micros"] - micros(done["from_publisher"])
        assert (micros(due["owed"]), due["due"]) == (owed, "0.00")  # It is held for three days.
        await post(stage, "/v1/payouts", {}, "key-5", (409,))

        page = await stage.get("/v1/ledger/entries?account=wallet:first&limit=2")
        kinds = [one["kind"] for one in page["entries"]]
        assert kinds == ["reversal", "capture"]
        assert page["entries"][0]["reason"] == "not_qualified"
        more = await stage.get(
            f"/v1/ledger/entries?account=wallet:first&limit=2&before={page['next']}"
        )
        assert [one["kind"] for one in more["entries"]] == ["hold", "topup"]
        assert (await stage.get("/v1/holds")) == {"holds": [], "next": None, "count": 0}
        told = (await stage.get("/v1/notices"))["notices"]
        kinds = {(one["kind"], one["party"]) for one in told}
        assert {("return.requested", "operator"), ("return.decided", "buyer/first")} <= kinds
        assert "Jane" not in str(told) + str(page)
        verdict = await post(stage, "/v1/ledger/verify")
        assert verdict["verified"], verdict
