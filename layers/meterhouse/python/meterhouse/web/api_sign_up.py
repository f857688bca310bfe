"""The route by which the seller's sign-up page learns whom AWS Marketplace sent."""

from dataclasses import dataclass

from meterhouse.domain.subscriptions.announcing import content
from meterhouse.errors import ApiRefusedError
from meterhouse.use_cases.subscriptions.redeem_registration import RedeemRegistration
from meterhouse.web.seller_api import ApiAnswer, ApiRequest, check_query, read_object

_CLIENT_TOKEN_LENGTH_MAX = 128


@dataclass(frozen=True, slots=True)
class SignUpRoutes:
    """Answers whom a reference stands for."""

    redeem_registration: RedeemRegistration

    def redeem(self, request: ApiRequest) -> ApiAnswer:
        """Serve `POST /registrations/redeem`."""
        check_query(request)
        said = read_object(request, "reference", "client_token")
        # Without a token of the caller's own no second request is the same.
        reference = said.get("reference")
        client_token = said.get("client_token", f"request {request.request_id}")
        if not isinstance(reference, str):
            raise ApiRefusedError(
                422,
                "reference_missing",
                "Send reference: what the browser brought as registration.",
            )
        if not isinstance(client_token, str) or not (
            0 < len(client_token) <= _CLIENT_TOKEN_LENGTH_MAX and client_token.isascii()
        ):
            raise ApiRefusedError(
                422, "client_token_invalid", "client_token has 1 to 128 ASCII characters."
            )
        redeemed = self.redeem_registration(reference, client_token)
        told = content(redeemed.state)
        return ApiAnswer({"subscription": told, "is_returning": redeemed.is_returning})
