"""Doing what has fallen due, each thing at its own moment and in order."""

from datetime import datetime

from marketplace_sandbox.core.agreements.commands import meet_end
from marketplace_sandbox.core.agreements.lifecycle import (
    announce_coming_end,
    close_window,
    deprovision_license,
    start_agreement,
    tell_of_license,
)
from marketplace_sandbox.core.agreements.renewals import announce_renewal
from marketplace_sandbox.core.agreements.requests import approve_unanswered
from marketplace_sandbox.core.bill.invoicing import close_month
from marketplace_sandbox.core.model.agenda import DueAction, DueItem
from marketplace_sandbox.core.model.moment import Entropy, Moment
from marketplace_sandbox.core.model.state import MarketplaceState


def settle(state: MarketplaceState, *, now: datetime, entropy: Entropy) -> None:
    """Do everything that is due by now; what an action enters anew is done too if it is due.

    Living through a month and jumping over it end in the same state: an action happens at the time
    at which it was due, not at the time at which somebody looked.
    """
    while (item := state.agenda.pop_due(now)) is not None:
        _do(state, item, entropy)


def _do(state: MarketplaceState, item: DueItem, entropy: Entropy) -> None:
    """Do one thing, as of the moment at which it was due."""
    if item.action is DueAction.CLOSE_MONTH:
        close_month(state, item.subject, item.at)
        return
    moment = Moment(state, item.at, entropy)
    if item.action is DueAction.APPROVE_CANCELLATION:
        approve_unanswered(moment, state.cancellations[item.subject])
        return
    agreement = state.agreements.by_id[item.subject]
    match item.action:
        case DueAction.START_AGREEMENT:
            start_agreement(moment, agreement)
        case DueAction.ANNOUNCE_ENDING:
            announce_coming_end(moment, agreement)
        case DueAction.ANNOUNCE_RENEWAL:
            announce_renewal(moment, agreement)
        case DueAction.END_AGREEMENT:
            meet_end(moment, agreement)
        case DueAction.UPDATE_LICENSE:
            tell_of_license(moment, agreement)
        case DueAction.DEPROVISION_LICENSE:
            deprovision_license(moment, agreement)
        case DueAction.CLOSE_WINDOW:
            close_window(moment, agreement)
