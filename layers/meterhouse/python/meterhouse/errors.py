"""Every error that Meterhouse raises on purpose.

MeterhouseError
├── SettingsError               the deployment is configured wrongly
├── UnforeseenError             a failure that nobody thought of, at the edge of a request
├── JournalCorruptError         the ledger holds something that we never write
├── FoldTooLargeError           an hour has more events than a fold may hold in memory
├── UnreadableError             what a producer wrote, or AWS named, breaks a rule; has a code
│   └── TooLargeError               it is longer than what is taken at a time
├── ApiRefusedError             a request to the seller's API that its sender can mend
├── CommandUnreadableError      an operator's command cannot be read
├── LinkRefusedError            a tenant and a subscription cannot be linked; has a code
├── CommandRefusedError         what an operator says of a record cannot be done; has an answer
├── FencedError                 the table was restored, and its restore is not finished
├── StorageUnavailableError     DynamoDB or SQS did not take our request (retryable)
│   └── RequestRefusedError         DynamoDB finds the request itself wrong
├── ConditionFailedError        a conditional write found another state: an adapter decides
├── TransactionCancelledError   a transaction was cancelled: an adapter decides
├── SweepOvertakenError         another run goes on with the sweep of the Agreement API
├── MarketplaceError            AWS Marketplace did not answer as asked; not the buyer's fault
│   ├── MarketplaceThrottledError   too many calls at this moment (retryable)
│   ├── MarketplaceOutageError      AWS failed or could not be reached (retryable)
│   ├── MarketplaceRefusedError     AWS refuses us: permissions, disabled API
│   │   └── MarketplaceRoleRefusedError the publishing account's role cannot be assumed
│   └── PageGoneError               a page's token is not taken any more (retryable)
├── LetterNotSentError          a confirmation e-mail could not be handed over
└── RegistrationError           the buyer can mend it
    ├── FirewallBypassedError
    ├── TokenMissingError
    ├── TokenInvalidError
    ├── TokenExpiredError
    ├── ReferenceInvalidError
    └── ContactInvalidError

What AWS answers about a metering record is a value, not an exception: see
`meterhouse.domain.records.answers`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

FENCED = (
    "usage is journalled, and nothing is billed, until the restore of the usage table is finished: "
    "see docs/disaster-recovery.md"
)
SET_UP_AGAIN = (
    "Open your subscription in AWS Marketplace and choose “Set up your account” again. "
    "You do not need to subscribe again."
)


class MeterhouseError(Exception):
    """Root of all errors raised on purpose: text for the log, `public_message` for people."""

    retryable: ClassVar[bool] = False
    public_message: ClassVar[str] = "Something went wrong on our side. Please try again later."


class SettingsError(MeterhouseError):
    """An environment variable is missing or has a value that makes no sense."""


class UnforeseenError(MeterhouseError):
    """Something failed that nobody thought of; its text names the type of the failure."""


class JournalCorruptError(MeterhouseError):
    """An item in the ledger cannot have been written by this program."""


class FoldTooLargeError(MeterhouseError):
    """An hour log has more events or segments than one fold may hold in memory."""


class Fault(NamedTuple):
    """A rule that something breaks: the reason code of RejectedUsageQueue, and a sentence."""

    code: str
    sentence: str


class UnreadableError(MeterhouseError, ValueError):
    """What somebody wrote breaks a rule, or several: `faults` has all that were found."""

    def __init__(self, code: str, sentence: str, *more: Fault) -> None:
        super().__init__(sentence)
        self.code = code
        self.faults = (Fault(code, sentence), *more)


class TooLargeError(UnreadableError):
    """What somebody wrote is longer, or has more parts, than is taken at a time."""


class ApiRefusedError(MeterhouseError):
    """A request to the seller's API is not served: `status_code`, a code, and the remedy.

    Where one request has many faults, `details` has them all.
    """

    def __init__(
        self, status_code: int, code: str, remedy: str, details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(remedy)
        self.status_code = status_code
        self.code = code
        self.details = tuple(details)


class CommandUnreadableError(MeterhouseError):
    """The event of a reconcile run asks for something that cannot be read."""


class LinkRefusedError(MeterhouseError):
    """A tenant and a subscription are not linked, or not unlinked; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class CommandRefusedError(MeterhouseError):
    """What an operator says of a record is not done; `answer` says why in a word or two."""

    def __init__(self, answer: str, sentence: str) -> None:
        super().__init__(sentence)
        self.answer = answer


