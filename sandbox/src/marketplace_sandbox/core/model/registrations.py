"""What is remembered of the calls that buyers' resources made."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Registration:
    """A container's first successful RegisterUsage, from which on AWS meters it by itself.

    Attributes:
        access_key_id: of the resource, which state.resources knows by it.
        agreement_id: what the buyer pays by, whatever becomes of the subscription later.

    """

    resource_id: str
    access_key_id: str
    agreement_id: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class TokenUse:
    """What a ClientToken of MeterUsage was first used for.

    Attributes:
        fingerprint: of all other parameters of that call.

    """

    fingerprint: str
    metering_record_id: str
