"""A deployment that sweeps the sandbox's Agreement API through the real adapter."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError
from marketplace_sandbox.testing import Agreement, InProcessMarketplace, NewAgreement, NewOffer

from meterhouse.adapters.agreements import AgreementsApi
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.sweeping import AgreementPage, FoundAgreement
from meterhouse.errors import PageGoneError, StorageUnavailableError
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.sweep_agreements import SweepAgreements, SweepAnswer
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.builders import NOON_AT
from tests.unit.domain.subscriptions.aws_tells import created, licensed

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient

    from meterhouse.ports.agreements import Agreements

CODE = "atlas"
SEARCH, ENTITLEMENTS = "SearchAgreements", "GetAgreementEntitlements"
SECOND = timedelta(seconds=1)
# Of AWS, for each account: the sandbox gives the Agreement API its own share of this.
CALLS_PER_SECOND = 10


@dataclass
class SweptHouse:
    """AWS and a deployment beside it, at one virtual time; pauses let it pass."""

    products: Products = field(default_factory=Products)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOON_AT))
    book: InMemorySubscriptionBook = field(default_factory=InMemorySubscriptionBook)
    report: InMemoryReport = field(default_factory=InMemoryReport)
    runs: list[Sequence[SubscriptionKey]] = field(default_factory=list)
    is_lambda_down: bool = False
    aws: InProcessMarketplace = field(init=False)
    agreements: "Agreements" = field(init=False)

    def __post_init__(self) -> None:
        self.aws = InProcessMarketplace(
            clock=self.clock.now, metering_calls_per_second=CALLS_PER_SECOND
        )
        self.aws.create_product(code=CODE, title="Atlas")
        client = self.aws.client("marketplace-agreement")
        self.agreements = AgreementsApi(cast("AgreementServiceClient", client))

    @property
    def keep(self) -> KeepSubscriptions:
        return KeepSubscriptions(self.book, self.products, self.clock, self.report)

    def sweep(
        self, *, from_beginning: bool = False, seconds_left: float = 600.0, begins: float = 60.0
    ) -> SweepAnswer:
        """Sweep once, so many seconds after what was before."""
        self.clock.move_to(self.clock.now() + timedelta(seconds=begins), seconds_left=seconds_left)
        sweep = SweepAgreements(
            self.agreements, self.book, self.keep, self._start_run, self.clock, self.report
        )
        return sweep(from_beginning=from_beginning)

    def _start_run(self, ending: Sequence[SubscriptionKey]) -> None:
        if self.is_lambda_down:
            raise StorageUnavailableError("simulated")
        self.runs.append(ending)

    def sell(self, count: int = 1, code: str = CODE) -> list[Agreement]:
        """Let so many buyers accept, all at this moment."""
        now = self.clock.now()
        subscribe = self.aws.desks.agreements.subscribe
        return [subscribe(NewAgreement(code, starts_at=now)) for _ in range(count)]

    def accept(self, account: str | None = None, **terms: Any) -> Agreement:
        """Let a buyer accept an offer on these terms."""
        offer = self.aws.desks.catalogue.make_offer(NewOffer(CODE, **terms))
        new = NewAgreement(CODE, account, self.clock.now(), offer_id=offer.offer_id)
        return self.aws.desks.agreements.subscribe(new)

    def is_pending(self, agreement: Agreement | FoundAgreement) -> bool:
        """Tell whether AWS still provisions what an agreement entitles to."""
        answer = self.aws.get_agreement_entitlements(agreementId=agreement.agreement_id)
        return {one["status"] for one in answer["agreementEntitlements"]} == {"PENDING"}

    def wait(self, days: float) -> None:
        self.clock.move_to(self.clock.now() + timedelta(days=days))

    def states(self) -> dict[FolderKey, State]:
        return {key: state for key, (_, state) in self.book.states.items()}

    def state(self, agreement: Agreement) -> State:
        """Return the state of an agreement's license."""
        return self.states()[folder_of(agreement)]

    def knows(self, agreement: Agreement) -> bool:
        return folder_of(agreement) in self.states()

    def calls(self, operation: str) -> list[datetime]:
        """Return when an operation was called, whatever came of it."""
        return [one.at for one in self.aws.calls() if one.operation == operation]

    def logged(self, name: str) -> list[dict[str, object]]:
        return [fields for one, fields in self.report.events if one == name]


@dataclass
class Between:
    """Stands between the sweep and AWS, and does as a test tells it.

    Attributes:
        withheld: agreements that no search shows yet.
        gone: AWS does not take the next token of a page.
        on_page: what becomes of each page on its way.

    """

    aws: "Agreements"
    withheld: set[str] = field(default_factory=set)
    gone: bool = False
    on_page: Callable[[AgreementPage], AgreementPage] = lambda page: page

    def updated(self, after: datetime | None, token: str | None) -> AgreementPage:
        if token is not None and self.gone:
            self.gone = False
            raise PageGoneError("simulated")
        page = self.aws.updated(after, token)
        shown = tuple(one for one in page.agreements if one.agreement_id not in self.withheld)
        return self.on_page(AgreementPage(shown, page.token))

    def predecessor(self, initial_agreement_id: str, starts_at: datetime) -> str | None:
        return self.aws.predecessor(initial_agreement_id, starts_at)

    def is_suspended(self, agreement_id: str) -> bool | None:
        return self.aws.is_suspended(agreement_id)


class Refusing(Between):
    """AWS lets the role search, and denies it the entitlements."""

    def is_suspended(self, agreement_id: str) -> bool | None:
        denied: Any = {
            "Error": {"Code": "AccessDeniedException", "Message": "no"},
            "ResponseMetadata": {"HTTPStatusCode": 403},
        }
        client = SimpleNamespace(
            get_agreement_entitlements=raising(ClientError(denied, ENTITLEMENTS))
        )
        api = AgreementsApi(cast("AgreementServiceClient", client))
        return api.is_suspended(agreement_id)


def raising(error: Exception) -> Callable[..., object]:
    def fail(**_: object) -> object:
        raise error

    return fail


@dataclass
class Pages:
    """A search of these pages, in this order, and nobody is suspended."""

    pages: Sequence[Sequence[FoundAgreement]]
    asked: list[int] = field(default_factory=list)

    def updated(self, after: datetime | None, token: str | None) -> AgreementPage:
        number = int(token or 0)
        self.asked.append(number)
        found = tuple(
            one
            for one in self.pages[number]
            if after is None or one.updated_at is None or one.updated_at > after
        )
        is_last = number + 1 == len(self.pages)
        return AgreementPage(found, None if is_last else str(number + 1))

    def predecessor(self, initial_agreement_id: str, starts_at: datetime) -> str | None:
        raise AssertionError(initial_agreement_id, starts_at)

    def is_suspended(self, agreement_id: str) -> bool | None:
        return not agreement_id


def license_of(agreement: Agreement) -> SubscriptionKey:
    return license_key(agreement.license_arn or "")


def folder_of(agreement: Agreement) -> FolderKey:
    return FolderKey(license_of(agreement))


def busiest_second(times: Sequence[datetime]) -> int:
    """Return how many of the calls fall into one second at most."""
    return max(sum(1 for other in times if at <= other < at + SECOND) for at in times)


def told_of(agreement: Agreement) -> Iterator[Fact]:
    """Yield what events tell of an agreement that began."""
    names = {"id": agreement.agreement_id, "account": agreement.customer_aws_account_id}
    yield created(0, **names)
    yield licensed(61, agreement.license_arn or "", code=agreement.product_code, **names)
