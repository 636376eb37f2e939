"""People are the same everywhere, no two alike, and live where their numbers and zips say."""

import pytest

from auctiond.sandbox.people import PEOPLE_MAX, PLACES, people, person
from routing.geo import is_zip, state_of_area_code, state_of_zip

CROWD = list(people(7, 5000))


def test_the_same_seed_is_the_same_person_in_every_process():
    assert person(7, 0) == CROWD[0]
    assert (person(7, 0).number, person(7, 0).name) == ("+18162155643", "Veronica Henderson")
    assert person(8, 0) != CROWD[0]


def test_no_two_people_share_a_number_or_the_end_of_one():
    assert len({one.number[-7:] for one in CROWD}) == len(CROWD)


def test_the_last_of_the_people_has_a_number_too():
    assert person(7, PEOPLE_MAX - 1).number[-7] == "2"
    with pytest.raises(ValueError, match="999000"):
        person(7, PEOPLE_MAX)


def test_state_zip_and_area_code_agree():
    for one in CROWD:
        assert is_zip(one.zip)
        assert state_of_zip(one.zip) == state_of_area_code(one.area_code) == one.state


def test_people_come_from_everywhere_and_most_from_the_big_states():
    states = [one.state for one in CROWD]
    assert set(states) == {place.state for place in PLACES}
    assert states.count("CA") > states.count("AK") * 5
