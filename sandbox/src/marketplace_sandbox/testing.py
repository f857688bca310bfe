"""What programs and tests beside the sandbox may import; all else changes without notice.

The fixtures of `marketplace_sandbox.pytest_plugin` need no import. A sandbox in another process is
driven by `marketplace_sandbox.client`.
"""

from marketplace_sandbox.core.answer_request import TARGET_PREFIX, AwsAnswer
from marketplace_sandbox.core.events.messages import queue_body
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.callers import Caller, Platform, Resource
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    ValueType,
)
from marketplace_sandbox.core.model.contacts import Contact
from marketplace_sandbox.core.model.deliveries import Outcome
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.faults import FaultKind, NewFault
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.readings import Readings, values_by_switch
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from marketplace_sandbox.desks.facts import read_as, read_preset
from marketplace_sandbox.hosted import Clock, HostedMarketplace
from marketplace_sandbox.in_process import InProcessMarketplace, metering_model
from marketplace_sandbox.server import serve_beside

__all__ = [
    "TARGET_PREFIX",
    "Agreement",
    "AwsAnswer",
    "BilledRecord",
    "Caller",
    "Channel",
    "Clock",
    "Contact",
    "ControlError",
    "Dimension",
    "DimensionKind",
    "EmittedEvent",
    "FaultKind",
    "Grant",
    "HostedMarketplace",
    "InProcessMarketplace",
    "MeteringMode",
    "NewAgreement",
    "NewFault",
    "NewOffer",
    "NewProduct",
    "NewTarget",
    "OfferKind",
    "Operation",
    "Outcome",
    "Platform",
    "Readings",
    "Resource",
    "TargetKind",
    "ValueType",
    "metering_model",
    "queue_body",
    "read_as",
    "read_preset",
    "serve_beside",
    "values_by_switch",
]
