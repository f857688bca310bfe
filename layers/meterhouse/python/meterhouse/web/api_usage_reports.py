"""The route that reports what a subscription used, hour by hour, and what became of it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.domain.hours import format_moment
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import ApiRefusedError
from meterhouse.ports.subscriptions import SubscriptionStates
from meterhouse.web.api_subscriptions import find_subscription
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query, read_moment

if TYPE_CHECKING:
    from meterhouse.ports.process import Clock
    from meterhouse.use_cases.accounting.read_usage import ReadUsage

SPAN_MAX = timedelta(days=92)
# A line takes some 120 bytes of an answer, which may have 6 MB.
LINES_MAX = 40_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class UsageReportRoutes:
    """Reports usage; `read_usage` is made where it is asked for."""

    states: SubscriptionStates
    read_usage: Callable[[], "ReadUsage"]
    clock: "Clock"

    def report(self, request: ApiRequest) -> ApiAnswer:
        """Serve `GET /subscriptions/{subscription}/usage`."""
        check_query(request, "from", "to")
        first_at, end_at = self._span(request)
        state = find_subscription(self.states, request)
        used = self.read_usage()(SubscriptionKey(state.folder), first_at, end_at - _INSTANT)
        lines = [line for line in used.lines if first_at <= line.hour_at < end_at]
        if len(lines) > LINES_MAX:
            raise ApiRefusedError(400, "span_too_long", "That is too much; ask for a shorter span.")
        totals = defaultdict[tuple[str, str], Decimal](Decimal)
        for line in lines:
            totals[line.dimension, line.standing] += line.units
        return ApiAnswer(
            {
                "subscription": state.folder,
                "from": format_moment(first_at),
                "to": format_moment(end_at),
                "hours": [
                    {
                        "hour": format_moment(line.hour_at),
                        "dimension": line.dimension,
                        "state": line.standing,
                        "quantity": format_quantity(line.units),
                    }
                    for line in lines
                ],
                "totals": [
                    {"dimension": dimension, "state": standing, "quantity": format_quantity(units)}
                    for (dimension, standing), units in sorted(totals.items())
                ],
                "unsettled": [
                    format_moment(hour) for hour in used.unsettled if first_at <= hour < end_at
                ],
            }
        )

    def _span(self, request: ApiRequest) -> tuple[datetime, datetime]:
        """Return the whole hours that are asked for: the last day, unless the request says so."""
        end_at = self.clock.now()
        if "to" in request.query:
            end_at = read_moment(request.query["to"], "to")
        try:
            first_at = end_at - timedelta(days=1)
            if "from" in request.query:
                first_at = read_moment(request.query["from"], "from")
            first_at = first_at.replace(minute=0, second=0, microsecond=0)
        except OverflowError:
            first_at = end_at
        if not first_at < end_at:
            raise ApiRefusedError(400, "span_empty", "from must be before to.")
        if end_at - first_at > SPAN_MAX:
            raise ApiRefusedError(
                400, "span_too_long", f"Ask for {SPAN_MAX.days} days at most, one span at a time."
            )
        return first_at, end_at
