"""All that one run of the bench measured."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from bench.counting import ShapeCost
from bench.folding import FoldCost
from bench.processor import DrainTime
from bench.shapes import ShapeName
from bench.throttled import BillingSpeed, BillingTimes
from bench.usual_way import UsualCost


@dataclass(frozen=True, slots=True)
class ShapeResult:
    """What one shape cost, and what the usual way would."""

    events: int
    records: int
    drains: int
    ours: ShapeCost
    usual: UsualCost
    cpu: DrainTime


@dataclass(frozen=True, slots=True)
class Results:
    """Everything, and how busy the machine's processors were when it began."""

    load: float
    processors: int
    shapes: dict[ShapeName, ShapeResult]
    fold: FoldCost
    billing: BillingTimes
    usual_billing: BillingSpeed


def to_document(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return results as what `json` can write; the numbers are measurements, not money."""
    match value:
        case Decimal():
            return float(value)
        case dict():
            return {str(name): to_document(member) for name, member in value.items()}
        case list() | tuple():
            return [to_document(member) for member in value]
        case Results():
            return to_document(asdict(value))
        case _:
            return value
