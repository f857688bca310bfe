"""The only place where Powertools objects are made.

The service's name, the metrics' namespace and the log level come from POWERTOOLS_* variables.
"""

import logging
import os
from collections import Counter
from functools import wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

# Below INFO the SDK's loggers quote requests: tokens, credentials, and what buyers wrote.
_root = logging.getLogger()
_root.setLevel(max(_root.level, logging.INFO))
logger: Final = Logger()
# Lambda itself lets everything from INFO on pass, since it drops metrics with the lines below its
# own level, and Powertools would follow that level: which of our lines are written is said here.
logging.getLogger(logger.name).setLevel(os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO"))
metrics: Final = Metrics()

_SECONDS_METRICS = frozenset({"OldestPendingAgeSeconds"})
_totals: Counter[str] = Counter()
_by_reason: Counter[tuple[str, str]] = Counter()
# Waves count at the same time, and adding is reading and writing.
_totals_lock = Lock()


class LambdaReport:
    """Implements `ports.process.Report` with JSON log lines and embedded metrics."""

    def event(self, name: str, **fields: object) -> None:
        """Log one event by its stable name."""
        logger.info(name, extra=_present(fields))

    def failure(self, name: str, **fields: object) -> None:
        """Log what failed by its stable name, whatever the deployment's log level."""
        logger.error(name, extra=_present(fields))

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None:
        """Add to a metric, which is published when the invocation ends at the latest.

        What is counted by reason has a dimension `reason` beside the service's name, and costs as
        a metric of its own in each hour in which it came.
        """
        with _totals_lock:
            _totals[metric] += amount  # type: ignore[assignment] # a Counter adds any numbers
            if reason is not None:
                _by_reason[metric, reason] += amount  # type: ignore[assignment]

    def gauge(self, metric: str, value: float) -> None:
        """Set a metric; what is published before stays published."""
        with _totals_lock:
            _totals[metric] = value  # type: ignore[assignment] # a Counter holds any numbers

    def publish(self) -> None:
        """Write the embedded metrics of what was counted so far."""
        _hand_over_totals()
        metrics.flush_metrics()


def _present(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}


def _hand_over_totals() -> None:
    for name, total in _totals.items():
        unit = MetricUnit.Seconds if name in _SECONDS_METRICS else MetricUnit.Count
        metrics.add_metric(name=name, unit=unit, value=total)
    for (name, reason), total in _by_reason.items():
        dimensions = {"service": metrics.service, "reason": reason}
        with single_metric(
            name=name,
            unit=MetricUnit.Count,
            value=total,
            namespace=metrics.namespace,
            default_dimensions=dimensions,
        ):
            pass
    _forget_totals()


def _forget_totals() -> None:
    _totals.clear()
    _by_reason.clear()


def publish_metrics[Event, Answer](
    handler: "Callable[[Event, LambdaContext], Answer]",
) -> "Callable[[Event, LambdaContext], Answer]":
    """Publish what an invocation counted, also when it fails."""

    @metrics.log_metrics
    @wraps(handler)
    def publishing(event: Event, context: "LambdaContext", **kwargs: Any) -> Answer:  # noqa: ANN401
        _forget_totals()
        try:
            return handler(event, context, **kwargs)
        finally:
            _hand_over_totals()

    return publishing
