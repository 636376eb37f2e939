"""Every notice has a letter that says all it was given, as text and as HTML."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from auctiond.notices.letter import (
    LAYOUT,
    TEMPLATES,
    LetterError,
    as_message,
    write_letter,
)
from auctiond.pg.notices import Notice
from market.notices import KINDS, wrong_with

NAMES = {"name": "Acme <Solar> & Co", "network": "Our network"}
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_each_kind_has_a_template_and_there_is_no_other():
    assert {path.name for path in TEMPLATES.iterdir()} == {LAYOUT} | {f"{k}.txt" for k in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_needs_what_the_kind_lists_and_no_more(kind):
    data = {name: f"value-of-{name}" for name in KINDS[kind].fields}
    letter = write_letter(kind, NAMES, data)
    for value in data.values():
        assert value in letter.subject + letter.text
        assert value in letter.html
    assert letter.subject in letter.html.replace("&#39;", "'")
    for name in data:
        with pytest.raises(LetterError, match="UndefinedError"):
            write_letter(kind, NAMES, {key: data[key] for key in data if key != name})


def test_html_is_escaped_and_text_is_not():
    data = {"balance": "1.00", "currency": "USD", "threshold": "2.00"}
    letter = write_letter("wallet.low", NAMES, data)
    assert "Acme <Solar> & Co" in letter.text
    assert "Acme &lt;Solar&gt; &amp; Co" in letter.html
    assert "<Solar>" not in letter.html


def test_a_mail_has_both_parts_and_the_same_id_at_every_try():
    notice = Notice(UUID(int=7), 1, "notice.test", "operator", {}, AT)
    letter = write_letter("notice.test", NAMES, {})
    mails = [
        message_from_bytes(
            bytes(as_message(letter, notice, "a@b.example", ("x@y.example",))), policy=default
        )
        for _ in range(2)
    ]
    first, second = mails
    assert first["Message-ID"] == second["Message-ID"] == f"<notice-{notice.id}@b.example>"
    assert first["Date"].datetime == AT
    assert first["Auto-Submitted"] == "auto-generated"
    parts = [part.get_content_type() for part in first.walk()]
    assert parts == ["multipart/alternative", "text/plain", "text/html"]


def test_a_notice_holds_what_its_kind_lists_and_nothing_else():
    good = {"balance": "1.00", "currency": "USD"}
    assert not wrong_with("wallet.empty", good)
    assert "has the fields" in wrong_with("wallet.empty", good | {"phone": "+12125550123"})
    assert "has the fields" in wrong_with("wallet.empty", {"balance": "1.00"})
    assert "expected a number" in wrong_with("wallet.empty", good | {"balance": "a\nb"})
    assert "expected a number" in wrong_with("wallet.empty", good | {"balance": "x" * 201})
    assert "no notice of the kind" in wrong_with("wallet.gone", {})
