"""Invoices for people: as text, and as HTML to print. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from billing.plans import Item
from market.money import dollars
from market.value import dataclass

SALES = {
    "capture": "Calls bought",
    "charge": "Other charges",
    "reversal": "Calls returned, and charges taken back",
    "reinstatement": "Returns undone",
}
WIDTH = 72
STYLE = (
    "body{font:14px/1.5 sans-serif;margin:3em auto;max-width:46em;color:#111}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.3em .6em;text-align:left}"
    "td.n,th.n{text-align:right;white-space:nowrap}tr.t td{border-top:2px solid;font-weight:bold}"
    "@media print{body{margin:0}}"
)


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, or a credit note. Amounts are micros."""

    number: str
    kind: str
    seller: str
    payer: str
    month: str  # "2026-11".
    issued: str  # A day.
    currency: str
    items: tuple[Item, ...]
    total: int
    of: str = ""  # The number of the invoice that a credit note is for.
    reason: str = ""


def sales_items(sales: Sequence[tuple[str, int, int]]) -> tuple[Item, ...]:
    """Return the lines of what a wallet paid: kind of move, how many, micros."""
    return tuple(
        Item(kind, SALES.get(kind, kind), amount, str(count)) for kind, count, amount in sales
    )


def title_of(invoice: Invoice) -> str:
    """Return what stands at the top."""
    if invoice.kind == "credit_note":
        return f"Credit note {invoice.number} for invoice {invoice.of}"
    return f"Invoice {invoice.number}"


def as_text(invoice: Invoice) -> str:
    """Return an invoice as plain text."""
    head = [
        title_of(invoice),
        f"From    {invoice.seller}",
        f"To      {invoice.payer}",
        f"For     {invoice.month}",
        f"Issued  {invoice.issued}",
    ]
    if invoice.reason:
        head.append(f"Reason  {invoice.reason}")
    rows = [(item.quantity, item.text, dollars(item.amount)) for item in invoice.items]
    rows.append(("", f"Total, {invoice.currency}", dollars(invoice.total)))
    wide = max([len(each[0]) for each in rows])
    money = max(len(each[2]) for each in rows)
    space = WIDTH - wide - money - 4
    lines = [f"{count:>{wide}}  {text:<{space}}  {sum_:>{money}}" for count, text, sum_ in rows]
    lines.insert(-1, "-" * WIDTH)
    foot = "Paid from the wallet." if invoice.kind == "invoice" else "Credited to the wallet."
    return "\n".join([*head, "", *lines, "", foot, ""])


def as_html(invoice: Invoice) -> str:
    """Return an invoice as a page that prints well."""
    rows = "".join(
        f"<tr><td>{escape(item.text)}</td>"
        f'<td class="n">{escape(item.quantity)}</td><td class="n">{escape(item.unit_price)}</td>'
        f'<td class="n">{dollars(item.amount)}</td></tr>'
        for item in invoice.items
    )
    named = (
        ("From", invoice.seller),
        ("To", invoice.payer),
        ("For", invoice.month),
        ("Issued", invoice.issued),
        ("Reason", invoice.reason),
    )
    head = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in named if text)
    title = escape(title_of(invoice))
    foot = "Paid from the wallet." if invoice.kind == "invoice" else "Credited to the wallet."
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1><dl>{head}</dl><table>"
        '<tr><th>What</th><th class="n">Quantity</th><th class="n">Price</th>'
        f'<th class="n">{invoice.currency}</th></tr>{rows}'
        f'<tr class="t"><td>Total</td><td></td><td></td><td class="n">{dollars(invoice.total)}</td>'
        f"</tr></table><p>{foot}</p></html>\n"
    )
