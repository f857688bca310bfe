"""What is frozen and carried stands in few bytes, and comes back exactly: no table is needed."""

import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhouse.adapters.usage_table.batch_items import new_batch, read_batch
from meterhouse.adapters.usage_table.carry_items import new_carry, read_carry
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.reasons import read_why
from meterhouse.domain.records.record import (
    Allocation,
    Batch,
    BatchKey,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
)
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
    legacy_customer_key,
    license_key,
)
from meterhouse.domain.usage.events import Tags
from meterhouse.errors import JournalCorruptError
from tests.integration.adapters.ledger_steps import (
    LEASED_UNTIL,
    LICENSE_PREFIX,
    LOG,
    NOON_AT,
    PRODUCT_CODE,
    batch,
    carry,
    metered,
    sealed,
    submitting,
)
from tests.limits.sizes import item_bytes

texts = st.text(st.characters(codec="utf-8"), max_size=12)
codes = st.text(st.sampled_from("ab/=:_.@-"), min_size=1, max_size=6)
names = texts.filter(bool)
quantities = st.decimals(0, 10**12, places=6, allow_nan=False, allow_infinity=False)
tag_sets: st.SearchStrategy[Tags] = st.lists(st.tuples(names, texts), max_size=3).map(
    lambda tags: tuple(sorted(tags))
)
parts = st.lists(st.builds(Allocation, quantities, tag_sets), max_size=4).map(tuple)
moments = st.datetimes(
    (NOON_AT - timedelta(days=900)).replace(tzinfo=None),
    (NOON_AT + timedelta(days=900)).replace(tzinfo=None),
).map(lambda moment: moment.replace(tzinfo=NOON_AT.tzinfo))
accounts = st.one_of(st.from_regex(r"[0-9]{12}", fullmatch=True), texts)
licenses = st.one_of(
    st.uuids().map(lambda one: LICENSE_PREFIX + one.hex),
    st.uuids().map(lambda one: LICENSE_PREFIX + str(one)),
    st.uuids().map(lambda one: LICENSE_PREFIX + one.hex.upper()),
    st.from_regex(r"(arn:)?aws:license-manager::1?:license/l-[A-Za-z0-9-]{1,64}", fullmatch=True),
    texts,
)
identities: st.SearchStrategy[BilledIdentity | None] = st.one_of(
    st.none(),
    st.builds(LicenseIdentity, accounts, licenses),
    st.builds(LegacyCustomerIdentity, codes, texts),
    st.builds(LegacyAccountIdentity, codes, texts),
)


@st.composite
def sealed_records(draw: st.DrawFn) -> SealedRecord:
    identity = draw(identities)
    subscription = SubscriptionKey(draw(names))
    if isinstance(identity, LicenseIdentity) and draw(st.booleans()):
        with suppress(ValueError):
            subscription = license_key(identity.license_arn)
    return SealedRecord(
        key=RecordKey(subscription, draw(names), LOG.hour_at),
        identity=identity,
        product_code=draw(st.one_of(st.just(PRODUCT_CODE), codes)),
        timestamp_at=LOG.hour_at + timedelta(seconds=draw(st.integers(0, 3_599))),
        quantity=draw(quantities),
        allocations=draw(parts),
        rest=draw(parts),
        is_carried=draw(st.booleans()),
        included=draw(st.none() | st.just(Decimal(0)) | quantities),
    )


@st.composite
def statuses(draw: st.DrawFn) -> RecordStatus:
    state = draw(st.sampled_from(RecordState))
    is_due = state in UNFINISHED or (state is RecordState.CARRIED and draw(st.booleans()))
    return RecordStatus(
        state=state,
        due_at=draw(moments) if is_due else None,
        reason=read_why(draw(st.none() | texts)),
        sends=draw(st.integers(0, 99)),
        holds=draw(st.integers(0, 99)),
        metering_record_id=draw(st.none() | texts | st.uuids().map(str)),
    )


batches = st.builds(
    Batch,
    st.just(BatchKey(LOG, "a")),
    st.integers(0, 999_999),
    st.lists(st.builds(MeteringRecord, sealed_records(), statuses()), min_size=1, max_size=25).map(
        tuple
    ),
    st.lists(texts, max_size=3).map(tuple),
    st.integers(1, 10**9),
)


@given(batches)
@settings(max_examples=100, deadline=None)
def test_any_batch_comes_back_exactly(batch: Batch) -> None:
    item = new_batch(batch)

    assert read_batch(item) == batch
    assert new_batch(read_batch(item)) == item


def test_a_legacy_customer_that_comes_before_a_license_does_not_change_places_with_it() -> None:
    legacy = sealed(
        identity=LegacyCustomerIdentity(PRODUCT_CODE, "x"),
        subscription=legacy_customer_key(PRODUCT_CODE, "x"),
    )
    mixed = batch("a", legacy, sealed(1))

    assert read_batch(new_batch(mixed)) == mixed


