"""The registration page as HTTP: forms in, pages and redirects out.

AWS Marketplace sends the buyer's browser here with a form POST that carries
`x-amzn-marketplace-token`: https://docs.aws.amazon.com/marketplace/latest/userguide/saas-product-customer-setup.html
"""

from base64 import b64decode
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from meterhouse.errors import (
    ContactInvalidError,
    FirewallBypassedError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
    MeterhouseError,
    ReferenceInvalidError,
    StorageUnavailableError,
    TokenExpiredError,
    TokenInvalidError,
    TokenMissingError,
    UnforeseenError,
)
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from meterhouse.web.registration_pages import HEADERS, Pages, signup_location

if TYPE_CHECKING:
    from meterhouse.ports.process import Report

TOKEN_FIELD = "x-amzn-marketplace-token"  # noqa: S105 - the name of a field
OFFER_FIELD = "x-amzn-marketplace-offer-type"
FREE_TRIAL = "free-trial"
FORM = "application/x-www-form-urlencoded"
REFERENCE_FIELD = "registration"
# AWS sends a handful of fields, and our own form four.
FIELDS_MAX = 50

_STATUS_CODES: dict[type[MeterhouseError], int] = {
    FirewallBypassedError: 403,
    TokenMissingError: 400,
    TokenInvalidError: 403,
    TokenExpiredError: 410,
    ReferenceInvalidError: 409,
    MarketplaceThrottledError: 503,
    MarketplaceOutageError: 502,
    MarketplaceRefusedError: 500,
    StorageUnavailableError: 503,
    ContactInvalidError: 422,
    # Whatever else it is, it is our trouble.
    MeterhouseError: 500,
}
_RETRY_AFTER_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An HTTP response."""

    status_code: int
    body: str
    headers: dict[str, str] = field(default_factory=lambda: dict(HEADERS))


@dataclass(frozen=True, slots=True)
class RegistrationWeb:
    """Answers requests to `/register`; with a `signup_url`, buyers continue at the seller's own."""

    register: RegisterCustomer
    pages: Pages
    report: "Report"
    signup_url: str

    def turn_away(self) -> WebAnswer:
        """Answer a request that passed the firewall by: AWS is not asked, and nothing is stored."""
        return self._explain(FirewallBypassedError("not by the firewall"))

    def show(self) -> WebAnswer:
        """Answer a GET: somebody opened the address without coming from AWS Marketplace."""
        return WebAnswer(200, self.pages.explanation())

    def submit(self, body: str, content_type: str | None = None, *, is_base64: bool) -> WebAnswer:
        """Answer a POST: AWS Marketplace's, or our own form's.

        API Gateway delivers the body as text, or in base64.
        """
        try:
            _refuse_other_types(content_type)
            form = _read_form(body, is_base64=is_base64)
            if REFERENCE_FIELD in form:
                return self._confirm(form)
            return self._resolve(form)
        except MeterhouseError as error:
            return self._explain(error)
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            # Only the type is said aloud: the text of an unforeseen error may quote the token.
            return self._explain(UnforeseenError(type(error).__name__))

    def _resolve(self, form: dict[str, str]) -> WebAnswer:
        trial = form.get(OFFER_FIELD) == FREE_TRIAL
        registered = self.register.resolve(form.get(TOKEN_FIELD, ""), trial=trial)
        if not self.signup_url:
            page = self.pages.contact_form(
                registered.reference, fields=asdict(registered.contact), registered=registered
            )
            return WebAnswer(200, page)
        location = signup_location(self.signup_url, registered.reference)
        return WebAnswer(303, "", {**HEADERS, "Location": location})

    def _confirm(self, form: dict[str, str]) -> WebAnswer:
        reference = form[REFERENCE_FIELD]
        try:
            confirmed = self.register.confirm(
                reference,
                email=form.get("email", ""),
                company=form.get("company", ""),
                name=form.get("name", ""),
            )
        except ContactInvalidError as error:
            return WebAnswer(422, self.pages.contact_form(reference, fields=form, problem=error))
        page = self.pages.confirmation(email=confirmed.email, phase=confirmed.phase)
        return WebAnswer(200, page)

    def _explain(self, error: MeterhouseError) -> WebAnswer:
        """Tell the buyer what to do, and the log what happened; neither learns the token."""
        status_code = next(code for kind, code in _STATUS_CODES.items() if isinstance(error, kind))
        if not isinstance(error, TokenMissingError):
            # Who brings no token did not come from AWS Marketplace.
            self.report.count("RegistrationsFailed")
        self.report.failure(
            "registration_failed", error=type(error).__name__, cause=str(error), status=status_code
        )
        headers = dict(HEADERS)
        if error.retryable:
            headers["Retry-After"] = _RETRY_AFTER_SECONDS
        return WebAnswer(status_code, self.pages.problem(error), headers)


def _refuse_other_types(content_type: str | None) -> None:
    if content_type and content_type.partition(";")[0].strip().lower() != FORM:
        raise TokenMissingError("the body is not a form")


def _read_form(body: str, *, is_base64: bool) -> dict[str, str]:
    """Read form fields, decoded exactly once; of a repeated field the first counts."""
    try:
        form_text = b64decode(body, validate=True).decode() if is_base64 else body
        fields = parse_qs(form_text, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise TokenMissingError("the body is not a form") from None
    return {name: values[0] for name, values in fields.items()}
