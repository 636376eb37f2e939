"""A notice as a letter: subject, text and HTML from one template, so that they say the same. Pure.

A template is `templates/KIND.txt`: its first line is the subject, the rest are paragraphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from auctiond.pg.notices import Notice

TEMPLATES = Path(__file__).parent / "templates"
LAYOUT = "layout.html"
SUBJECT_CHARS_MAX = 150  # Longer ones are cut by what shows them.

# Autoescape is on for the layout alone: a text is no HTML. What a template names and the notice
# does not have is an error, never an empty place.
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=lambda name: name == LAYOUT,
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


class LetterError(Exception):
    """It makes no letter: a template and its notice do not fit, or an address is none."""


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def write_letter(kind: str, names: Mapping[str, str], data: Mapping[str, Any]) -> Letter:
    """Return the letter of a notice; `names` are "name" (of who is told) and "network"."""
    try:
        whole = _ENVIRONMENT.get_template(f"{kind}.txt").render({**names, **data})
        subject, _, rest = whole.partition("\n")
        paragraphs = [" ".join(part.split()) for part in rest.split("\n\n") if part.strip()]
        page = _ENVIRONMENT.get_template(LAYOUT)
        html = page.render(subject=subject, paragraphs=paragraphs, **names)
    except TemplateError as error:
        raise LetterError(f"{kind}: {type(error).__name__}") from None
    text = "\n\n".join([*paragraphs, f"-- \n{names['network']}"]) + "\n"
    return Letter(" ".join(subject.split())[:SUBJECT_CHARS_MAX], text, html)


def as_message(letter: Letter, notice: Notice, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Return the mail. Its Message-ID is the same at every try: a mail server knows it again.

    Raises LetterError for an address that is none.
    """
    try:
        return _message(letter, notice, sender, to)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The library parses addresses, and trips over some. Its words would quote them.
        raise LetterError(f"{notice.kind}: {type(error).__name__}") from None


def _message(letter: Letter, notice: Notice, sender: str, to: tuple[str, ...]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = f"<notice-{notice.id}@{domain_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it.
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def domain_of(address: str) -> str:
    """Return the domain of an address, with or without a name before it."""
    return address.rstrip(">").rpartition("@")[2]
