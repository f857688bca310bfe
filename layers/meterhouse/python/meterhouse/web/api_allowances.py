"""The route that tells what a contract includes, how much of it is taken, and what is left."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.hours import format_moment
from meterhouse.domain.quantity import format_quantity
from meterhouse.ports.subscriptions import SubscriptionStates
from meterhouse.web.api_subscriptions import find_subscription
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query

if TYPE_CHECKING:
    from meterhouse.ports.process import Clock
    from meterhouse.use_cases.accounting.read_allowances import PeriodAllowance, ReadAllowances


@dataclass(frozen=True, slots=True)
class AllowanceRoutes:
    """Tells allowances; `read_allowances` is made where it is asked for."""

    states: SubscriptionStates
    read_allowances: Callable[[], "ReadAllowances"]
    clock: "Clock"

    def show(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions/{subscription}/allowances`."""
        check_query(request)
        state = find_subscription(self.states, request)
        # Of who cannot be billed yet nothing was taken.
        billed = state.subscription
        found = [] if billed is None else self.read_allowances()(billed, self.clock.now())
        return ApiAnswer({"subscription": state.folder, "allowances": [*map(_told, found)]})


def _told(one: "PeriodAllowance") -> dict[str, object]:
    """Return an allowance; while nobody knows what is granted, nobody knows what is left."""
    allowance = one.allowance
    granted = allowance.granted
    return {
        "dimension": allowance.key.meter.dimension,
        "period": allowance.key.period,
        "is_current": one.is_current,
        "ends_at": None if one.ends_at is None else format_moment(one.ends_at),
        "granted": None if granted is None else format_quantity(granted),
        "taken": format_quantity(allowance.taken),
        "left": None if granted is None else format_quantity(allowance.left),
    }
