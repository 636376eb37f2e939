"""What proves the ledger lies beside the data folder, for us alone."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from auctiond.config import Settings
from auctiond.proof_dir import make_proof_dir
from auctiond.start_error import StartError


def test_it_is_beside_the_data_folder_and_for_us_alone(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    make_proof_dir(settings)
    make_proof_dir(settings)
    assert settings.seal_path == tmp_path / "data-proof" / "ledger.seal"
    assert settings.seal_path.parent.stat().st_mode & 0o777 == 0o700
    assert settings.months_path.is_dir()


def test_of_a_folder_without_a_name_it_is_beside_too(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert Settings(data_dir=Path(".")).proof_path == tmp_path / "here-proof"


def test_a_seal_in_the_data_folder_is_taken_along_once(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    old = settings.data_dir / "ledger.seal"
    old.write_text("old")
    make_proof_dir(settings)
    assert not old.exists()
    old.write_text("another")
    make_proof_dir(settings)
    assert settings.seal_path.read_text() == "old"


def test_a_place_that_cannot_be_made_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    nowhere = tmp_path / "file" / "folder"
    for key, place in (("proof_dir", nowhere), ("seal_file", nowhere / "ledger.seal")):
        settings = replace(Settings(data_dir=tmp_path / "data"), **{key: place})
        with pytest.raises(StartError, match=f"^{key}: .*install -d -m 0700"):
            make_proof_dir(settings)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_who_may_not_write_beside_is_told(tmp_path):
    (tmp_path / "data").mkdir()
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StartError, match="Permission denied"):
            make_proof_dir(Settings(data_dir=tmp_path / "data"))
    finally:
        tmp_path.chmod(0o755)
