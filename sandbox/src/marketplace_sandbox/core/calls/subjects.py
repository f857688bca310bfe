"""What a call is about, read from it however malformed it is: for faults and for the log."""

from marketplace_sandbox.core.faults.dice import Arrival
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.performer import performer_of
from marketplace_sandbox.core.protocol.call import Call
from marketplace_sandbox.core.protocol.peeking import peek_shared_text


def read_arrival(state: MarketplaceState, call: Call) -> Arrival:
    """Read what faults look at; position and subject of a record agree."""
    subjects = performer_of(call.operation).subjects(state, call)
    return Arrival(call.operation, call.caller.region, tuple(subjects))


def product_code_of(state: MarketplaceState, call: Call) -> str | None:
    """Return the product that a call names, itself or by what its first record is about."""
    code = peek_shared_text(call.document, "ProductCode")
    if code:
        return code
    first = next(iter(performer_of(call.operation).subjects(state, call)), None)
    return None if first is None else first.product_code
