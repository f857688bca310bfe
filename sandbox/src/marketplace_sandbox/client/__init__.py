"""Driving a sandbox that is being served, from Python.

    from marketplace_sandbox.client import SandboxClient

    with SandboxClient("http://127.0.0.1:8901") as sandbox:
        product = sandbox.list_product("Atlas", ["api_calls"])
        agreement = sandbox.subscribe(product["product_code"])
        ...
        assert sandbox.show_bill()["records"] == []

The methods bear the names of the control API's operations, take its fields and return its
documents, as `/_sandbox/docs` describes them. Importing this loads neither server nor AWS's models.
"""

from marketplace_sandbox.client.agreements import AgreementMethods
from marketplace_sandbox.client.bill import BillMethods
from marketplace_sandbox.client.calls import CallMethods
from marketplace_sandbox.client.catalogue import CatalogueMethods, DimensionTerms
from marketplace_sandbox.client.clock import ClockMethods
from marketplace_sandbox.client.connection import (
    SandboxError,
    SandboxRefusedError,
    SandboxUnreachableError,
)
from marketplace_sandbox.client.events import EventMethods
from marketplace_sandbox.client.facts import FactMethods
from marketplace_sandbox.client.faults import FaultMethods
from marketplace_sandbox.client.requests import RequestMethods
from marketplace_sandbox.client.resources import ResourceMethods
from marketplace_sandbox.client.saved_state import WholeMethods
from marketplace_sandbox.control.agreements_documents import AgreementDocument, ContactDocument
from marketplace_sandbox.control.bill_documents import BillLineDocument
from marketplace_sandbox.control.call_documents import CallDocument, RefusalDocument
from marketplace_sandbox.control.catalogue_documents import (
    GrantDocument,
    OfferDocument,
    PriceDocument,
    ProductDocument,
)
from marketplace_sandbox.control.event_documents import EventDocument
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    DimensionKind,
    MeteringMode,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.disturbances import DisturbanceKind
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.faults import FaultKind
from marketplace_sandbox.core.model.offers import OfferKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.targets import TargetKind

__all__ = [
    "AgreementDocument",
    "BillLineDocument",
    "CallDocument",
    "Channel",
    "ContactDocument",
    "Delivery",
    "DimensionKind",
    "DimensionTerms",
    "DisturbanceKind",
    "EventDocument",
    "FaultKind",
    "GrantDocument",
    "MeteringMode",
    "OfferDocument",
    "OfferKind",
    "Operation",
    "Platform",
    "PriceDocument",
    "PricingModel",
    "ProductDocument",
    "RefusalDocument",
    "SandboxClient",
    "SandboxError",
    "SandboxRefusedError",
    "SandboxUnreachableError",
    "TargetKind",
    "ValueType",
]


class SandboxClient(
    WholeMethods,
    CatalogueMethods,
    AgreementMethods,
    RequestMethods,
    ResourceMethods,
    ClockMethods,
    FaultMethods,
    BillMethods,
    CallMethods,
    FactMethods,
    EventMethods,
):
    """The control API of a sandbox that is served at `url`.

    Used in a `with` block, it closes its connections. Arguments that are None are left out, and the
    sandbox chooses. Each method raises SandboxRefusedError if the sandbox refuses, which changes
    nothing, and SandboxUnreachableError if no sandbox answers within `timeout_seconds`; a command
    may have been carried out then.
    """
