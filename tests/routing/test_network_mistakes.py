"""A table of mistakes: each is named by its key, with what was found."""

import pytest

from tests.routing.small_file import changed, problems

MOST = "price_change.most_percent = 99"
SHORT = 'field = "state"\nany_of = ["CA"]'
MISTAKES = [
    ('name = "Small"', "", "name", "nothing"),
    ('name = "Small"', 'name = "Small"\ncolour = 1', "colour", "an unknown key"),
    ('name = "Auto"', 'name = "Au\\nto"', "campaign[0].name", "to"),
    ('"+1900*"', '"1900*"', "blocked_callers[0]", '"1900*"'),
    ('"+1900*"', '"12125550123"', "blocked_callers[0]", "not shown"),
    ('["+1900*"]', '"+12125550123"', "blocked_callers", "not shown"),
    ('id = "auto"', 'id = "Auto!"', "campaign[0].id", '"Auto!"'),
    ('vertical = "auto_insurance"', "reserve = -1", "campaign[0].reserve", "-1"),
    ("tries = 2", "tries = 0", "campaign[0].ask_zip.tries", "0"),
    ("tries = 2", "tries = true", "campaign[0].ask_zip.tries", "true"),
    ('["west", "desk"]', "[]", "campaign[0].tier[0].targets", "an empty list"),
    ('["west", "desk"]', '["west", "desk", "east"]', "campaign[0].tier[0].targets[2]", "east"),
    ('["west", "desk"]', '["west", "west"]', "campaign[0].tier[0].targets[1]", "a second"),
    ('"weighted"', '"random"', "campaign[0].tier[1].strategy", '"random"'),
    ('"weighted"', '"weighted"\ndeadline_ms = 700', "campaign[0].tier[1].deadline_ms", "700"),
    ('campaign = "auto"', 'campaign = "autos"', "number[0].campaign", "autos"),
    ('publisher = "pub"', 'publisher = "bar"', "number[0].publisher", "bar"),
    ('"+12125550100"', '"2125550100"', "number[0].number", "2125550100"),
    ('"+12125550100"', '"+11125550100"', "number[0].number", "+11125550100"),
    ('buyer = "acme"', 'buyer = "acne"', "target[0].buyer", "acne"),
    ('buyer = "acme"', "", "target[0].buyer", "nothing"),
    ('"https://acme', '"http://acme', "target[0].ping.url", "http://acme"),
    ('"America/Los_Angeles"', '"America/LA"', "target[0].hours.zone", "America/LA"),
    ('"America/Los_Angeles"', '"America"', "target[0].hours.zone", "America"),
    ('"America/Los_Angeles"', '"../etc/passwd"', "target[0].hours.zone", "passwd"),
    ('field = "state"', 'field = "county"', "target[0].filter[0].field", "county"),
    ('any_of = ["CA"]', 'any_of = ["Texas"]', "target[0].filter[0].any_of[0]", "Texas"),
    ('any_of = ["CA"]', "", "target[0].filter[0]", "a filter without values"),
    *((SHORT, f"condition = '{text}'", "target[0].filter[0].condition", found) for text, found in [
        ("state in (Texas)", "column 1: state compared with \"Texas\""),
        ("zip = 90210 and county = X", "column 17: county"),
        ("zip = 90210 and", "column 16: the end"),
        ("ivr.age >= 65", "ivr.age"),
        ("state > 5", "column 1: state, as a number"),
        ("ivr.insured between 9 and 1", "9 and 1"),
        ("ivr.insured matches \"(a\"", "(a"),
        ("zip in list:bad", "bad"),
        ("zip in list:", "list:"),
    ]),
    (SHORT, 'condition = 5', "target[0].filter[0].condition", "5"),
    (SHORT, SHORT + "\ncondition = 'zip = 1*'", "target[0].filter[0].field", "short form"),
    (SHORT, "any_of = ['CA']", "target[0].filter[0].field", "nothing"),
    ('field = "state"', 'field = "ivr.age"', "target[0].filter[0].field", "ivr.age"),
    ('price = "12.50"', "", "target[1].price", "nothing"),
    ('destination = "sip:desk@acme.example"', "", "target[1].destination", "nothing"),
    ('"sip:desk@acme.example"', '"911"', "target[1].destination", "911"),
    ('"sip:desk@acme.example"', '"+12125550100"', "target[1].destination", "tracking number"),
    ('price = "12.50"', 'price = "12.50"\nweight = 0', "target[1].weight", "0"),
    ('price = "12.50"', 'price = "12.50"\nring_s = nan', "target[1].ring_s", "nan"),
    ('price = "12.50"', 'price = "12.50"\nrequired = ["ivr.age"]', "target[1].required[0]", "age"),
    ('price = "12.50"', 'price = "12.50"\nprice_max = 9', "target[1].price_max", "with ping"),
    ('field = "state"', 'field = "state"\n[target.post]\nformat = "x"', "target[0].post", "static"),
    ('id = "desk"', 'id = "desk"\nhours = 5', "target[1].hours", "5"),
    ('id = "west"', 'id = "west"\nfallback = true', "target[0].fallback", "static"),
    ('period = "day"', 'period = "minute"', "target[1].cap[0].period", "minute"),
    ("limit = 5", 'limit = "5.00"', "target[1].cap[0].limit", "5.00"),
    *(('id = "acme"', f'id = "acme"\n[[target]]\nid = "x"\nbuyer = "acme"\nprice = 1\n'
       f'destination = "sip:a@b.example"\n[[target.modifier]]\n{lines}',
       f"target[0].modifier[0]{key}", found) for lines, key, found in [
        ('action = "plus"', ".action", "plus"),
        ('action = "add"', ".amount", "nothing"),
        ('action = "add"\namount = 2.5', ".amount", "2.5"),
        ('action = "add"\namount = "1e3"', ".amount", "1e3"),
        ('action = "multiply"\namount = "-1"', ".amount", "-1"),
        ('action = "multiply"\namount = "101"', ".amount", "101"),
        ('action = "override"\namount = "-1"', ".amount", "-1"),
        ('action = "reject"\namount = "1"', ".amount", "an amount"),
        ('action = "reject"\ncondition = "zip"', ".condition", "column 4"),
        ('action = "reject"\ncondition = "ivr.age = 1"', ".condition", "ivr.age"),
        ('action = "reject"\nlist = "zips"', ".list", "zips"),
        ('action = "add"\namount = "1"\nfield = "zip"', ".field", "without a list"),
    ]),
    ('name = "Pub"', 'name = "Pub"\nblocked_buyers = ["acne"]',
     "publisher[0].blocked_buyers[0]", "acne"),
    ('name = "Pub"', 'name = "Pub"\nblocked_targets = ["x"]',
     "publisher[0].blocked_targets[0]", "x"),
    ('id = "west"', 'id = "west"\nconsent = ["trusted"]', "target[0].consent[0]", "trusted"),
    ('id = "west"', 'id = "west"\nmargin_percent = 101', "target[0].margin_percent", "101"),
    ('name = "Pub"', 'name = "Pub"\n[[publisher.reserve_step]]\nreserve = 5',
     "publisher[0].reserve_step[0].billable_from_s", "nothing"),
    ('price = "12.50"', 'price = "12.50"\nprice_change = 5', "target[1].price_change", "5"),
    ('id = "west"', 'id = "west"\n' + MOST, "target[0].price_change.most_percent", "99"),
    ('name = "Pub"', 'name = "Pub"\npayout = "fixed"', "publisher[0].payout_amount", "nothing"),
    ('name = "Pub"', 'name = "Pub"\npayout_amount = 3', "publisher[0].payout_amount", "other"),
    ('name = "Pub"', 'name = "Pub"\npayout_percent = 101', "publisher[0].payout_percent", "101"),
    ('id = "desk"', 'id = "desk"\nsecondary_of = "desk"', "target[1].secondary_of", "itself"),
    ('id = "desk"', 'id = "desk"\nsecondary_of = "wst"', "target[1].secondary_of", "wst"),
    ('id = "desk"', 'id = "desk"\nhealth = "on"', "target[1].health", '"on"'),
    ('id = "desk"', 'id = "desk"\nhealth.throttle = "yes"', "target[1].health.throttle", '"yes"'),
    ('id = "desk"', 'id = "desk"\nhealth.limit = 5', "target[1].health.limit", "an unknown key"),
    ('name = "Small"', 'name = "Small"\nhealth.pause_s = -1', "health.pause_s", "-1"),
    ('name = "Small"', 'name = "Small"\nhealth.pings_max = 0', "health.pings_max", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "found"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_what_would_be_right(old, new, key, found):
    (problem,) = (one for one in problems(changed(old, new)) if one.key == key)
    assert found in problem.found
    assert problem.right
    assert problem.file == "net.toml"


def test_a_secondary_of_a_secondary_is_refused():
    text = changed('id = "desk"', 'id = "desk"\nsecondary_of = "west"')
    found = problems(text.replace('id = "west"', 'id = "west"\nsecondary_of = "desk"'))
    assert {one.key for one in found} == {"target[0].secondary_of", "target[1].secondary_of"}
