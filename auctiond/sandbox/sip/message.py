"""SIP messages as text: enough of RFC 3261 for phones that make a call and take one. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

HEADER = re.compile(r"(?m)^([A-Za-z-]+) *: *(.*?)\r?$")
# As headers may be called too (RFC 3261, 7.3.3), in whatever case.
SHORT = {"f": "From", "t": "To", "i": "Call-ID", "v": "Via", "m": "Contact"}
PLAIN = {
    name.lower(): name
    for name in ("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Record-Route")
}
ECHOED = ("Via", "From", "Call-ID", "CSeq", "Record-Route")  # In a reply, as they came, in order.


@dataclass(frozen=True, slots=True)
class Message:
    first: str
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str:
        """Return the first header of a name; "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def code(self) -> int:
        """The status of a reply; 0 is a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method, of a reply's request too."""
        return self.header("CSeq").split()[-1]

    @property
    def contact(self) -> str:
        """Where the other side wants what follows."""
        return self.header("Contact").partition("<")[2].partition(">")[0]


def read(packet: bytes) -> Message:
    """Return the message in a datagram."""
    head = packet.decode(errors="replace").partition("\r\n\r\n")[0]
    first, _, rest = head.partition("\r\n")
    names = PLAIN | SHORT
    found = HEADER.findall(rest)
    return Message(first, [(names.get(name.lower(), name), value) for name, value in found])


def write(first: str, headers: Sequence[tuple[str, str]], sdp: str = "") -> bytes:
    """Return a message as a datagram."""
    typed = [("Content-Type", "application/sdp")] if sdp else []
    lines = (f"{name}: {value}" for name, value in (*headers, *typed))
    return "\r\n".join((first, *lines, f"Content-Length: {len(sdp)}", "", sdp)).encode()


def reply(request: Message, status: str, tag: str, contact: str, sdp: str = "") -> bytes:
    """Return a reply; who replies is known by `tag` from then on."""
    echoed = [one for one in request.headers if one[0] in ECHOED]
    to = request.header("To")
    to = to if ";tag=" in to else f"{to};tag={tag}"
    headers = [*echoed, ("To", to), ("Contact", f"<{contact}>")]
    return write(f"SIP/2.0 {status}", headers, sdp)
