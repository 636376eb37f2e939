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
    "body{font:14px/1.5 sans-serif;margin:3em auto;max-width:46em;padding:0 1em;color:#111}"
    "dl{display:grid;grid-template-columns:6em 1fr;margin:2em 0}dt{color:#555}dd{margin:0}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.4em 0 .4em 1.5em;text-align:right}"
    "td:first-child,th:first-child{padding-left:0;text-align:left}td{white-space:nowrap}"
    "td:first-child{white-space:normal}tr{border-bottom:1px solid #ddd;break-inside:avoid}"
    "tr.t{border-top:2px solid;border-bottom:0;font-weight:bold}"
    "@page{size:A4;margin:2cm}@media print{body{margin:0;padding:0;max-width:none}}"
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
    rows = [(item.quantity, item.text, _money(item.amount)) for item in invoice.items]
    rows.append(("", f"Total, {invoice.currency}", _money(invoice.total)))
    wide = max([len(each[0]) for each in rows])
    money = max(len(each[2]) for each in rows)
    space = WIDTH - wide - money - 4
    lines = [f"{count:>{wide}}  {text:<{space}}  {sum_:>{money}}" for count, text, sum_ in rows]
    lines.insert(-1, "-" * WIDTH)
    foot = "Paid from the wallet." if invoice.kind == "invoice" else "Credited to the wallet."
    return "\n".join([*head, "", *lines, "", foot, ""])


def as_html(invoice: Invoice) -> str:
    """Return an invoice as a page that prints well."""
    priced = any(item.unit_price for item in invoice.items)
    head_of_table = ["What", "Quantity", *(["Price"] if priced else ()), invoice.currency]
    rows = "".join(_row(item, priced) for item in invoice.items)
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
        f"<thead><tr>{''.join(f'<th>{name}</th>' for name in head_of_table)}</tr></thead><tbody>"
        f'{rows}<tr class="t"><td>Total</td>{"<td></td>" * (1 + priced)}'
        f"<td>{_money(invoice.total)}</td></tr></tbody></table><p>{foot}</p></html>\n"
    )


def _row(item: Item, priced: bool) -> str:
    price = f"<td>{escape(item.unit_price)}</td>" if priced else ""
    count = f"<td>{escape(item.quantity)}</td>"
    return f"<tr><td>{escape(item.text)}</td>{count}{price}<td>{_money(item.amount)}</td></tr>"


def _money(amount: int) -> str:
    """Return an amount with its thousands apart."""
    whole, _, rest = dollars(abs(amount)).partition(".")
    return f"{'-' if amount < 0 else ''}{int(whole):,}.{rest}"
