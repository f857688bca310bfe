"""ResolveCustomer."""

from collections.abc import Iterator
from dataclasses import replace

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.faults import Subject
from marketplace_sandbox.core.model.readings import FirstResolve
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.model.tokens import note_use, redeem_token
from marketplace_sandbox.core.operations.access import (
    check_region,
)
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.fields import read_text, require
from marketplace_sandbox.core.protocol.peeking import peek_text


def resolve_customer(state: MarketplaceState, call: Call) -> Document:
    """Redeem a registration token, and return who the buyer is; raise ServiceError.

    A buyer may land before the agreement begins (`token.before-start`). As `first_resolve` is read,
    the first answer about an agreement lacks its license, and the buyer's identifier stays what it
    is; that its id is there all the same is INF.
    """
    text = require(read_text(call.document, "RegistrationToken"), "RegistrationToken")
    token = redeem_token(state.tokens, text, now=call.at, uses=state.readings.token_uses)
    agreement = state.agreements.by_id[token.agreement_id]
    check_region(state.products[agreement.product_code], call.caller.region)
    note_use(state.tokens, token, now=call.at)
    result = resolve_result(agreement)
    if agreement.resolved_at is None:
        state.agreements.put(replace(agreement, resolved_at=call.at))
        if state.readings.first_resolve is FirstResolve.WITHOUT_LICENSE:
            result.pop("LicenseArn", None)
    return result


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


def _subjects(state: MarketplaceState, call: Call) -> Iterator[Subject]:
    text = peek_text(call.document, "RegistrationToken")
    token = None if text is None else state.tokens.get(text)
    sold = None if token is None else state.agreements.by_id.get(token.agreement_id)
    yield (
        Subject()
        if sold is None
        else Subject(
            product_code=sold.product_code,
            license_arn=sold.license_arn,
            customer_aws_account_id=sold.customer_aws_account_id,
            customer_identifier=sold.customer_identifier,
        )
    )


PERFORMER = Performer(answering(resolve_customer), _subjects)
