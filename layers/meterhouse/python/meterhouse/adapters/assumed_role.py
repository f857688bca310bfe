"""A role in the account that publishes the product, in which AWS Marketplace is called.

BatchMeterUsage, ResolveCustomer and the Agreement API answer to the publishing account alone:
https://docs.aws.amazon.com/marketplace/latest/userguide/saas-product-customer-setup.html
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from meterhouse.adapters.marketplace_failures import (
    BROKEN_ANSWERS,
    THROTTLING_CODES,
    code_of,
    is_server_error,
)
from meterhouse.errors import MarketplaceOutageError, MarketplaceRoleRefusedError
from meterhouse.ports.process import Report

# Asked once in three quarters of an hour, in front of a call for which somebody waits. What comes
# of it has no effect, so that it may be tried again.
ROLE_CONFIG = Config(
    connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}
)
# A wave of calls asks one after another: what failed a moment ago is not asked again for each.
FAILED_SECONDS = 5.0


class AssumedRole:
    """Asks AWS STS for credentials of a role, as botocore's refreshable credentials want them.

    They last an hour, the longest that AWS allows who assumes a role in a role:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html
    """

    def __init__(
        self,
        client: object,
        request: dict[str, str],
        report: Report,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._client: Any = client  # we keep no stubs of STS for one operation
        self._request = request
        self._report = report
        self._now = now
        self._failed_until = float("-inf")
        self._failure: MarketplaceOutageError | MarketplaceRoleRefusedError | None = None

    def __call__(self) -> dict[str, str]:
        """Return new credentials.

        Raises MarketplaceRoleRefusedError where only people can mend it, MarketplaceOutageError
        where it passes by itself. In either case AWS Marketplace was not called.
        """
        if self._failure is not None and self._now() < self._failed_until:
            raise type(self._failure)(str(self._failure))
        try:
            told = self._client.assume_role(**self._request)["Credentials"]
            return {
                "access_key": told["AccessKeyId"],
                "secret_key": told["SecretAccessKey"],
                "token": told["SessionToken"],
                "expiry_time": told["Expiration"].isoformat(),
            }
        except (ClientError, KeyError, *BROKEN_ANSWERS) as error:
            self._failure = self._failure_of(error)
            self._failed_until = self._now() + FAILED_SECONDS
            raise self._failure from None

    def _failure_of(self, error: Exception) -> MarketplaceOutageError | MarketplaceRoleRefusedError:
        if not _is_for_people(error):
            return MarketplaceOutageError(f"AssumeRole: {_code(error)}")
        refused = MarketplaceRoleRefusedError(
            f"AWS does not let this function assume the role {self._request['RoleArn']} of the "
            f"account that publishes the product ({_code(error)}): see that the role exists, that "
            "its trust policy names this account and the external id of the parameter "
            "MarketplaceRoleExternalId, and that no policy of an organisation denies sts:AssumeRole"
        )
        self._report.count("MarketplaceRoleRefused")
        self._report.failure("marketplace_role_refused", cause=str(refused), answer=str(error))
        return refused


def role_request(role_arn: str, external_id: str, session_name: str) -> dict[str, str]:
    """Return what STS is asked; the session's name stands in the other account's CloudTrail."""
    return {"RoleArn": role_arn, "ExternalId": external_id, "RoleSessionName": session_name}


def _is_for_people(error: Exception) -> bool:
    """Tell whether AWS refuses the request for what it is, rather than for the moment."""
    if isinstance(error, ClientError):
        return not is_server_error(error) and code_of(error) not in THROTTLING_CODES
    return isinstance(error, ParamValidationError)


def _code(error: Exception) -> str:
    return code_of(error) if isinstance(error, ClientError) else type(error).__name__
