"""The cross-site form POST with which AWS sends a buyer's browser to the seller (`page.post`)."""

from dataclasses import dataclass

import httpx

from marketplace_sandbox.cli.commands import fail
from marketplace_sandbox.client import SandboxClient
from marketplace_sandbox.core.model.tokens import posted_fields

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Landing:
    """What the seller's page answered.

    Attributes:
        location: where the browser goes next; None if it stays.

    """

    page: str
    status: int
    location: str | None


def land(api: SandboxClient, agreement_id: str, *, page: str | None) -> Landing:
    """Mint a token and post it to the product's registration page, following no redirect.

    Ends the command if there is no page or it does not answer.
    """
    agreement = api.show_agreement(agreement_id)
    product = api.show_product(agreement["product_code"])
    url = page or product["registration_url"]
    if url is None:
        fail(f"the product {product['product_code']} has no registration URL; say --page URL")
    form = posted_fields(
        api.issue_token(agreement_id)["token"],
        agreement_id=agreement_id,
        product_id=product["product_id"],
        is_free_trial=agreement["is_free_trial"],
    )
    try:
        answer = httpx.post(
            url, data=form, timeout=_TIMEOUT_SECONDS, trust_env=False, follow_redirects=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"the registration page {url} does not answer: {error}")
    return Landing(url, answer.status_code, answer.headers.get("location"))
