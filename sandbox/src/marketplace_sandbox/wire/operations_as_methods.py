"""The operations as boto3's clients name them, on one object."""

from functools import cached_property
from typing import Any

from marketplace_sandbox.core.model.operation import AGREEMENT, ENTITLEMENT, METERING
from marketplace_sandbox.wire.botocore_client import ClientFactory, InProcessClient


class AwsOperations:
    """What a seller's or a buyer's program calls, with boto3's parameters, answers and errors."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients

    def client(self, service: str) -> InProcessClient:
        """Return a client as boto3 would.

        There is one of `meteringmarketplace`, `marketplace-entitlement`, `marketplace-agreement`.
        """
        return self._clients.make(service)

    @cached_property
    def _metering(self) -> InProcessClient:
        return self._clients.make(METERING)

    @cached_property
    def _entitlement(self) -> InProcessClient:
        return self._clients.make(ENTITLEMENT)

    @cached_property
    def _agreement(self) -> InProcessClient:
        return self._clients.make(AGREEMENT)

    @property
    def exceptions(self) -> Any:  # noqa: ANN401 - botocore builds its classes at run time
        """Return the errors of AWS Marketplace Metering as classes."""
        return self._metering.exceptions

    def resolve_customer(self, **parameters: object) -> dict[str, Any]:
        """Resolve a registration token, as boto3's client does."""
        return self._metering.call("ResolveCustomer", parameters)

    def batch_meter_usage(self, **parameters: object) -> dict[str, Any]:
        """Meter usage records, as boto3's client does."""
        return self._metering.call("BatchMeterUsage", parameters)

    def meter_usage(self, **parameters: object) -> dict[str, Any]:
        """Meter usage from inside a buyer's account, as boto3's client does."""
        return self._metering.call("MeterUsage", parameters)

    def register_usage(self, **parameters: object) -> dict[str, Any]:
        """Register a running container, as boto3's client does."""
        return self._metering.call("RegisterUsage", parameters)

    def get_entitlements(self, **parameters: object) -> dict[str, Any]:
        """Read a page of entitlements, as boto3's client of the entitlement service does."""
        return self._entitlement.call("GetEntitlements", parameters)

    def search_agreements(self, **parameters: object) -> dict[str, Any]:
        """Search through a party's agreements, as boto3's client of the Agreement API does."""
        return self._agreement.call("SearchAgreements", parameters)

    def describe_agreement(self, **parameters: object) -> dict[str, Any]:
        """Describe an agreement, as boto3's client of the Agreement API does."""
        return self._agreement.call("DescribeAgreement", parameters)

    def get_agreement_entitlements(self, **parameters: object) -> dict[str, Any]:
        """Read what an agreement provisions, as boto3's client of the Agreement API does."""
        return self._agreement.call("GetAgreementEntitlements", parameters)

    def get_agreement_terms(self, **parameters: object) -> dict[str, Any]:
        """Read what a buyer accepted, as boto3's client of the Agreement API does."""
        return self._agreement.call("GetAgreementTerms", parameters)

    def get_agreement_contacts(self, **parameters: object) -> dict[str, Any]:
        """Read whom a buyer named, as boto3's client of the Agreement API does."""
        return self._agreement.call("GetAgreementContacts", parameters)
