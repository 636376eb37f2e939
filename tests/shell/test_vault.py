"""Keys are made once and kept close; what is sealed opens only for its person."""

import os
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from auctiond.keys.key_file import KeyFileError, Keys, create_keys, read_keys
from auctiond.keys.vault import Vault, open_vault
from compliance.sealing import SealBroken

LEAD = {
    "phone": "+12125550123",
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@example.com",
    "street": "1 Main St, Zürich",
}


@pytest.fixture
def key_path(tmp_path):
    return tmp_path / "data" / "keys.json"


@pytest.fixture
def vault(key_path):
    return open_vault(key_path)


def test_a_lead_is_sealed_and_opens_again_after_a_restart(vault, key_path):
    person = vault.new_person()
    sealed = vault.seal_fields(person, LEAD)
    for value in LEAD.values():
        assert all(value.encode() not in envelope for envelope in sealed.values())
    later = open_vault(key_path)
    assert later.open_fields(later.person(person.id, person.wrapped_key), sealed) == LEAD


def test_a_field_does_not_open_under_another_name_or_person(vault):
    one, other = vault.new_person(), vault.new_person()
    sealed = vault.seal_fields(one, LEAD)
    with pytest.raises(SealBroken):
        vault.open_fields(one, {"email": sealed["phone"]})
    with pytest.raises(SealBroken):
        vault.open_fields(other, sealed)
    with pytest.raises(SealBroken):
        vault.person(other.id, one.wrapped_key)


def test_a_person_is_a_uuid7_or_the_id_that_is_given(vault):
    assert vault.new_person().id.version == 7
    given = UUID("01937f3e-9a1b-7c3d-8e4f-5a6b7c8d9e0f")
    assert vault.new_person(given).id == given


def test_no_two_seals_are_alike(vault):
    person = vault.new_person()
    same = {"a": "x", "b": "x"}
    seals = [*vault.seal_fields(person, same).values(), *vault.seal_fields(person, same).values()]
    assert len({seal[3:15] for seal in seals}) == 4


def test_a_person_does_not_print_its_key(vault):
    person = vault.new_person()
    assert repr(person.key) not in repr(person)


def test_a_webhook_opens_for_its_own_event_alone(vault):
    sealed = vault.seal_blob("telnyx", "e1", b'{"from":"+12125550123"}')
    assert b"2125550123" not in sealed
    assert vault.open_blob("telnyx", "e1", sealed) == b'{"from":"+12125550123"}'
    for carrier, event_id in (("telnyx", "e2"), ("twilio", "e1"), ("telnyxe", "1")):
        with pytest.raises(SealBroken):
            vault.open_blob(carrier, event_id, sealed)


def test_a_number_is_found_by_its_index_and_only_with_the_key_file(vault, tmp_path):
    other = open_vault(tmp_path / "other.json")
    assert vault.index("+12125550123") == vault.index("+12125550123")
    assert vault.index("+12125550123") != other.index("+12125550123")
    assert vault.fingerprint != other.fingerprint


def test_what_an_older_key_sealed_still_opens_and_a_newer_one_seals():
    old, new, index_key = os.urandom(32), os.urandom(32), os.urandom(32)
    before = Vault(Keys(1, {1: old}, index_key))
    after = Vault(Keys(2, {1: old, 2: new}, index_key))
    person = before.new_person()
    assert after.person(person.id, person.wrapped_key) == person
    assert after.fingerprint == before.fingerprint
    with pytest.raises(SealBroken, match="key version 2"):
        before.open_blob("telnyx", "e1", after.seal_blob("telnyx", "e1", b""))


def test_the_key_file_is_its_owners_alone(vault, key_path):
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert key_path.parent.stat().st_mode & 0o077 == 0
    assert [path.name for path in key_path.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666, 0o620])
def test_a_key_file_that_others_may_touch_is_refused(vault, key_path, mode):
    key_path.chmod(mode)
    with pytest.raises(KeyFileError, match=f"chmod 600 {key_path}"):
        open_vault(key_path)


def test_keys_are_made_once(vault, key_path):
    content = key_path.read_bytes()
    create_keys(key_path)  # As a second process would, that came a moment late.
    open_vault(key_path)
    assert key_path.read_bytes() == content


def test_no_new_key_is_made_where_sealed_data_exists(tmp_path):
    with pytest.raises(KeyFileError, match="No such file"):
        open_vault(tmp_path / "keys.json", may_create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileError, match=str(tmp_path / "file")):
        open_vault(tmp_path / "file" / "keys.json")


@pytest.mark.parametrize(
    "damage",
    [
        lambda keys: b"",
        lambda keys: b"{}",
        lambda keys: b"[1]",
        lambda keys: orjson.dumps(keys | {"format": 2}),
        lambda keys: orjson.dumps(keys | {"current": 2}),
        lambda keys: orjson.dumps(keys | {"index_key": "short"}),
        lambda keys: orjson.dumps(keys | {"roots": {"1": "AAAA"}}),
        lambda keys: orjson.dumps(keys | {"roots": {"x": keys["index_key"]}}),
        lambda keys: orjson.dumps(keys | {"roots": {"1": 5}}),
    ],
)
def test_a_damaged_key_file_is_refused_and_not_replaced(vault, key_path, damage):
    keys = orjson.loads(key_path.read_bytes())
    key_path.write_bytes(damage(keys))
    with pytest.raises(KeyFileError, match="restore a copy") as caught:
        open_vault(key_path)
    assert keys["index_key"] not in str(caught.value)
    assert key_path.read_bytes() == damage(keys)


def test_keys_do_not_print(key_path):
    create_keys(key_path)
    keys = read_keys(Path(key_path))
    assert repr(keys.index_key) not in repr(keys)
    assert repr(keys.roots[1]) not in repr(keys)
