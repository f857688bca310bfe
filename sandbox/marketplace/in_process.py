"""A marketplace inside the test's own process that is used like boto3's client.

marketplace = InProcessMarketplace(clock=lambda: now)
product = marketplace.create_product(title="Atlas", dimensions=("api_calls",))
agreement = marketplace.create_agreement(product.product_code)
marketplace.batch_meter_usage(UsageRecords=[…])
"""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import botocore.session
from botocore.errorfactory import ClientExceptionsFactory
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from sandbox.marketplace.core.agreements import Agreement, NewAgreement
from sandbox.marketplace.core.catalogue import Dimension, MeteringMode, NewProduct, Product
from sandbox.marketplace.core.faults import Fault, FaultKind, NewFault, Operation
from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.core.state import CallEntry, Refusal
from sandbox.marketplace.core.tokens import TOKEN_LIFETIME, RegistrationToken
from sandbox.marketplace.hosted import Clock, Entropy, HostedMarketplace, machine_clock

_SERVICE = "meteringmarketplace"


@cache
def metering_model() -> ServiceModel:
    """Load boto3's own model of AWS Marketplace Metering."""
    return botocore.session.Session().get_service_model(_SERVICE)


@cache
def _metering_exceptions() -> Any:  # noqa: ANN401 - botocore builds its classes at run time
    """Return what boto3's client offers as `client.exceptions`."""
    return ClientExceptionsFactory().create_client_exceptions(metering_model())


def counted_entropy(seed: str) -> Entropy:
    """Return entropy that is the same in every run: ids in a failing test can be compared."""
    numbers = itertools.count()
    return lambda: hashlib.sha256(f"{seed}/{next(numbers)}".encode()).digest()


class InProcessMarketplace(HostedMarketplace):
    """boto3's `meteringmarketplace` client and the marketplace behind it, without a socket.

    Requests and answers pass through botocore's own validator, serializer and parser, so a wrong
    parameter type raises ParamValidationError and a refusal ClientError exactly as with boto3.
    Unlike boto3's client it never retries: what AWS answers is what the caller sees.
    """

    def __init__(
        self,
        *,
        clock: Clock = machine_clock,
        seed: str = "meterhouse",
        metering_calls_per_second: int | None = None,
    ) -> None:
        super().__init__(
            clock=clock,
            entropy=counted_entropy(seed),
            metering_calls_per_second=metering_calls_per_second,
        )
        self._serializer = create_serializer("json")
        self._parser = create_parser("json")
        self.exceptions = _metering_exceptions()

    def resolve_customer(self, **parameters: object) -> dict[str, Any]:
        """Resolve a registration token, as boto3's client does."""
        return self._call(Operation.RESOLVE_CUSTOMER, parameters)

    def batch_meter_usage(self, **parameters: object) -> dict[str, Any]:
        """Meter usage records, as boto3's client does."""
        return self._call(Operation.BATCH_METER_USAGE, parameters)

    def create_product(
        self,
        *,
        title: str = "Product",
        mode: MeteringMode | str = MeteringMode.LICENSE,
        dimensions: Sequence[str | Dimension] = ("api_calls",),
        code: str | None = None,
    ) -> Product:
        """Put a product on sale; a dimension given by its name is metered and free of charge."""
        listed = tuple(
            Dimension(dimension) if isinstance(dimension, str) else dimension
            for dimension in dimensions
        )
        return self.sales.list_product(NewProduct(title, MeteringMode(mode), listed, code))

    def create_agreement(
        self,
        product_code: str,
        *,
        customer_aws_account_id: str | None = None,
        starts_at: datetime | None = None,
    ) -> Agreement:
        """Let a buyer accept an offer; by default it started a week ago."""
        return self.sales.subscribe(NewAgreement(product_code, customer_aws_account_id, starts_at))

    def end_agreement(self, agreement_id: str, *, ends_at: datetime | None = None) -> Agreement:
        """End an agreement, now unless a time is given; its last hour of metering begins."""
        return self.sales.end(agreement_id, ends_at=ends_at)

    def mint_token(
        self, agreement_id: str, *, lifetime: timedelta = TOKEN_LIFETIME
    ) -> RegistrationToken:
        """Mint a registration token for the buyer of an agreement."""
        return self.sales.issue_token(agreement_id, lifetime=lifetime)

    def inject_fault(
        self,
        kind: FaultKind | str,
        *,
        operation: Operation | str = Operation.BATCH_METER_USAGE,
        count: int = 1,
        dimension: str | None = None,
    ) -> Fault:
        """Let something go wrong `count` times."""
        new = NewFault(Operation(operation), FaultKind(kind), count, dimension)
        return self.mishaps.script(new)

    def clear_faults(self) -> None:
        """Forget all scripted faults."""
        self.mishaps.clear()

    def faults(self) -> tuple[Fault, ...]:
        """List the scripted faults that are not used up."""
        return self.mishaps.faults()

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill, in the order of arrival."""
        return self.books.bill()

    def refusals(self) -> tuple[Refusal, ...]:
        """List what AWS refused by its rules, oldest first."""
        return self.journal.refusals()

    def calls(self) -> tuple[CallEntry, ...]:
        """List the calls of the API, oldest first."""
        return self.journal.calls()

    def _call(self, operation: Operation, parameters: dict[str, object]) -> dict[str, Any]:
        model = metering_model().operation_model(operation)
        request = self._serializer.serialize_to_request(parameters, model)
        answer = self.answer(request["headers"]["X-Amz-Target"], request["body"])
        response = {
            "status_code": int(answer.status),
            "headers": answer.headers,
            "body": answer.body,
        }
        assert model.output_shape is not None, "both operations answer with a structure"
        parsed: dict[str, Any] = self._parser.parse(response, model.output_shape)
        if "Error" not in parsed:
            return parsed
        code = parsed["Error"]["Code"]
        error_shape = metering_model().shape_for_error_code(code)
        if error_shape is not None:  # boto3 adds the members of an error that its model knows
            parsed |= self._parser.parse(response, error_shape)
        raise self.exceptions.from_code(code)(parsed, model.name)
