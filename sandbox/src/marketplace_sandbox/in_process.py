"""A marketplace inside the test's own process that is used like boto3's client.

marketplace = InProcessMarketplace(clock=lambda: now)
product = marketplace.create_product(title="Atlas", dimensions=("api_calls",))
agreement = marketplace.create_agreement(product.product_code)
marketplace.batch_meter_usage(UsageRecords=[…])
"""

import hashlib
import itertools
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Unpack

from botocore.model import ServiceModel

from marketplace_sandbox.aws_models import service_model
from marketplace_sandbox.core.answer_request import AwsAnswer
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.callers import REGION_DEFAULT, Caller, Resource
from marketplace_sandbox.core.model.calls import CallEntry, CallFilter
from marketplace_sandbox.core.model.catalogue import Dimension, MeteringMode, NewProduct, Product
from marketplace_sandbox.core.model.faults import Fault, FaultKind, MatcherFields, NewFault
from marketplace_sandbox.core.model.operation import METERING, Operation
from marketplace_sandbox.core.model.readings import Readings
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.model.tokens import RegistrationToken
from marketplace_sandbox.core.protocol.signatures import Signature, identify_caller
from marketplace_sandbox.hosted import Clock, Entropy, HostedMarketplace, machine_clock
from marketplace_sandbox.wire.botocore_client import ClientFactory
from marketplace_sandbox.wire.in_process_faults import Sleep, deliver
from marketplace_sandbox.wire.operations_as_methods import AwsOperations


def metering_model() -> ServiceModel:
    """Load boto3's own model of AWS Marketplace Metering."""
    return service_model(METERING)


def counted_entropy(seed: str) -> Entropy:
    """Return entropy that is the same in every run: ids in a failing test can be compared."""
    numbers = itertools.count()
    return lambda: hashlib.sha256(f"{seed}/{next(numbers)}".encode()).digest()


class FaultDetails(MatcherFields, total=False):
    """What else a fault can be told to match or to do; see FaultTerms."""

    probability: Decimal | None
    delay_seconds: Decimal | None


class InProcessMarketplace(HostedMarketplace, AwsOperations):
    """boto3's clients of all services and the marketplace behind them, without a socket.

    Requests and answers pass through botocore's own validator, serializer and parser, so a wrong
    parameter type raises ParamValidationError and a refusal ClientError exactly as with boto3.
    Unlike boto3's client it never retries: what AWS answers is what the caller sees. A slow answer
    makes the caller wait by `sleep`, as long as it says; no timeout of boto3's ends that.
    """

    def __init__(
        self,
        *,
        clock: Clock = machine_clock,
        seed: str = "meterhouse",
        metering_calls_per_second: int | None = None,
        readings: Readings | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        super().__init__(
            clock=clock,
            entropy=counted_entropy(seed),
            metering_calls_per_second=metering_calls_per_second,
            readings=readings,
        )
        self._sleep = sleep
        AwsOperations.__init__(self, ClientFactory(self._reach, REGION_DEFAULT, self._make_token))

    def as_caller(
        self,
        *,
        resource: Resource | None = None,
        account_id: str | None = None,
        region: str | None = None,
    ) -> AwsOperations:
        """Call the same marketplace as somebody else, or as the seller in another region.

        A resource calls with its own keys, from its own region unless one is given; an account id
        calls as that account, whether or not it ever bought anything.
        """
        assert resource is None or account_id is None, "a caller is one of them"
        home = REGION_DEFAULT if resource is None else resource.region
        chosen = region or home

        def answer(target: str, body: bytes) -> AwsAnswer:
            return self._reach(target, body, caller=self._caller(resource, account_id, chosen))

        return AwsOperations(ClientFactory(answer, chosen, self._make_token))

    def _reach(self, target: str, body: bytes, *, caller: Caller | None = None) -> AwsAnswer:
        return deliver(self.answer(target, body, caller=caller), sleep=self._sleep)

    def _caller(self, resource: Resource | None, account_id: str | None, region: str) -> Caller:
        with self.step() as step:
            if resource is None:
                return Caller(account_id or step.state.seller_account_id, region)
            signature = Signature(resource.access_key_id, region, METERING)
            return identify_caller(step.state, signature)

    def _make_token(self) -> str:
        with self.step() as step:
            return str(uuid.UUID(bytes=step.entropy()[:16], version=4))

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
        return self.desks.catalogue.list_product(
            NewProduct(title, MeteringMode(mode), listed, code)
        )

    def create_agreement(
        self,
        product_code: str,
        *,
        customer_aws_account_id: str | None = None,
        starts_at: datetime | None = None,
    ) -> Agreement:
        """Let a buyer accept an offer; by default it started a week ago."""
        return self.desks.agreements.subscribe(
            NewAgreement(product_code, customer_aws_account_id, starts_at)
        )

    def end_agreement(self, agreement_id: str, *, ends_at: datetime | None = None) -> Agreement:
        """End an agreement, now unless a time is given; its last hour of metering begins."""
        return self.desks.agreements.end(agreement_id, ends_at=ends_at)

    def mint_token(
        self, agreement_id: str, *, lifetime: timedelta | None = None
    ) -> RegistrationToken:
        """Mint a registration token for an agreement's buyer; `token_lifetime` is the default."""
        return self.desks.agreements.issue_token(agreement_id, lifetime=lifetime)

    def inject_fault(
        self,
        kind: FaultKind | str,
        *,
        operation: Operation | str | None = Operation.BATCH_METER_USAGE,
        count: int | None = 1,
        **details: Unpack[FaultDetails],
    ) -> Fault:
        """Let something go wrong `count` times; the details are FaultTerms', with its defaults."""
        named = None if operation is None else Operation(operation)
        return self.desks.faults.script(NewFault(named, FaultKind(kind), count, **details))

    def clear_faults(self) -> None:
        """Forget all scripted faults."""
        self.desks.faults.clear()

    def faults(self) -> tuple[Fault, ...]:
        """List the scripted faults that are not used up."""
        return self.desks.faults.faults()

    def bill(self) -> tuple[BilledRecord, ...]:
        """List what AWS would bill, in the order of arrival."""
        return self.desks.bill.bill()

    def refusals(self) -> tuple[Refusal, ...]:
        """List what AWS refused by its rules, oldest first."""
        return self.desks.calls.refusals()

    def calls(self, chosen: CallFilter | None = None) -> tuple[CallEntry, ...]:
        """List the calls of the API, oldest first; all of them, or those that a filter chooses."""
        return self.desks.calls.calls(chosen)
