"""A seal opens at its own place, with its own key, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.sealing import (
    INDEX_BYTES,
    SealBroken,
    blind_index,
    fingerprint,
    key_for,
    key_version_of,
    place,
    seal,
    unseal,
)

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
NONCE = b"nonce-of-12b"
HERE = place("people", "p1", "phone")
SEALED = seal(KEY, NONCE, b"+12125550123", HERE, key_version=3)


@given(st.binary(max_size=300), st.binary(min_size=12, max_size=12), st.integers(0, 65535))
def test_what_is_sealed_opens_again(plaintext, nonce, version):
    sealed = seal(KEY, nonce, plaintext, HERE, version)
    assert unseal(KEY, sealed, HERE) == plaintext
    assert key_version_of(sealed) == version


@pytest.mark.parametrize(
    "elsewhere",
    [("leads", "p1", "phone"), ("people", "p2", "phone"), ("people", "p1", "email"), ("people",)],
)
def test_a_sealed_field_does_not_open_in_another_table_row_or_column(elsewhere):
    with pytest.raises(SealBroken):
        unseal(KEY, SEALED, place(*elsewhere))


def test_a_seal_of_another_key_does_not_open():
    with pytest.raises(SealBroken):
        unseal(OTHER_KEY, SEALED, HERE)


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_of_an_envelope_can_be_changed(at, flip):
    changed = bytearray(SEALED)
    changed[at] ^= flip
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(changed), HERE)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_envelope_are_refused(junk):
    with pytest.raises(SealBroken):
        unseal(KEY, junk, HERE)


@given(st.integers(0, len(SEALED) - 1))
def test_a_cut_envelope_is_refused(length):
    with pytest.raises(SealBroken):
        unseal(KEY, SEALED[:length], HERE)


def test_an_error_does_not_tell_what_was_sealed():
    with pytest.raises(SealBroken) as caught:
        unseal(KEY, SEALED[:-1], HERE)
    assert "212" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("key", "nonce", "version"),
    [(KEY[:16], NONCE, 0), (KEY, NONCE[:8], 0), (KEY, NONCE, 65536), (KEY, NONCE, -1)],
)
def test_a_wrong_key_nonce_or_version_is_refused(key, nonce, version):
    with pytest.raises(ValueError, match="a key"):
        seal(key, nonce, b"", HERE, version)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_two_places_are_the_same_bytes_only_if_they_are_the_same_place(one, other):
    assert (place(*one) == place(*other)) == (one == other)


def test_each_place_has_a_key_of_its_own():
    keys = {key_for(KEY, HERE), key_for(OTHER_KEY, HERE), key_for(KEY, place("people")), KEY}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_an_index_finds_a_number_and_needs_the_key():
    index = blind_index(KEY, "+12125550123")
    assert index == blind_index(KEY, "+12125550123")
    assert len(index) == INDEX_BYTES
    assert index != blind_index(OTHER_KEY, "+12125550123")
    assert index != blind_index(KEY, "+12125550124")


@pytest.mark.parametrize(
    "number", ["2125550123", "", "+1 212 555 0123", "anonymous", "+0123456789"]
)
def test_an_index_is_made_of_e164_alone_and_its_error_hides_the_number(number):
    with pytest.raises(ValueError, match=r"E\.164") as caught:
        blind_index(KEY, number)
    assert not number or number not in str(caught.value)


def test_a_fingerprint_tells_keys_apart():
    assert fingerprint(KEY) != fingerprint(OTHER_KEY)
    assert KEY.hex() not in fingerprint(KEY)
