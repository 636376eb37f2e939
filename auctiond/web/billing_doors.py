"""The doors of billing: payments, invoices and reconciliation, each with its routes."""

from __future__ import annotations

from dataclasses import dataclass

from quart_trio import QuartTrio

from auctiond.web.invoice_routes import add_invoices, add_reconciliations
from auctiond.web.invoices import InvoicesApi
from auctiond.web.payment_routes import add_payments
from auctiond.web.payments import PaymentsApi
from auctiond.web.reconciliations import ReconciliationsApi


@dataclass(frozen=True, slots=True)
class BillingDoors:
    payments: PaymentsApi
    invoices: InvoicesApi
    reconciliations: ReconciliationsApi


def add_billing(app: QuartTrio, doors: BillingDoors) -> None:
    """Add the routes."""
    add_payments(app, doors.payments)
    add_invoices(app, doors.invoices)
    add_reconciliations(app, doors.reconciliations)
