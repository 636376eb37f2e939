"""What the tests of jambonz' files have in common: a server's settings, and payloads."""

from uuid import UUID

from telephony.jambonz import CARRIER

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
REF, CHILD = "df09e8d4-7ffd-492b-94d9-51a60318552c", "65697994-594b-44c7-af2f-0c6f3f0d4ea5"
TO, OURS = "+13105550111", "+12025550131"
NOW = 1_795_000_000_123
SECRET = "wh_secret_1"
VALUES = {
    "account_sid": "acc",
    "api_key": "key",
    "webhook_secret": SECRET,
    "api_url": "https://jambonz.cloud/api/v1",
    "application_sid": "app",
    "siprec_server": "",
}
HOOK = "https://calls.example.com/hooks/jambonz"
JAMBONZ = CARRIER(VALUES, HOOK)
BASE = {
    "call_sid": REF,
    "direction": "inbound",
    "from": "+15083084809",
    "to": "+15083728299",
    "call_id": "f0414693-bdb6-1238-6185-06d91d68c9b0",
    "sip_status": 200,
    "call_status": "in-progress",
    "account_sid": "fef61e75-cec3-496c-a7bc-8368e4d02a04",
}
LEG = BASE | {
    "call_sid": CHILD,
    "parent_call_sid": REF,
    "direction": "outbound",
    "customerData": {"c": CALL.hex, "l": 2},
}
