"""A secret is where its reference says, and shows itself to nobody."""

import pytest

from auctiond.secret import FILE_BYTES_MAX, Secret, SecretError, resolve_secret


def test_a_reference_leads_to_a_variable_or_a_file(tmp_path):
    (tmp_path / "token").write_text("sesame\n")
    assert resolve_secret("env:TOKEN", {"TOKEN": "sesame"}) == "sesame"
    assert resolve_secret(f"file:{tmp_path / 'token'}", {}) == "sesame"


@pytest.mark.parametrize("reference", ["env:TOKEN", "env:EMPTY", "file:/nowhere", "file:/tmp"])
def test_a_reference_that_leads_nowhere_is_named(reference):
    with pytest.raises(SecretError, match=reference):
        resolve_secret(reference, {"EMPTY": " "})


@pytest.mark.parametrize("text", ["sesame", "", "env:", "file:", "ENV:TOKEN", "http:sesame"])
def test_what_is_no_reference_is_refused_and_not_repeated(text):
    with pytest.raises(SecretError, match='"env:NAME" or "file:PATH"') as caught:
        resolve_secret(text, {})
    assert "sesame" not in str(caught.value)


def test_a_buyer_does_not_get_the_servers_own_secrets():
    with pytest.raises(SecretError, match="the server's own"):
        resolve_secret("env:AUCTIOND_DATABASE_URL", {"AUCTIOND_DATABASE_URL": "sesame"})


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * (FILE_BYTES_MAX + 1)])
def test_a_file_that_holds_no_secret_is_refused(tmp_path, content):
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SecretError, match="token"):
        resolve_secret(f"file:{tmp_path / 'token'}", {})


def test_a_secret_does_not_print():
    secret = Secret("sesame")
    assert (
        "sesame" not in f"{secret} {secret!r} {secret!s} {secret:>9} {[secret]} {vars_of(secret)}"
    )
    assert secret.reveal() == "sesame"
    assert secret
    assert not Secret("")


def vars_of(secret):
    return getattr(secret, "__dict__", "")
