"""`check-product`: what is wrong is found, what cannot be seen is not taken for right."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from meterhouse.domain.subscriptions.sweeping import Cursor
from operations.product_checks import (
    check_agreements,
    check_codes,
    check_events,
    check_page,
    check_role,
    check_sweep,
    check_topics,
    run_checks,
)
from operations.product_scene import Finding, Scene, Verdict
from operations.stack_view import StackView

ROLE = "arn:aws:iam::210987654321:role/seller"
RULE = "s-AgreementEventsRule-1"
PATTERN = '{"source": ["aws.agreement-marketplace"]}'
TOPIC = "arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-abc"
SUBSCRIPTION = "arn:aws:sns:us-east-1:287250355862:topic:6f1c"
BUS = "arn:aws:events:eu-central-1:111122223333:event-bus/default"


class Aws:
    """Clients whose answers a test decides; AWS's own models check them, and what is asked."""

    def __init__(self) -> None:
        self._stubs: dict[tuple[str, str], Stubber] = {}
        self.asked_as: list[str] = []

    def __call__(self, service: str, region_name: str = "eu-central-1", **credentials: str) -> Any:
        self.asked_as += [credentials.get("aws_access_key_id", "")]
        return self.of(service, region_name).client

    def of(self, service: str, region: str = "eu-central-1") -> Stubber:
        if (service, region) not in self._stubs:
            client = boto3.client(service, region_name=region)  # type: ignore[call-overload]
            self._stubs[service, region] = Stubber(client)
            self._stubs[service, region].activate()
        return self._stubs[service, region]

    def resource(self, logical_id: str, physical_id: str) -> None:
        detail = {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": "any",
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": datetime(2026, 11, 1, tzinfo=UTC),
        }
        self.of("cloudformation").add_response(
            "describe_stack_resource",
            {"StackResourceDetail": detail},
            {"StackName": "s", "LogicalResourceId": logical_id},
        )

    def rule(self, state: str, region: str = "eu-central-1", name: str = RULE) -> None:
        told = {"Name": name, "State": state, "EventPattern": PATTERN}
        self.of("events", region).add_response("describe_rule", told, {"Name": name})

    def check_nothing_is_left(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


@pytest.fixture
def aws() -> Iterator[Aws]:
    found = Aws()
    yield found
    found.check_nothing_is_left()


def scene(
    aws: Aws,
    product: str = "prod-1",
    *,
    region: str = "eu-central-1",
    url: str = "http://127.0.0.1:9/",
    cursor: Cursor | None = None,
    **parameters: str,
) -> Scene:
    """Return a product of which no subscription is known, and a stack as it was deployed."""
    view = StackView("s", region, "111122223333", False, parameters, {"RegisterUrl": url}, aws)  # noqa: FBT003
    shelf = SimpleNamespace(sweeps=SimpleNamespace(cursor=lambda: cursor or Cursor()))
    day = datetime(2026, 11, 1, tzinfo=UTC)
    found = Scene(product, view, cast("Any", shelf), cast("Any", None), (day, day))
    found.__dict__["known"] = []
    return found


@pytest.mark.parametrize(
    ("product", "codes", "verdict"),
    [
        ("prod-1", "", Verdict.OK),
        ("prod-1", "abc,prod-1", Verdict.OK),
        ("abc", "abc", Verdict.OK),
        ("prod-2", "abc,prod-1", Verdict.NOT_OK),
        ("Abc", "abc,prod-1", Verdict.NOT_OK),
    ],
)
def test_a_product_that_the_stack_leaves_alone_is_found(
    aws: Aws, product: str, codes: str, verdict: Verdict
) -> None:
    found = check_codes(scene(aws, product, ProductCodes=codes))

    assert found.verdict is verdict
    assert bool(found.remedy) == (verdict is Verdict.NOT_OK)


def test_a_page_that_does_not_answer_is_found_and_one_behind_a_firewall_not_judged(
    aws: Aws,
) -> None:
    assert check_page(scene(aws)).verdict is Verdict.NOT_OK
    assert check_page(scene(aws, FirewallSecretDigests="0a")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("state", "verdict"), [("ENABLED", "ok"), ("DISABLED", "not ok")])
def test_a_rule_that_takes_no_events_is_found(aws: Aws, state: str, verdict: str) -> None:
    aws.resource("AgreementEventsRule", RULE)
    aws.rule(state)

    assert check_events(scene(aws, region="us-east-1")).verdict == verdict


@pytest.mark.parametrize(
    ("names", "verdict"), [([], "not ok"), (["forward"], "ok")], ids=["nothing", "forwarded"]
)
def test_events_have_to_be_forwarded_from_where_they_are(
    aws: Aws, names: list[str], verdict: str
) -> None:
    aws.resource("AgreementEventsRule", RULE)
    aws.rule("ENABLED")
    aws.of("events", "us-east-1").add_response(
        "list_rule_names_by_target", {"RuleNames": names}, {"TargetArn": BUS}
    )
    for name in names:
        aws.rule("ENABLED", "us-east-1", name)

    found = check_events(scene(aws))

    assert found.verdict == verdict
    assert ("MainRegion=eu-central-1" in found.remedy) == (not names)


def test_what_another_account_forwards_cannot_be_told(aws: Aws) -> None:
    aws.resource("AgreementEventsRule", RULE)
    aws.rule("ENABLED")

    assert check_events(scene(aws, MarketplaceRoleArn=ROLE)).verdict is Verdict.UNKNOWN


def test_agreements_are_asked_for_in_the_role(aws: Aws) -> None:
    _assumed(aws)
    told = {"agreementViewSummaries": [{"agreementId": "agmt-1a2b3c"}]}
    filters = [
        {"name": "PartyType", "values": ["Proposer"]},
        {"name": "AgreementType", "values": ["PurchaseAgreement"]},
        {"name": "ResourceIdentifier", "values": ["prod-1"]},
    ]
    aws.of("marketplace-agreement", "us-east-1").add_response(
        "search_agreements", told, {"filters": filters, "maxResults": 1}
    )
    stage = scene(aws, MarketplaceRoleArn=ROLE, MarketplaceRoleExternalId="meterhouse:1")

    assert check_role(stage).verdict is Verdict.OK
    assert check_agreements(stage).verdict is Verdict.OK
    assert aws.asked_as == ["", "ASIAROLE0000EXAMPLE0"]


def _assumed(aws: Aws) -> None:
    credentials = {
        "AccessKeyId": "ASIAROLE0000EXAMPLE0",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": datetime(2026, 11, 1, tzinfo=UTC),
    }
    aws.of("sts").add_response(
        "assume_role",
        {"Credentials": credentials},
        {
            "RoleArn": ROLE,
            "ExternalId": "meterhouse:1",
            "RoleSessionName": "meterhouse-check-product",
        },
    )


def test_no_agreement_is_no_proof_of_anything(aws: Aws) -> None:
    aws.of("marketplace-agreement", "us-east-1").add_response(
        "search_agreements", {"agreementViewSummaries": []}
    )

    assert check_agreements(scene(aws)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("pending", "verdict"), [("true", Verdict.NOT_OK), ("false", Verdict.OK)])
def test_a_topic_that_waits_for_its_confirmation_is_found(
    aws: Aws, pending: str, verdict: Verdict
) -> None:
    aws.resource("LegacyProduct2Subscription", SUBSCRIPTION)
    aws.of("sns", "us-east-1").add_response(
        "get_subscription_attributes",
        {"Attributes": {"PendingConfirmation": pending, "TopicArn": TOPIC}},
        {"SubscriptionArn": SUBSCRIPTION},
    )

    assert check_topics(scene(aws, "abc", LegacyProductCodes="other,abc")).verdict is verdict


@pytest.mark.parametrize(
    ("cursor", "verdict"),
    [
        (Cursor(), Verdict.UNKNOWN),
        (Cursor(1, is_running=True), Verdict.UNKNOWN),
        (Cursor(3), Verdict.OK),
    ],
)
def test_only_a_sweep_that_came_to_its_end_says_that_the_stack_may_sweep(
    aws: Aws, cursor: Cursor, verdict: Verdict
) -> None:
    assert check_sweep(scene(aws, cursor=cursor)).verdict is verdict


def test_what_the_operator_may_not_see_cannot_be_told_and_the_rest_goes_on(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Scene) -> Finding:
        aws.of("sts").add_client_error("assume_role", "AccessDenied", "no")
        aws("sts").assume_role(RoleArn=ROLE, RoleSessionName="me")
        raise AssertionError("it was denied")

    checks: dict[str, Callable[[Scene], Finding]] = {"role": denied, "codes": check_codes}
    monkeypatch.setattr("operations.product_checks.CHECKS", checks)

    found = run_checks(scene(aws))

    assert [one.verdict for one in found.values()] == [Verdict.UNKNOWN, Verdict.OK]
    assert "has to allow AssumeRole" in found["role"].remedy
