"""The traps that real systems of this field fell into, and which test keeps us out of each.

Numbered as our research lists them. A test that is renamed must be renamed here as well.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# fmt: off
TRAPS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("the deadline throws away the bids that are in", (
        "actors/test_auction.py::test_a_bid_at_the_very_deadline_counts",
        "actors/test_auction.py::test_a_slow_buyer_is_a_timeout_and_delays_nobody",
        "calls/test_auctioneer.py::test_a_bid_that_comes_while_the_decision_is_under_way_is_never_lost")),
    2: ("one byte a second resets every timeout", (
        "net/test_wire.py::test_the_callers_deadline_ends_a_dripping_answer_and_frees_its_place",
        "sandbox_buyers/test_through_the_wire.py::test_a_buyer_that_is_not_done_by_the_deadline_has_not_answered")),
    3: ("200 and a page of HTML, or nothing, is taken for a yes", (
        "buyers/test_reading.py::test_what_is_not_clearly_a_bid_is_none",
        "sandbox_buyers/test_through_the_wire.py::test_every_kind_of_garbage_has_its_reason_and_harms_no_later_ping")),
    4: ("a refusal with an id, or a price of zero, is taken for a bid", (
        "buyers/test_reading.py::test_what_is_not_clearly_a_bid_is_none",
        "buyers/test_library.py::test_a_file_brings_a_bid_a_refusal_and_nonsense")),
    5: ("texts for truth, cents for dollars, NaN, a billion", (
        "buyers/test_reading.py::test_a_price_is_exact_and_rounded_down",
        "buyers/test_reading.py::test_what_is_no_price_is_none",
        "buyers/test_reading.py::test_cents_are_cents",
        "buyers/test_library.py::test_an_answer_with_one_odd_value_is_no_bid_or_a_sane_one")),
    6: ("XML that lies about its letters, is escaped, or explodes", (
        "buyers/test_odd_answers.py::test_the_bytes_count_and_not_what_is_said_of_their_encoding",
        "buyers/test_odd_answers.py::test_xml_that_is_odd_or_dangerous_is_no_answer",
        "net/test_wire.py::test_a_body_of_exactly_the_limit_is_read")),
    7: ("an expiry is misread, or is over", (
        "buyers/test_reading.py::test_a_bid_runs_out_when_it_says",
        "buyers/test_reading.py::test_a_naive_time_is_in_the_zone_of_the_file",
        "buyers/test_reading.py::test_a_bid_that_ran_out_or_ends_who_knows_when_is_none",
        "market/test_call_state.py::test_an_expired_bid_is_not_offered")),
    8: ("two get the last unit; a crash keeps it for ever", (
        "ledger/test_last_unit.py::test_two_hundred_awards_for_the_last_unit_give_it_to_one",
        "ledger/test_rivals.py::test_of_two_hundred_holds_on_the_last_of_it_exactly_one_wins",
        "recovery/test_leftovers.py::test_a_hold_that_the_log_knows_nothing_of_is_given_back")),
    9: ("webhooks twice, out of order, or lost: charged twice, a slot kept", (
        "market/test_call_state.py::test_each_hold_is_settled_once_whatever_happens",
        "market/test_call_state.py::test_a_lost_hang_up_is_reviewed_neither_charged_nor_freed")),
    10: ("a post without an answer is sold to somebody else as well", (
        "calls/test_handing.py::test_silence_is_unknown_and_has_an_end",
        "recovery/test_reposting.py::test_a_post_without_a_key_never_leaves_twice")),
    11: ("a second is rounded the wrong way", (
        "market/test_call_state.py::test_talk_time_from_the_join_decides_the_sale",)),
    12: ("days of 23 and 25 hours; whose zone it is", (
        "routing/test_caps.py::test_a_day_has_as_many_hours_as_the_clock_gives_it",
        "routing/test_hours.py::test_on_the_day_of_a_change_the_wall_clock_decides")),
    13: ("one publisher gets the cached bid of another", (
        "rtb/test_desk.py::test_a_bid_is_never_cached_over_to_another_publisher",
        "whole/test_rtb.py::test_one_caller_by_two_publishers_in_one_second_has_two_bids_and_two_prices")),
    14: ("callers without a number, without +1, from abroad", (
        "compliance/test_screening.py::test_a_number_is_read_for_sure_or_not_at_all",
        "compliance/test_screening.py::test_a_caller_without_a_number_is_refused_where_one_is_wanted")),
    15: ("a ping names the caller by a back door", (
        "buyers/test_privacy.py::test_a_ping_that_names_a_person_is_refused_when_the_file_is_read",
        "buyers/test_privacy.py::test_no_spelling_gets_round_it",
        "buyers/test_privacy.py::test_another_systems_token_is_refused_and_not_sent_as_it_is")),
    16: ("a word that the buyer's list has not is sent empty", (
        "buyers/test_writing.py::test_a_value_that_is_not_in_the_map_stops_the_ping",
        "calls/test_auctioneer.py::test_a_value_that_a_format_cannot_do_without_is_a_reason_not_to_ask")),
    17: ("the wallet falls under the bid between ping and award", (
        "calls/test_bank.py::test_a_hold_that_one_account_cannot_give_takes_nothing_of_any",)),
    18: ("a publisher's call comes late, from somebody else, or twice", (
        "whole/test_rtb.py::test_a_late_call_is_refused_with_its_reason",
        "whole/test_rtb.py::test_a_call_of_another_caller_and_a_second_call_are_refused",
        "rtb/test_matching.py::test_a_bid_has_one_call_but_the_same_call_again_is_no_second")),
    19: ("a return after the publisher was paid, in part, or twice", (
        "returns/test_desk.py::test_a_publisher_that_was_paid_already_owes_it",
        "returns/test_desk.py::test_a_part_goes_back_in_the_share_of_each_and_rounds_for_the_publisher",
        "returns/test_desk.py::test_of_many_who_ask_and_decide_at_once_one_moves_money",
        "payouts/test_runs.py::test_what_came_back_after_it_was_paid_is_taken_off_the_next")),
    20: ("a buyer's address leads inwards, at once or by a redirect", (
        "net/test_addresses.py::test_an_address_that_is_not_public_is_refused",
        "net/test_wire.py::test_any_status_is_an_answer_and_no_redirect_is_followed")),
    21: ("the hash of a phone number is as good as the number", (
        "buyers/test_privacy.py::test_a_ping_that_names_a_person_is_refused_when_the_file_is_read",)),
    22: ("nobody knows what a weight means", (
        "routing/test_rank.py::test_twice_the_weight_is_twice_the_calls",
        "routing/test_rank.py::test_a_weight_is_exactly_a_share_of_all_draws_there_are")),
    23: ("priority 0, 1 and 10 mean the opposite elsewhere", (
        "routing/test_importing.py::test_in_ringba_and_trackdrive_the_lowest_priority_is_first",
        "routing/test_importing.py::test_in_leadexec_0_is_first",
        "routing/test_importing.py::test_in_boberdoo_10_is_first_5_is_the_default_and_always_match_before_all")),
    24: ("erasing a person breaks the ledger, or leaves the person", (
        "whole/test_privacy.py::test_an_erased_person_cannot_be_read_any_more_by_anybody",
        "whole/test_privacy.py::test_the_records_and_the_ledger_say_nothing_about_callers")),
}
# fmt: on


def names_in(name: str) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((HERE / name).read_text())
    return {
        one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("number", TRAPS)
def test_a_trap_has_its_tests(number):
    trap, tests = TRAPS[number]
    for test in tests:
        file, _, name = test.partition("::")
        assert name in names_in(file), f"nothing keeps us from this any more: {trap}"
