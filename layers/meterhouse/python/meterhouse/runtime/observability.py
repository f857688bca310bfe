"""The only place where Powertools objects are made.

The service's name, the metrics' namespace and the log level come from POWERTOOLS_* variables.
"""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

logger: Final = Logger()
metrics: Final = Metrics()

_SECONDS_METRICS = frozenset({"OldestPendingAgeSeconds"})
_totals: Counter[str] = Counter()
# Waves count at the same time, and adding is reading and writing.
_totals_lock = Lock()


class LambdaReport:
    """Implements `meterhouse.ports.Report` with JSON log lines and embedded metrics."""

    def event(self, name: str, **fields: object) -> None:
        """Log one event by its stable name."""
        logger.info(name, extra={key: value for key, value in fields.items() if value is not None})

    def count(self, metric: str, amount: float = 1) -> None:
        """Add to a metric, which is published when the invocation ends at the latest."""
        with _totals_lock:
            _totals[metric] += amount  # type: ignore[assignment] # a Counter adds any numbers

    def publish(self) -> None:
        """Write the embedded metrics of what was counted so far."""
        _hand_over_totals()
        metrics.flush_metrics()


def _hand_over_totals() -> None:
    for name, total in _totals.items():
        unit = MetricUnit.Seconds if name in _SECONDS_METRICS else MetricUnit.Count
        metrics.add_metric(name=name, unit=unit, value=total)
    _totals.clear()


def publish_metrics[Event, Answer](
    handler: Callable[[Event, LambdaContext], Answer],
) -> Callable[[Event, LambdaContext], Answer]:
    """Publish what an invocation counted, also when it fails."""

    @metrics.log_metrics
    @wraps(handler)
    def publishing(event: Event, context: LambdaContext, **kwargs: Any) -> Answer:  # noqa: ANN401
        _totals.clear()
        try:
            return handler(event, context, **kwargs)
        finally:
            _hand_over_totals()

    return publishing