class FencedError(MeterhouseError):
    """An operator asked for something to be billed while the usage table is fenced."""

    def __init__(self) -> None:
        super().__init__(FENCED)


class StorageUnavailableError(MeterhouseError):
    """DynamoDB or SQS did not take a request after all retries."""

    retryable = True
    public_message = "We could not store your registration. Please try again in a minute."


class RequestRefusedError(StorageUnavailableError):
    """DynamoDB finds the request itself wrong, such as a key that is too long."""


class ConditionFailedError(MeterhouseError):
    """A conditional write found the item in another state, which `item` shows if it exists."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        super().__init__("conditional check failed")
        self.item = item


class TransactionCancelledError(MeterhouseError):
    """A transaction was cancelled; `codes` speak of its actions in their order."""

    def __init__(self, reasons: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("transaction cancelled")
        self.codes = [str(reason.get("Code", "None")) for reason in reasons]


class SweepOvertakenError(MeterhouseError):
    """Another run has moved the sweep's cursor since this one read it, and goes on from there."""


class MarketplaceError(MeterhouseError):
    """AWS Marketplace could not answer a call, through no fault of the buyer."""


class MarketplaceThrottledError(MarketplaceError):
    """AWS Marketplace asks us to call less often."""

    retryable = True
    public_message = (
        "AWS Marketplace is busy at this moment. Wait a minute, then reload this page; "
        f"if that does not help: {SET_UP_AGAIN}"
    )


class MarketplaceOutageError(MarketplaceError):
    """AWS Marketplace failed or could not be reached."""

    retryable = True
    public_message = (
        "AWS Marketplace does not answer us at this moment. Your subscription is safe. "
        f"Try again in a few minutes: {SET_UP_AGAIN}"
    )


class MarketplaceRefusedError(MarketplaceError):
    """AWS Marketplace refuses our own call: permissions, region or a disabled API.

    `code` is AWS's, where it gave one.
    """

    public_message = (
        "Our registration service is not able to talk to AWS Marketplace. This is our fault, "
        "not yours, and your subscription is safe. Please write to our support."
    )

    def __init__(self, text: str = "", code: str = "") -> None:
        super().__init__(text)
        self.code = code


class MarketplaceRoleRefusedError(MarketplaceRefusedError):
    """AWS refuses us the role in which it is called; AWS Marketplace itself was not asked."""


class PageGoneError(MarketplaceError):
    """AWS Marketplace no longer takes the token of a search's next page."""

    retryable = True


class LetterNotSentError(MeterhouseError):
    """Amazon SES did not take an e-mail; its text never has an address."""


class RegistrationError(MeterhouseError):
    """A registration that the buyer can mend."""


class FirewallBypassedError(RegistrationError):
    """The request came to the API's own address, although a firewall stands before the page."""

    public_message = f"This page has moved. {SET_UP_AGAIN}"


class TokenMissingError(RegistrationError):
    """The request carries no registration token."""

    public_message = f"This page is reached from AWS Marketplace. {SET_UP_AGAIN}"


class TokenInvalidError(RegistrationError):
    """AWS Marketplace does not know the registration token."""

    public_message = f"AWS Marketplace does not recognise this registration. {SET_UP_AGAIN}"


class TokenExpiredError(RegistrationError):
    """The registration token is too old."""

    public_message = f"This registration has expired. {SET_UP_AGAIN}"


class ReferenceInvalidError(RegistrationError):
    """The registration reference is unknown, too old, or was used with other details."""

    public_message = f"This form was sent already or is too old. {SET_UP_AGAIN}"


class ContactInvalidError(RegistrationError):
    """The contact details are incomplete."""

    public_message = "Please give an e-mail address at which we can reach you."
