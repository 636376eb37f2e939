"""A secret is where its reference says, and shows itself to nobody."""

import pytest

from auctiond.config import load_settings
from auctiond.keys.secret import FILE_BYTES_MAX, BuyerSecrets, Secret, SecretError


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "secrets"
    path.mkdir()
    return path


def test_a_reference_leads_to_a_variable_or_a_file(folder):
    (folder / "acme").mkdir()
    (folder / "acme" / "token").write_text("sesame\n")
    secrets = BuyerSecrets(folder, environ={"TOKEN": "sesame"})
    assert secrets("env:TOKEN") == "sesame"
    assert secrets("file:acme/token") == "sesame"
    assert secrets(f"file:{folder / 'acme' / 'token'}") == "sesame"


@pytest.mark.parametrize("reference", ["env:TOKEN", "env:EMPTY", "file:nowhere", "file:acme"])
def test_a_reference_that_leads_nowhere_is_named(folder, reference):
    (folder / "acme").mkdir()
    with pytest.raises(SecretError, match=reference):
        BuyerSecrets(folder, environ={"EMPTY": " "})(reference)


@pytest.mark.parametrize("text", ["sesame", "", "env:", "file:", "ENV:TOKEN", "http:sesame"])
def test_what_is_no_reference_is_refused_and_not_repeated(folder, text):
    with pytest.raises(SecretError, match='"env:NAME" or "file:PATH"') as caught:
        BuyerSecrets(folder, environ={})(text)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize("name", ["AUCTIOND_DATABASE_URL", "AUCTIOND_X", "PGPASSWORD"])
def test_a_buyer_does_not_get_the_servers_own_variables(folder, name):
    with pytest.raises(SecretError, match="the server's own"):
        BuyerSecrets(folder, environ={name: "sesame"})(f"env:{name}")


def test_a_buyer_does_not_get_a_variable_that_the_servers_settings_name(folder):
    variables = {"AUCTIOND_TELNYX_API_KEY": "env:TELNYX_KEY", "TELNYX_KEY": "sesame"}
    settings = load_settings(None, variables)
    secrets = BuyerSecrets(folder, settings.own_references, variables)
    with pytest.raises(SecretError, match="the server's own"):
        secrets("env:TELNYX_KEY")


@pytest.mark.parametrize(
    "name", ["../keys.json", "/etc/passwd", "{folder}/../keys.json", "a/../../keys.json", ".", "~"]
)
def test_a_buyers_file_outside_the_folder_is_refused(folder, name):
    (folder.parent / "keys.json").write_text("sesame")
    reference = "file:" + name.replace("{folder}", str(folder))
    with pytest.raises(SecretError, match=r"not in .*secrets|No such file") as caught:
        BuyerSecrets(folder)(reference)
    assert "sesame" not in str(caught.value)


def test_a_link_in_the_folder_does_not_lead_out_of_it(folder):
    (folder.parent / "keys.json").write_text("sesame")
    (folder / "token").symlink_to(folder.parent / "keys.json")
    with pytest.raises(SecretError, match="not in"):
        BuyerSecrets(folder)("file:token")


def test_a_link_inside_the_folder_is_followed(folder):
    (folder / "v2").write_text("sesame")
    (folder / "token").symlink_to("v2")
    assert BuyerSecrets(folder)("file:token") == "sesame"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * (FILE_BYTES_MAX + 1)])
def test_a_file_that_holds_no_secret_is_refused(folder, content):
    (folder / "token").write_bytes(content)
    with pytest.raises(SecretError, match="token"):
        BuyerSecrets(folder)("file:token")


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
