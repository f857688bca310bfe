"""AWS Marketplace Metering through the SDK: what a registration token stands for."""

from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from meterhouse.adapters.marketplace_failures import BROKEN_ANSWERS, code_of, error_of
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import MarketplaceOutageError, TokenExpiredError, TokenInvalidError

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

# The SDK would repeat what AWS refuses for being too much, too: forged tokens would count double.
RESOLVE_CONFIG = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 1}
)

_OF_TOKENS = {
    "InvalidTokenException": TokenInvalidError,
    "ExpiredTokenException": TokenExpiredError,
}


class ResolvingApi:
    """Implements `ports.registrations.Marketplace` with the SDK."""

    def __init__(self, client: "MarketplaceMeteringClient") -> None:
        self._client = client

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        """Resolve a registration token; see the port.

        Resolving changes nothing, so after an outage AWS is asked once more while the buyer waits.
        A token that it does not know, or a call that is one too many, is no outage: one call.
        """
        try:
            return self._resolve(token)
        except MarketplaceOutageError:
            return self._resolve(token)

    def _resolve(self, token: str) -> ResolvedCustomer:
        try:
            answer = self._client.resolve_customer(RegistrationToken=token)
        except ParamValidationError:
            # Its message quotes the token, which must not reach a log.
            raise TokenInvalidError("the token has a form that the SDK refuses") from None
        except ClientError as error:
            code = code_of(error)
            raise (_OF_TOKENS[code](code) if code in _OF_TOKENS else error_of(error)) from None
        except BROKEN_ANSWERS as error:
            raise MarketplaceOutageError(type(error).__name__) from None
        return ResolvedCustomer(
            product_code=answer.get("ProductCode", ""),
            customer_aws_account_id=answer.get("CustomerAWSAccountId") or None,
            customer_identifier=answer.get("CustomerIdentifier") or None,
            license_arn=answer.get("LicenseArn") or None,
            agreement_id=answer.get("Metadata", {}).get("AgreementId") or None,
        )
