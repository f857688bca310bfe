"""ResolveCustomer."""

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.model.tokens import note_use, redeem_token
from marketplace_sandbox.core.operations.access import (
    check_region,
)
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.fields import read_text, require


def resolve_customer(state: MarketplaceState, call: Call) -> Document:
    """Redeem a registration token, and return who the buyer is; raise ServiceError.

    A buyer may land before the agreement begins (`token.before-start`).
    """
    text = require(read_text(call.document, "RegistrationToken"), "RegistrationToken")
    token = redeem_token(state.tokens, text, now=call.at, uses=state.readings.token_uses)
    agreement = state.agreements.by_id[token.agreement_id]
    check_region(state.products[agreement.product_code], call.caller.region)
    note_use(state.tokens, token, now=call.at)
    return resolve_result(agreement)


def resolve_result(agreement: Agreement) -> dict[str, object]:
    """Write ResolveCustomer's result: who the buyer is, in the product's mode.

    A license-mode buyer has no CustomerIdentifier (`resolve.license`): a seller must not index it.
    A legacy buyer has no license (`resolve.legacy`), the buyer of a migrating listing has both.
    """
    result: dict[str, object] = {
        "ProductCode": agreement.product_code,
        "CustomerAWSAccountId": agreement.customer_aws_account_id,
    }
    if agreement.customer_identifier is not None:
        result["CustomerIdentifier"] = agreement.customer_identifier
    if agreement.license_arn is None:
        return result
    return result | {
        "LicenseArn": agreement.license_arn,
        "Metadata": {"AgreementId": agreement.agreement_id},
    }
