"""What the parts of a bid are called in the field's answers, the commonest first. Pure: tables.

Names are without regard to case, points and underscores: PingId, ping_id and pingId are one.
"""

from __future__ import annotations

import re

PRICE = (
    *("price", "payout", "bidamount", "bidprice", "bid", "cost", "commission", "maxbid"),
    *("dynamicbid", "sellerleadbid", "retreaverpayout", "amount", "bestbid", "revenue", "rate"),
)
REF = (
    *("pingid", "bidid", "leadid", "uuid", "promise", "authcode", "pingtoken", "pingkey"),
    *("leadtoken", "token", "transactionid", "callid", "leadauctionid", "leadidentifier"),
    *("confirmation", "reservationid", "id", "buyerid"),
)
VERDICT = (
    *("success", "status", "result", "outcome", "accepted", "accept", "matched", "isvalid"),
    *("isvalidpost", "responsecode", "response", "code", "msg", "message"),
)
NUMBER = (
    *("phonenumber", "number", "inboundnumber", "forwardingnumber", "transfernumber", "did"),
    *("phone", "destinationnumber", "destination", "tollfree", "phonenumbernoplus", "promonumber"),
)
SIP = ("sipaddress", "sipuri", "sip", "forwardingnumbersipaddress")
BILLABLE = (
    *("duration", "minduration", "callminduration", "requiredduration", "billables"),
    *("billableduration", "currentconversionduration", "retreaverseconds", "buffer", "minseconds"),
)
EXPIRES = (
    *("expireinseconds", "expiresinseconds", "expiresinsec", "expiresin", "expiress", "ttl"),
    *("expiresat", "expiration", "expires", "expiry", "validuntil", "validfor", "bidexpireepoch"),
    *("bidexpiredt", "pingidsexpiryinseconds", "expirationdate"),
)
REASON = (
    *("rejectreason", "reason", "unmatchedreason", "error", "errors", "errormessage", "message"),
    *("msg", "details", "description"),
)
NO = ("rejected", "reject", "failure", "failed", "fail", "error", "unmatched", "declined", "no")
YES = frozenset(
    ("success", "accepted", "accept", "matched", "match", "continue", "approved", "ok", "true",
     "yes", "reserved", "1", "1000", "ping accepted", "bid accepted")
)  # fmt: skip


def simple(name: str) -> str:
    """Return the name as the tables have it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
