"""Why a target did not get a call: stable codes, and who can mend it. Pure: a table.

The same codes stand in the call's record, the API and the metrics. A code may carry a
detail after a colon ("filter:state"); the part before it is what stands here. After a change:
`auctiond reasons --markdown > docs/reasons.md`.
Source: the reject and loss codes of the platforms in use (Ringba 1001-1100, OpenRTB lists).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    stage: str  # One of STAGES.
    who: str  # Who can mend it: operator, buyer, publisher, carrier, caller, nobody.
    text: str


STAGES: dict[str, str] = {
    "screened": "The call itself was refused, before anybody was asked",
    "callback": "The person was not called back, or not yet",
    "not_pinged": "The target was not asked",
    "pinged": "The target was asked, and did not bid",
    "bid": "The target bid, and was not offered the call",
    "confirm": "The target was offered the call, and did not confirm",
    "leg": "The target's phone was to ring",
    "money": "They talked",
}
REASONS: dict[str, Reason] = {
    "emergency": Reason(
        "screened", "nobody", "an emergency service called, or was called: never routed, never sold"
    ),
    "unknown_number": Reason(
        "screened", "operator", "the dialled number is not one of our tracking numbers"
    ),
    "no_campaign": Reason("screened", "operator", "the tracking number's campaign does not exist"),
    "blocked_caller": Reason("screened", "operator", "the caller is on the network's block list"),
    "anonymous_caller": Reason(
        "screened", "caller", "the caller withholds the number, and the campaign wants one"
    ),
    "foreign_caller": Reason(
        "screened",
        "caller",
        "the caller's number is not of North America, as the campaign wants",
    ),
    "too_often": Reason(
        "screened", "caller", "the caller has called as often as one may in an hour or a day"
    ),
    "attestation": Reason(
        "screened", "carrier", "the carrier does not vouch enough for the caller's number"
    ),
    "listed_caller": Reason(
        "screened", "caller", "a look-up says that nobody should deal with the caller"
    ),
    "unsure_caller": Reason(
        "screened", "operator", "a look-up did not answer, and the campaign takes nobody unsure"
    ),
    "same_caller": Reason(
        "screened", "caller", "the caller called within the last seconds already"
    ),
    "duplicate_caller": Reason(
        "screened", "publisher", "the campaign takes no second call of this caller"
    ),
    "consent_unproven": Reason(
        "callback", "publisher", "a part of the proof that the person asked to be called is missing"
    ),
    "consent_old": Reason("callback", "publisher", "the person asked too long ago"),
    "place_unknown": Reason(
        "callback", "publisher", "the number, or the state told with it, is of no state we know"
    ),
    "suppressed": Reason("callback", "caller", "the person is on a list of whom we do not call"),
    "listed": Reason("callback", "caller", "a look-up says that the person must not be called"),
    "lookup_failed": Reason("callback", "operator", "a look-up did not answer: in doubt, no call"),
    "hours": Reason("callback", "nobody", "outside the calling hours where the person may be"),
    "calls_per_day": Reason(
        "callback", "nobody", "called as often as campaign or law allow within a day"
    ),
    "attempts_used": Reason("callback", "caller", "as many attempts as the campaign makes"),
    "callback_expired": Reason(
        "callback", "nobody", "the time in which the campaign calls back is over, or will be"
    ),
    "unanswered": Reason("callback", "caller", "nobody answered, or the line was busy"),
    "no_buyer": Reason("callback", "buyer", "nobody would buy it, so the person was not called"),
    "reached": Reason("callback", "nobody", "the person was on the line"),
    "no_callbacks": Reason("callback", "operator", "the campaign does not call back"),
    "same_callback": Reason(
        "callback", "publisher", "a callback of this person for this campaign waits already"
    ),
    "withdrawn": Reason("callback", "operator", "it was cancelled"),
    "erased": Reason("callback", "nobody", "the person was erased"),
    "paused": Reason("not_pinged", "operator", "the target or its buyer is paused, now or by plan"),
    "schedule": Reason("not_pinged", "operator", "outside the target's hours, or a holiday"),
    "filter": Reason("not_pinged", "operator", "a filter of the target does not match"),
    "missing_field": Reason("not_pinged", "operator", "a required answer was not collected"),
    "modifier": Reason("not_pinged", "operator", "a bid modifier of the target rejects such calls"),
    "consent_missing": Reason("not_pinged", "publisher", "the caller has no such certificate"),
    "blocked_pair": Reason("not_pinged", "operator", "it gets no calls of this publisher"),
    "cap": Reason(
        "not_pinged", "operator", "a cap of target, buyer, campaign or publisher is used up"
    ),
    "concurrency": Reason(
        "not_pinged", "operator", "on as many calls as target, buyer or publisher may"
    ),
    "balance": Reason("not_pinged", "buyer", "the buyer's wallet cannot pay the least price"),
    "duplicate": Reason(
        "not_pinged", "publisher", "this caller was here before, and may not again"
    ),
    "crowd": Reason("not_pinged", "operator", "as many as a call may ask come before it"),
    "tier": Reason("not_pinged", "nobody", "a better tier sold the call first"),
    "not_reached": Reason("not_pinged", "nobody", "the call was over before its tier's turn"),
    "not_asked": Reason("not_pinged", "nobody", "in a replay: it was not asked, so nobody knows"),
    "unmapped": Reason("not_pinged", "operator", "the buyer's format has no word for a value"),
    "no_token": Reason(
        "not_pinged", "buyer", "the buyer's login gave us no token that is good now"
    ),
    "ping_cap": Reason("not_pinged", "operator", "as many pings as its minute or day allows"),
    "throttled": Reason("not_pinged", "buyer", "too many pings are out to it, or too many failed"),
    "too_slow": Reason("not_pinged", "buyer", "it usually takes longer than there was time left"),
    "auto_paused": Reason("not_pinged", "buyer", "it left calls unanswered, or returned too many"),
    "secondary": Reason("not_pinged", "nobody", "the target it stands in for is well"),
    "shed": Reason("not_pinged", "operator", "the server was too busy to start the ping in time"),
    "timeout": Reason("pinged", "buyer", "no whole answer by the deadline"),
    "late": Reason("pinged", "buyer", "a bid came after the auction was decided"),
    "closed_early": Reason("pinged", "nobody", "its price ceiling could not beat the leader"),
    "connect_error": Reason("pinged", "buyer", "the buyer's server cannot be reached"),
    "tls_error": Reason("pinged", "buyer", "the buyer's certificate is not valid"),
    "dropped": Reason("pinged", "buyer", "the connection ended inside the answer"),
    "too_large": Reason("pinged", "buyer", "the answer is over the size limit"),
    "refused_address": Reason("pinged", "operator", "the buyer's address is private"),
    "http": Reason("pinged", "buyer", "an HTTP status that is no answer"),
    "unparseable": Reason("pinged", "buyer", "the answer cannot be read"),
    "reject": Reason("pinged", "buyer", "the buyer declined"),
    "no_price": Reason("pinged", "buyer", "an acceptance without a usable price"),
    "over_ceiling": Reason("pinged", "operator", "the price is over the target's sanity ceiling"),
    "no_number": Reason("pinged", "buyer", "an acceptance without a number to ring"),
    "below_reserve": Reason("bid", "buyer", "the bid is under the reserve"),
    "margin": Reason("bid", "operator", "less margin and penalty, nothing is left of the bid"),
    "outbid": Reason("bid", "buyer", "another bid was better"),
    "tie": Reason("bid", "nobody", "an equal bid came first in routing order"),
    "expired": Reason("bid", "buyer", "the bid ran out before the call could be offered"),
    "not_needed": Reason("bid", "nobody", "the call was sold, or the caller left, before its turn"),
    "hold_refused": Reason("bid", "buyer", "the wallet or a cap was used up at the award"),
    "post_unknown": Reason(
        "bid", "buyer", "another buyer may have taken the lead: no answer to its post"
    ),
    "confirm_refused": Reason("confirm", "buyer", "the buyer took its bid back at the confirm"),
    "no_target": Reason("confirm", "buyer", "nobody is left at the buyer to take what it bid for"),
    "confirm_capacity": Reason("confirm", "buyer", "its cap filled up between bid and confirm"),
    "confirm_duplicate": Reason("confirm", "buyer", "at the confirm it knew the caller already"),
    "price_reject": Reason("confirm", "buyer", "it confirmed at a price that we do not take"),
    "confirm_unknown": Reason("confirm", "buyer", "no answer to the confirm"),
    "offered": Reason("leg", "nobody", "the call is being offered to it"),
    "busy": Reason("leg", "buyer", "the buyer's line was busy"),
    "no_answer": Reason("leg", "buyer", "the buyer did not answer"),
    "declined": Reason("leg", "buyer", "the buyer declined the call, or did not press the key"),
    "machine": Reason("leg", "buyer", "an answering machine took the call, and was hung up on"),
    "bad_number": Reason("leg", "operator", "the buyer's number does not exist"),
    "carrier_error": Reason("leg", "carrier", "the carrier could not place the call"),
    "caller_gone": Reason("leg", "caller", "the caller hung up"),
    "won": Reason("money", "nobody", "sold"),
    "under_duration": Reason("money", "nobody", "the talk was shorter than the billable duration"),
    "released": Reason("money", "operator", "a person decided that it was no sale"),
    "review": Reason("money", "operator", "the talk time is unknown"),
}


def reason_of(code: str) -> Reason:
    """Return the reason behind `code`, with or without a detail. Raises KeyError if unknown."""
    return REASONS[code.partition(":")[0]]
