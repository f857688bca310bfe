"""Events of AWS Marketplace agreements and messages of legacy listings become facts, or do not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.subscriptions.agreement_events import kind_of, read_event
from meterhouse.domain.subscriptions.facts import UNPLACED, FolderKey, Kind
from meterhouse.domain.subscriptions.legacy_messages import read_notification
from meterhouse.errors import UnreadableError
from meterhouse.use_cases.subscriptions.track_agreements import read_body
from tests.unit.domain.builders import ACCOUNT, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    CUSTOMER,
    LICENSE,
    RENEWED,
    created,
    event,
    fact,
    licensed,
    notification,
    told,
    when,
)

LICENSE_UPDATED = event("License Updated - Manufacturer", license_arn=LICENSE)


@pytest.mark.parametrize(
    ("detail_type", "kind"),
    [
        ("Purchase Agreement Created - Proposer", Kind.CREATED),
        ("Purchase Agreement Created - Manufacturer", Kind.CREATED),
        ("Purchase Agreement Amended - Proposer", Kind.AMENDED),
        ("Purchase Agreement Ended - Manufacturer", Kind.ENDED),
        ("License Updated - Manufacturer", Kind.LICENSE_UPDATED),
        ("License Updated - Proposer", Kind.LICENSE_UPDATED),
        ("License Deprovisioned - Manufacturer", Kind.LICENSE_DEPROVISIONED),
        ("Purchase Agreement Advisory Issued - Manufacturer", Kind.ADVISORY_ISSUED),
        ("Purchase Agreement Advisory Resolved - Manufacturer", Kind.ADVISORY_RESOLVED),
        ("Purchase Agreement Ending - Proposer", Kind.ENDING_SOON),
        ("Purchase Agreement Renewal Terms Finalized - Proposer", Kind.RENEWAL),
        ("Purchase Agreement Renewal Upcoming - Proposer", Kind.RENEWAL),
        ("Agreement Cancellation Request Approved - Proposer", Kind.CANCELLATION_REQUEST),
        ("Agreement Cancellation Request Validation Failed - Proposer", Kind.CANCELLATION_REQUEST),
        ("Purchase Agreement Billing Adjustment Failed - Proposer", Kind.BILLING_ADJUSTMENT),
        ("Spend Threshold Vet Failed", Kind.SPEND_THRESHOLD),
        ("Purchase Agreement Ended Again - Proposer", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_what_happened_is_told_by_the_detail_type_whoever_is_told(
    detail_type: str, kind: Kind
) -> None:
    assert kind_of(detail_type) is kind


def test_an_event_is_read_as_aws_writes_it() -> None:
    found = created(
        0.204,
        startTime="2026-11-18T12:00:00.204Z",
        endTime="9999-01-01T00:00:00Z",
        previousAgreementId=RENEWED,
    )

    assert (found.agreement_id, found.previous_agreement_id) == (AGREEMENT, RENEWED)
    assert (found.account_id, found.license, found.status) == (ACCOUNT, None, "ACTIVE")
    assert (found.starts_at, found.ends_at) == (when(0.204), None)
    assert found.folder == FolderKey(f"agreement#{AGREEMENT}")


def test_flat_identifiers_of_a_cancellation_request_are_found() -> None:
    document = event("Agreement Cancellation Request Approved - Proposer")
    document["detail"] = {
        "agreement": {"id": AGREEMENT, "acceptorId": ACCOUNT, "productId": "prod-1"},
        "agreementCancellationRequest": {"id": "acr-1"},
    }

    found = fact(document)

    assert (found.agreement_id, found.account_id, found.product_id) == (
        AGREEMENT,
        ACCOUNT,
        "prod-1",
    )


def test_an_event_that_nobody_knows_is_kept_where_it_can_be_found() -> None:
    unknown = event("Purchase Agreement Paused - Proposer")
    nameless = {**unknown, "detail": {"whatever": 1}}

    assert (fact(unknown).kind, fact(unknown).folder) == (
        Kind.UNKNOWN,
        FolderKey(f"agreement#{AGREEMENT}"),
    )
    assert fact(nameless).folder == UNPLACED
    assert json.loads(fact(nameless).document) == nameless


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(document))
    *parents, last = path.split(".")
    place = copy
    for parent in parents:
        place = place[parent]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source", "com.example"),
        ("source", None),
        ("id", None),
        ("id", 7),
        ("id", "x" * 129),
        ("time", None),
        ("time", "yesterday"),
        ("time", "2026-11-18T12:00:00"),
        ("time", "9999-01-01T00:00:00Z"),
        ("detail-type", None),
        ("detail", None),
        ("detail", []),
        ("detail.agreement", None),
        ("detail.agreement", "agmt-1"),
        ("detail.agreement.id", "../agmt-1"),
        ("detail.agreement.id", "agmt-1#fact"),
        ("detail.agreement.id", 5),
        ("detail.agreement.previousAgreementId", "other"),
        ("detail.license", None),
        ("detail.license.arn", "arn:aws:iam::1:role/x"),
        ("detail.acceptor.accountId", "4444"),
        ("detail.acceptor.accountId", "44445555666a"),
        ("detail.product.code", "a#b"),
        ("detail.product.id", "prod 1"),
    ],
)
def test_what_is_none_of_awss_is_refused(path: str, value: object) -> None:
    with pytest.raises(UnreadableError):
        fact(changed(LICENSE_UPDATED, path, value))


def test_a_message_of_a_legacy_listing_is_read() -> None:
    found = told("unsubscribe-pending", 7.5, isFreeTrialTermPresent="true")

    assert (found.kind, found.customer_identifier, found.product_code) == (
        Kind.UNSUBSCRIBE_PENDING,
        CUSTOMER,
        PRODUCT_CODE,
    )
    assert (found.at, found.is_trial) == (when(7.5), True)
    assert told("something-new", 0).kind is Kind.UNKNOWN
    assert told("subscribe-success", 0, topic="entitlement").kind is Kind.UNKNOWN


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("TopicArn", "arn:aws:sns:us-east-1:287250355862:aws-mp-subscription-notification-other"),
        ("TopicArn", f"arn:aws:sns:us-east-1:287250355862:mine-{PRODUCT_CODE}"),
        ("TopicArn", 7),
        ("Message", "not JSON"),
        ("Message", "[]"),
        ("Message", '{"action": "subscribe-success"}'),
        ("Message", json.dumps({"action": "x", "customer-identifier": "c", "product-code": "p"})),
        ("MessageId", None),
        ("Timestamp", "soon"),
        ("Timestamp", None),
    ],
)
def test_a_message_of_another_topic_or_product_is_refused(path: str, value: object) -> None:
    envelope = changed(notification("subscribe-success", 0), path, value)

    with pytest.raises(UnreadableError):
        read_notification(envelope, json.dumps(envelope), {PRODUCT_CODE})


def test_without_declared_legacy_products_no_message_is_expected() -> None:
    with pytest.raises(UnreadableError):
        read_body(json.dumps(notification("subscribe-success", 0)), frozenset())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "{}",
        '"text"',
        "[" * 100_000,
        json.dumps(LICENSE_UPDATED)[:-40],
        json.dumps({**LICENSE_UPDATED, "padding": "x" * 300_000}),
    ],
    ids=["empty", "null", "list", "object", "text", "deep", "truncated", "oversized"],
)
def test_a_body_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(UnreadableError):
        read_body(body, frozenset({PRODUCT_CODE}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["id", "time", "detail-type", "detail", "source"]),
    st.sampled_from(["agreement", "license", "acceptor", "product", "offer"]),
    JSON,
    JSON,
)
def test_no_document_makes_anything_but_a_fact_or_a_refusal(
    name: str, part: str, value: object, inner: object
) -> None:
    document = changed(LICENSE_UPDATED, f"detail.{part}", inner) | {}
    for broken in (document, {**LICENSE_UPDATED, name: value}):
        try:
            found = read_event(broken, json.dumps(broken))
        except UnreadableError:
            continue
        assert found.fact_id.startswith("event#")


def test_an_event_says_the_same_on_every_repetition() -> None:
    assert licensed(61) == licensed(61)
    assert licensed(61).fact_id != licensed(62).fact_id
