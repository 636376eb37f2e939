"""Webhooks as the carrier writes them, to be bent by the tests."""

from base64 import b64encode

import orjson

CALL = "0193579f00007000800000000000abcd"


def state(leg=0, **more):
    return b64encode(orjson.dumps({"c": CALL, "l": leg, **more})).decode()


def webhook(name, **payload):
    """Return the body of event `name`; a payload field `...` is left out."""
    ids = {
        "call_control_id": "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0",
        "call_leg_id": "428c31b6-7af4-4bcb-b7f5-5013ef9657c1",
        "call_session_id": "428c31b6-abf3-3bc1-b7f4-5013ef9657c1",
        "connection_id": "7267000000000000001",
        "client_state": state(),
        "from": "+12025550133",
        "to": "+12025550131",
    }
    fields = {key: value for key, value in (ids | payload).items() if value is not ...}
    data = {
        "record_type": "event",
        "event_type": name,
        "id": "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
        "occurred_at": "2018-02-02T22:25:27.521992Z",
        "payload": fields,
    }
    return orjson.dumps({"data": data, "meta": {"attempt": 1}})
