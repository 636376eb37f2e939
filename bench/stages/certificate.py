"""A certificate for localhost, by an authority of a moment: for pings over TLS."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificate:
    ca_file: Path  # For who is to trust it.
    chain_file: Path  # The key with the certificate, for the server.


@contextmanager
def certificate() -> Iterator[Certificate]:
    """Yield one, in files that are gone afterwards."""
    authority = trustme.CA()
    proof = authority.issue_cert("localhost")
    with tempfile.TemporaryDirectory(prefix="auctiond-bench-") as folder:
        files = Certificate(Path(folder) / "ca.pem", Path(folder) / "chain.pem")
        authority.cert_pem.write_to_path(str(files.ca_file))
        proof.private_key_and_cert_chain_pem.write_to_path(str(files.chain_file))
        yield files
