"""What could not be done to an agreement now, and why; asking changes nothing."""

from collections.abc import Mapping

from marketplace_sandbox.core.agreements.lifecycle import Change, check_change
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.moment import Moment

# What seller, buyer or AWS can do; expiry comes by itself.
COMMANDS = (
    Change.AMEND,
    Change.RENEW,
    Change.REPLACE,
    Change.CANCEL,
    Change.TERMINATE,
    Change.DEPROVISION,
)


def find_hindrances(moment: Moment, agreement: Agreement) -> Mapping[Change, str]:
    """Return why each command would be refused at this moment; what is legal is left out."""
    found = {change: _hindrance(moment, agreement, change) for change in COMMANDS}
    return {change: reason for change, reason in found.items() if reason is not None}


def _hindrance(moment: Moment, agreement: Agreement, change: Change) -> str | None:
    try:
        check_change(moment, agreement, change)
    except ControlError as error:
        return error.message
    if change is Change.CANCEL and agreement.ends_at is not None:
        return f"the agreement already has an end: {format_iso(agreement.ends_at)}"
    if change is Change.RENEW and agreement.is_free_trial:
        return "a free trial does not renew: replace it by an offer to pay for"
    return None
