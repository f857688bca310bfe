"""AWS Marketplace in another account: calls to it, and no others, are made in a role there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from meterhouse.adapters.agreements import AGREEMENTS_CONFIG, AGREEMENTS_REGION, AgreementsApi
from meterhouse.adapters.assumed_role import FAILED_SECONDS, AssumedRole, role_request
from meterhouse.adapters.marketplace import METERING_CONFIG, MeteringApi
from meterhouse.adapters.resolving import RESOLVE_CONFIG, ResolvingApi
from meterhouse.domain.records.answers import CallAnswer, NotSent, RefusalCause, Refused
from meterhouse.domain.records.reasons import Reason
from meterhouse.errors import MarketplaceOutageError, MarketplaceRoleRefusedError
from meterhouse.runtime import clients
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.metering_calls import record
from tests.integration.adapters.role_server import RoleServer, StsError, role_server

ARN = "arn:aws:iam::210987654321:role/seller"
OWN, OF_ROLE = "AKIAOWN", "ASIA1"
DENIED = StsError("AccessDenied", 403)
FOR_PEOPLE = {
    "a trust policy that does not name us, or another external id": DENIED,
    "a name that is no role's": StsError("ValidationError", 400),
    "a region where STS is switched off": StsError("RegionDisabledException", 403),
}
PASSING = {
    "throttling": StsError("Throttling", 400),
    "an outage of STS": StsError("ServiceUnavailable", 503),
    "an answer that broke off": StsError("AccessDenied", 200, cut_bytes=9),
    "an answer without credentials": StsError("AccessDenied", 200),
}
MADE_ONCE = (
    clients.session,
    clients._marketplace_session,
    clients.metering,
    clients.agreements,
    clients.sqs,
)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[RoleServer]:
    """Return an AWS that knows who calls, as a function finds it that has just started."""
    with role_server() as found:
        for name, value in {
            "AWS_ENDPOINT_URL": found.url,
            "AWS_ACCESS_KEY_ID": OWN,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_LAMBDA_FUNCTION_NAME": "meterhouse-DrainUsage",
            "MARKETPLACE_ROLE_ARN": ARN,
            "MARKETPLACE_ROLE_EXTERNAL_ID": "stack:7",
        }.items():
            monkeypatch.setenv(name, value)
        for made in MADE_ONCE:
            made.cache_clear()
        yield found
        for made in MADE_ONCE:
            made.cache_clear()


def meter() -> CallAnswer:
    return MeteringApi(clients.metering(METERING_CONFIG)).batch_meter_usage(None, [record()])


def resolve() -> object:
    return ResolvingApi(clients.metering(RESOLVE_CONFIG)).resolve_customer("token")


def search() -> object:
    client = clients.agreements(AGREEMENTS_REGION, AGREEMENTS_CONFIG)
    return AgreementsApi(client).updated(None, None)


def test_every_marketplace_call_is_made_in_the_role_and_no_other_call_is(aws: RoleServer) -> None:
    meter()
    resolve()
    search()
    clients.sqs().list_queues()

    assert aws.calls == [
        ("BatchMeterUsage", OF_ROLE),
        ("ResolveCustomer", OF_ROLE),
        ("SearchAgreements", OF_ROLE),
        ("ListQueues", OWN),
    ]
    (asked,) = aws.asked
    assert (asked["RoleArn"], asked["ExternalId"]) == (ARN, "stack:7")
    assert asked["RoleSessionName"] == "meterhouse-DrainUsage"


def test_without_a_role_the_functions_own_credentials_make_the_calls(
    aws: RoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETPLACE_ROLE_ARN", "")

    meter()
    search()

    assert aws.calls == [("BatchMeterUsage", OWN), ("SearchAgreements", OWN)]
    assert aws.asked == []


def test_making_the_clients_asks_for_nothing_so_that_a_snapshot_holds_no_credentials(
    aws: RoleServer,
) -> None:
    assert clients.metering(METERING_CONFIG).meta.region_name
    assert clients.agreements(AGREEMENTS_REGION, AGREEMENTS_CONFIG).meta.region_name

    assert aws.asked == []


def test_a_wave_of_calls_asks_for_credentials_once(aws: RoleServer) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: meter(), range(8)))

    assert aws.calls == [("BatchMeterUsage", OF_ROLE)] * 8
    assert len(aws.asked) == 1


def test_credentials_are_renewed_before_they_end(aws: RoleServer) -> None:
    aws.lifetime = timedelta(minutes=9)

    meter()
    aws.lifetime = timedelta(hours=1)
    meter()
    meter()

    assert [key for _, key in aws.calls] == ["ASIA1", "ASIA2", "ASIA2"]


@pytest.mark.parametrize("error", FOR_PEOPLE.values(), ids=FOR_PEOPLE)
def test_a_role_that_is_refused_is_a_fault_of_the_deployment_and_nothing_is_sent(
    aws: RoleServer, error: StsError
) -> None:
    aws.error = error

    assert meter() == Refused(Reason.ROLE_REFUSED, RefusalCause.DEPLOYMENT)
    for call in (resolve, search):
        with pytest.raises(MarketplaceRoleRefusedError, match=f"{ARN}.*{error.code}"):
            call()
    assert aws.calls == []


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_what_passes_by_itself_is_an_outage_and_nothing_is_sent(
    aws: RoleServer, error: StsError
) -> None:
    aws.error = error

    assert isinstance(meter(), NotSent)
    for call in (resolve, search):
        with pytest.raises(MarketplaceOutageError, match="AssumeRole"):
            call()
    assert aws.calls == []


def test_sts_out_of_reach_is_an_outage_and_nothing_is_sent(
    aws: RoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")

    assert meter() == NotSent("AssumeRole: EndpointConnectionError")
    assert aws.calls == []


class Sts:
    """Stands for STS's client; counts what it is asked."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def assume_role(self, **_: str) -> Any:
        self.asked += 1
        raise self.error