def test_a_license_of_another_product_keeps_its_product() -> None:
    mixed = batch("a", sealed(1), replace(sealed(2), product_code="borealis"))

    assert read_batch(new_batch(mixed)) == mixed


carried = st.lists(
    st.builds(
        CarriedPart,
        st.builds(MeterKey, names.map(SubscriptionKey), names),
        quantities,
        tag_sets,
    ),
    max_size=30,
).map(tuple)


@given(carried, moments)
@settings(max_examples=100, deadline=None)
def test_any_carry_comes_back_exactly(parts: tuple[CarriedPart, ...], moment: datetime) -> None:
    written = replace(carry(), parts=parts, carried_at=moment)

    assert read_carry(new_carry(written)) == written


DIMENSIONS = (
    *("api_calls", "compute_units", "data_out", "messages", "requests", "seats"),
    *("storage_gb_hours", "tokens_in", "tokens_out", "users"),
)


class Seller:
    """Usage as random as it gets: licenses, accounts, times and quantities without a pattern."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - the same in every run

    def license(self) -> LicenseIdentity:
        digits = f"{self.random.getrandbits(128):032x}"
        return LicenseIdentity(f"{self.random.randrange(10**12):012}", LICENSE_PREFIX + digits)

    def record(
        self, identity: BilledIdentity, subscription: SubscriptionKey, dimension: str
    ) -> SealedRecord:
        return SealedRecord(
            key=RecordKey(subscription, dimension, LOG.hour_at),
            identity=identity,
            product_code=PRODUCT_CODE,
            timestamp_at=LOG.hour_at + timedelta(seconds=self.random.randrange(3_600)),
            quantity=Decimal(self.random.randrange(1, 10_000)),
        )

    def licensed(self, licenses: int, dimensions: int) -> list[SealedRecord]:
        found = [self.license() for _ in range(licenses)]
        return [
            self.record(one, license_key(one.license_arn), dimension)
            for one in found
            for dimension in DIMENSIONS[:dimensions]
        ][:25]

    def legacy(self) -> list[SealedRecord]:
        names = ["".join(self.random.choices("abcXYZ0189", k=11)) for _ in range(25)]
        return [
            self.record(
                LegacyCustomerIdentity(PRODUCT_CODE, name),
                legacy_customer_key(PRODUCT_CODE, name),
                DIMENSIONS[0],
            )
            for name in names
        ]

    def receipt(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128)))


def sizes_of(records: list[SealedRecord], seller: Seller) -> tuple[int, int, int]:
    """Return the bytes of what is frozen, of the whole item then, and of it with its receipts."""
    members = tuple(MeteringRecord(one, submitting(LEASED_UNTIL)) for one in records)
    first = Batch(BatchKey(LOG, "0123456789abcdef01234567"), 0, members)
    last = first.with_statuses({n: metered(seller.receipt()) for n in range(len(records))})
    item, after = new_batch(first), new_batch(last)
    return len(bytes(item["frozen"]["B"])), item_bytes(item), item_bytes(after)


@pytest.mark.parametrize("seed", range(5))
def test_25_licenses_are_frozen_in_one_kilobyte_and_answered_in_two(seed: int) -> None:
    seller = Seller(seed)

    frozen, first, last = sizes_of(seller.licensed(25, 1), seller)

    assert frozen < 850
    assert first < 1_024
    assert last < 1_400


@pytest.mark.parametrize("seed", range(5))
def test_25_meters_of_3_licenses_stay_within_one_kilobyte_for_ever(seed: int) -> None:
    seller = Seller(seed)

    frozen, first, last = sizes_of(seller.licensed(3, 10), seller)

    assert frozen < 450
    assert first < 600
    assert last < 1_024


def test_25_legacy_customers_are_frozen_in_one_kilobyte() -> None:
    seller = Seller(1)

    assert sizes_of(seller.legacy(), seller)[1] < 1_024


def test_one_record_stays_small() -> None:
    seller = Seller(1)

    assert sizes_of(seller.licensed(1, 1), seller)[2] < 300


def test_equal_batches_are_equal_items() -> None:
    first, second = (Seller(3).licensed(25, 1) for _ in range(2))

    assert sizes_of(first, Seller(4)) == sizes_of(second, Seller(4))


def test_a_bit_that_was_changed_is_never_read_as_another_record_or_receipt() -> None:
    seller = Seller(5)
    members = tuple(MeteringRecord(one, metered(seller.receipt())) for one in seller.licensed(3, 1))
    written = Batch(BatchKey(LOG, "a"), 0, members)
    item = new_batch(written)
    for name in ("frozen", "statuses"):
        content = bytes(item[name]["B"])
        for place in range(8 * len(content)):
            changed = bytearray(content)
            changed[place // 8] ^= 1 << place % 8
            with suppress(JournalCorruptError):
                assert read_batch({**item, name: {"B": bytes(changed)}}) == written
