"""How AWS looks at the cards of buyers who pay as they go (`events.spend-threshold`)."""

from enum import StrEnum


class SpendStage(StrEnum):
    """How far AWS has come with a buyer whose spend grows."""

    REACHED = "reached"
    VET_SUCCEEDED = "vet_succeeded"
    VET_FAILED = "vet_failed"
