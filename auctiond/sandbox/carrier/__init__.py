"""A carrier as a real HTTP server: Telnyx Call Control v2, with people on its phones."""

from auctiond.sandbox.carrier.options import VICES, CarrierOptions, Vices
from auctiond.sandbox.carrier.server import SandboxCarrier, open_sandbox_carrier

__all__ = ["VICES", "CarrierOptions", "SandboxCarrier", "Vices", "open_sandbox_carrier"]
