"""CloudEvents 1.0 around usage, each in the JSON event format.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

import base64
import hashlib
from collections.abc import Mapping

from meterhouse.domain.faults import Faults
from meterhouse.domain.strict_json import DUPLICATE_FIELD, DUPLICATE_KEY, read_json
from meterhouse.domain.usage.event_home import EVENT_ID_LENGTH_MAX, check_text
from meterhouse.errors import UnreadableError

_INVALID = "cloud_event_invalid"


def check_version(envelope: Mapping[str, object]) -> None:
    """Raise UnreadableError unless an event is of version 1.0 and names each field once."""
    faults = Faults()
    if envelope["specversion"] != "1.0":
        faults.note(_INVALID, "specversion must be 1.0")
    if DUPLICATE_KEY in envelope:
        faults.note(DUPLICATE_FIELD, "a field is given twice")
    faults.raise_any()


def read_identity(envelope: Mapping[str, object]) -> str:
    """Return the id of an event, which is unique with its source only; raises UnreadableError."""
    event_id, source = envelope.get("id"), envelope.get("source")
    if not (isinstance(event_id, str) and event_id and isinstance(source, str) and source):
        raise UnreadableError(_INVALID, "id and source must be texts")
    if " " in source:
        raise UnreadableError(_INVALID, "source must be a URI reference")
    # A URI has no space, so the two parts can be told apart and cannot collide.
    identity = check_text(f"{source} {event_id}", "id")
    if len(identity) > EVENT_ID_LENGTH_MAX:
        return hashlib.sha256(identity.encode()).hexdigest()
    return identity


def read_fields(envelope: Mapping[str, object]) -> dict[str, object]:
    """Return what an event reports, as fields of a usage event; raises UnreadableError."""
    data = envelope.get("data")
    encoded = envelope.get("data_base64")
    if encoded is not None:
        if data is not None:
            raise UnreadableError(_INVALID, "data and data_base64 exclude each other")
        data = _decode(encoded)
    if not isinstance(data, dict):
        raise UnreadableError(_INVALID, "data must be a JSON object")
    fields = dict(data)
    fields.setdefault("subscription", envelope.get("subject"))
    if envelope.get("time") is not None:
        fields["time"] = envelope["time"]
    return fields


def _decode(encoded: object) -> object:
    """Return the JSON that stands in `data_base64`, whatever `datacontenttype` calls it."""
    if isinstance(encoded, str):
        try:
            return read_json(base64.b64decode(encoded, validate=True).decode())
        except ValueError:
            pass
    raise UnreadableError(_INVALID, "data_base64 must be the Base64 of a JSON object in UTF-8")
