"""The keys of personal data: the key file, and sealing with it. Draws its own nonces.

A person's fields are sealed with a key of that person, which is stored wrapped: erase the
wrapped key, and the person is erased, in backups too. The key file is the one thing without
which nothing opens: keep it apart from the database and from the database's backups.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from auctiond.keys.key_file import Keys, create_keys, read_keys
from compliance import sealing
from compliance.sealing import SealBroken, place
from market.ids import id_at

PEOPLE = "people"  # The table whose rows the seals are bound to.
INBOX = "inbox"
NETWORKS = "network_version"
FILES = "file"
SIGNED = "signed"
NOTES = "money_note"


@dataclass(frozen=True, slots=True)
class Person:
    """One subject of personal data: a caller or a lead. `wrapped_key` is what is stored."""

    id: UUID
    wrapped_key: bytes
    key: bytes = field(repr=False)


class Vault:
    """Seals and opens personal data. Build it with `open_vault`."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def new_person(self, person_id: UUID | None = None) -> Person:
        """Return a new person with a key of its own."""
        if person_id is None:
            person_id = id_at(time.time_ns() // 1_000_000, os.urandom(16))
        key, aad = os.urandom(sealing.KEY_BYTES), _key_place(person_id)
        wrapped = self._seal_with_root(key, aad)
        return Person(person_id, wrapped, key)

    def person(self, person_id: UUID, wrapped_key: bytes) -> Person:
        """Return a known person from what is stored. Raises SealBroken."""
        key = self._open_with_root(wrapped_key, _key_place(person_id))
        return Person(person_id, wrapped_key, key)

    def seal_fields(self, person: Person, fields: Mapping[str, str]) -> dict[str, bytes]:
        """Return each field sealed: for this person, under this name, and nowhere else."""
        size, here = sealing.NONCE_BYTES, _fields_place(person.id)
        nonces = os.urandom(size * len(fields))
        return {
            name: sealing.seal(
                person.key, nonces[at : at + size], value.encode(), here + place(name)
            )
            for at, (name, value) in zip(range(0, len(nonces), size), fields.items(), strict=True)
        }

    def open_fields(self, person: Person, sealed: Mapping[str, bytes]) -> dict[str, str]:
        """Return the fields that `seal_fields` sealed. Raises SealBroken."""
        here = _fields_place(person.id)
        return {
            name: sealing.unseal(person.key, envelope, here + place(name)).decode()
            for name, envelope in sealed.items()
        }

    def index(self, number: str) -> bytes:
        """Return what a number (E.164) is looked up by."""
        return sealing.blind_index(self._keys.index_key, number)

    def seal_blob(self, carrier: str, event_id: str, body: bytes) -> bytes:
        """Return the raw body of a carrier's webhook, sealed for the inbox."""
        return self._seal_with_root(body, place(INBOX, carrier, event_id))

    def open_blob(self, carrier: str, event_id: str, sealed: bytes) -> bytes:
        """Return the body that `seal_blob` sealed. Raises SealBroken."""
        return self._open_with_root(sealed, place(INBOX, carrier, event_id))

    def seal_network(self, key: str, text: str) -> bytes:
        """Return the text of a network, sealed: it names callers. `key` is its place."""
        return self._seal_with_root(text.encode(), place(NETWORKS, key))

    def open_network(self, key: str, sealed: bytes) -> str:
        """Return the text that `seal_network` sealed. Raises SealBroken."""
        return self._open_with_root(sealed, place(NETWORKS, key)).decode()

    def seal_note(self, key: str, text: str) -> bytes:
        """Return a note about money that is about no call, sealed. `key` is its place."""
        return self._seal_with_root(text.encode(), place(NOTES, key))

    def open_note(self, key: str, sealed: bytes) -> str:
        """Return the text that `seal_note` sealed. Raises SealBroken."""
        return self._open_with_root(sealed, place(NOTES, key)).decode()

    def file_key(self, person: Person, file: str) -> bytes:
        """Return the key of one file of a person; without the person there is none."""
        return sealing.key_for(person.key, place(FILES, file))

    def sign(self, what: str, text: bytes) -> bytes:
        """Return our signature under a text of the kind `what`."""
        return self._signature(self._keys.current, what, text)

    def has_signed(self, what: str, text: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is ours, under this key or one before it."""
        ours = (self._signature(version, what, text) for version in self._keys.roots)
        return any(hmac.compare_digest(one, signature) for one in ours)

    def _signature(self, version: int, what: str, text: bytes) -> bytes:
        key = sealing.key_for(self._keys.roots[version], place(SIGNED, what))
        return hmac.digest(key, text, "sha256")

    @property
    def fingerprint(self) -> str:
        """What to note in the database, so that another key file is noticed at start.

        Of the index key, which stays when the others are renewed.
        """
        return sealing.fingerprint(self._keys.index_key)

    def _seal_with_root(self, plaintext: bytes, aad: bytes) -> bytes:
        version = self._keys.current
        key = sealing.key_for(self._keys.roots[version], aad)
        return sealing.seal(key, os.urandom(sealing.NONCE_BYTES), plaintext, aad, version)

    def _open_with_root(self, envelope: bytes, aad: bytes) -> bytes:
        version = sealing.key_version_of(envelope)
        root = self._keys.roots.get(version)
        if root is None:
            raise SealBroken(f"sealed with key version {version}, which the key file does not have")
        return sealing.unseal(sealing.key_for(root, aad), envelope, aad)


def open_vault(path: Path, *, may_create: bool = True) -> Vault:
    """Return the vault of the key file at `path`. Raises KeyFileError.

    Give `may_create=False` where sealed data exists: a new key would open none of it.
    """
    if may_create and not os.path.lexists(path):
        create_keys(path)
    return Vault(read_keys(path))


def _key_place(person_id: UUID) -> bytes:
    return place(PEOPLE, str(person_id), "key")


def _fields_place(person_id: UUID) -> bytes:
    return place(PEOPLE, str(person_id), "field")