def asking(sts: Sts, report: InMemoryReport, now: Callable[[], float]) -> AssumedRole:
    return AssumedRole(sts, role_request(ARN, "stack:7", "drain"), report, now)


def test_a_refusal_is_counted_and_told_with_what_to_look_at(report: InMemoryReport) -> None:
    fault = ParamValidationError(report="ExternalId")
    assume = asking(Sts(fault), report, lambda: 0.0)

    with pytest.raises(MarketplaceRoleRefusedError) as caught:
        assume()

    told = str(caught.value)
    assert "trust policy" in told
    assert "MarketplaceRoleExternalId" in told
    assert report.metrics == {"MarketplaceRoleRefused": 1}
    assert report.failures == ["marketplace_role_refused"]
    ((_, fields),) = report.events
    assert fields["cause"] == told
    assert "ExternalId" in str(fields["answer"])


def test_an_outage_raises_no_alarm_of_the_role(report: InMemoryReport) -> None:
    with pytest.raises(MarketplaceOutageError):
        asking(Sts(TypeError()), report, lambda: 0.0)()

    assert not report.metrics
    assert not report.failures


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ParamValidationError(report="no"), MarketplaceRoleRefusedError),
        (TypeError(), MarketplaceOutageError),
    ],
    ids=["refused", "an outage"],
)
def test_what_failed_a_moment_ago_is_asked_again_a_few_seconds_later(
    report: InMemoryReport, error: Exception, kind: type[Exception]
) -> None:
    now = 100.0
    sts = Sts(error)
    assume = asking(sts, report, lambda: now)

    for _ in range(3):
        with pytest.raises(kind):
            assume()
    assert sts.asked == 1

    now += FAILED_SECONDS
    with pytest.raises(kind):
        assume()
    assert sts.asked == 2
