"""A person's word about usage that AWS does not bill, and that no redrive is to bill either."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

REASON_LENGTH_MAX = 500
NAME_LENGTH_MAX = 200
# Of a user's ARN, whose path alone may have 512 characters:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ARN_LENGTH_MAX = 700


class SettledAs(StrEnum):
    """What a person did about it."""

    BILLED_ELSEWHERE = "billed_elsewhere"
    """Its buyer pays for it otherwise, such as by an invoice of the seller's or a case with AWS."""
    WRITTEN_OFF = "written_off"
    """Nobody pays for it."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who gave a command: the ARN by which AWS knows the caller, as told, and a name if one was."""

    caller: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was done about usage, why, by whom and when.

    Attributes:
        settled_reason: in words of who settled it.
        reference: where it is billed; there is one exactly if it is billed elsewhere.

    """

    settled_as: SettledAs
    settled_reason: str
    reference: str | None
    settled_by: Operator
    settled_at: datetime

    def __post_init__(self) -> None:
        is_billed = self.settled_as is SettledAs.BILLED_ELSEWHERE
        assert is_billed == (self.reference is not None)

    def says_the_same(self, other: "Settlement") -> bool:
        """Tell whether another one differs in its time at most: a command that was repeated."""
        return replace(self, settled_at=other.settled_at) == other


@dataclass(frozen=True, slots=True)
class Reopening:
    """The word that takes a settlement back, so that the usage needs a person again."""

    reopened_reason: str
    reopened_by: Operator
    reopened_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """Who has a record redriven, released or rejected, and when; why is said by who wants to."""

    given_by: Operator
    given_at: datetime
    reason: str | None = None


type SettlingWord = Settlement | Reopening
