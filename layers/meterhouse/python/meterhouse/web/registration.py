"""The registration page as HTTP: forms in, pages and redirects out.

AWS Marketplace sends the buyer's browser here with a form POST that carries
`x-amzn-marketplace-token`: https://docs.aws.amazon.com/marketplace/latest/userguide/saas-product-customer-setup.html
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from meterhouse.domain.subscriptions.state import Phase
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
from meterhouse.use_cases.subscriptions.register_customer import (
    REFERENCE_LIFETIME,
    RegisterCustomer,
)
from meterhouse.web.brand import HEADERS
from meterhouse.web.registration_pages import (
    LOOK_AGAIN_SECONDS,
    STATUS_QUERY,
    STILL_QUERY,
    Pages,
    signup_location,
)

if TYPE_CHECKING:
    from meterhouse.ports.process import Report

TOKEN_FIELD = "x-amzn-marketplace-token"  # noqa: S105 - the name of a field
OFFER_FIELD = "x-amzn-marketplace-offer-type"
FREE_TRIAL = "free-trial"
FORM = "application/x-www-form-urlencoded"
REFERENCE_FIELD = "registration"
# By it a page that looks again knows who asks: it is in no address, no log, and no script's reach.
# What its prefix asks of it is in https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-__host-prefix
COOKIE = "__Host-registration"
_COOKIE_RULES = "Path=/; Secure; HttpOnly; SameSite=Strict"
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
    """Answers requests to `/register`; with a `signup_url`, buyers continue at the seller's own.

    `send_letter` takes a reference, an address and a phase, where registrations are confirmed.
    """

    register: RegisterCustomer
    pages: Pages
    report: "Report"
    signup_url: str
    send_letter: Callable[[str, str, Phase], None] | None = None

    def turn_away(self) -> WebAnswer:
        """Answer a request that passed the firewall by: AWS is not asked, and nothing is stored."""
        return self._explain(FirewallBypassedError("not by the firewall"))

    def show(self, query: str = "", cookies: Iterable[str] = ()) -> WebAnswer:
        """Answer a GET: a page that looks again how a registration stands, or a visitor.

        Who comes without a registration's cookie, or too late, is told what this address is.
        """
        if query not in {STATUS_QUERY, STILL_QUERY}:
            return self._page(200, self.pages.explanation())
        return self._guarded(lambda: self._look_again(query, _read_cookie(cookies)))

    def submit(self, body: str, content_type: str | None = None, *, is_base64: bool) -> WebAnswer:
        """Answer a POST: AWS Marketplace's, or our own form's.

        API Gateway delivers the body as text, or in base64.
        """

        def answer() -> WebAnswer:
            _refuse_other_types(content_type)
            form = _read_form(body, is_base64=is_base64)
            return self._confirm(form) if REFERENCE_FIELD in form else self._resolve(form)

        return self._guarded(answer)

    def _guarded(self, answer: Callable[[], WebAnswer]) -> WebAnswer:
        """Answer with a page of ours whatever fails."""
        try:
            return answer()
        except MeterhouseError as error:
            return self._explain(error)
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            # Only the type is said aloud: the text of an unforeseen error may quote the token.
            return self._explain(UnforeseenError(type(error).__name__))

    def _look_again(self, query: str, reference: str) -> WebAnswer:
        try:
            phase = self.register.look_again(reference)
        except ReferenceInvalidError:
            return self._page(200, self.pages.explanation())
        return self._status(phase, is_looking=query == STATUS_QUERY)

    def _resolve(self, form: dict[str, str]) -> WebAnswer:
        trial = form.get(OFFER_FIELD) == FREE_TRIAL
        registered = self.register.resolve(form.get(TOKEN_FIELD, ""), trial=trial)
        if self.signup_url:
            location = signup_location(self.signup_url, registered.reference)
            return WebAnswer(303, "", {**HEADERS, "Location": location})
        if not self.pages.has_form:
            return self._status(registered.phase, reference=registered.reference)
        page = self.pages.contact_form(
            registered.reference, fields=asdict(registered.contact), registered=registered
        )
        return self._page(200, page)

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
            return self._page(422, self.pages.contact_form(reference, fields=form, problem=error))
        if self.send_letter is not None:
            self.send_letter(reference, confirmed.email, confirmed.phase)
        return self._status(confirmed.phase, email=confirmed.email, reference=reference)

    def _status(
        self, phase: Phase, *, email: str = "", reference: str = "", is_looking: bool = True
    ) -> WebAnswer:
        """Say how a registration stands, and while AWS confirms it let the browser look again.

        It does so as long as the reference lives; a page without script can be told to stop.
        """
        page = self.pages.confirmation(email=email, phase=phase, is_looking=is_looking)
        headers: dict[str, str] = {}
        if phase is Phase.PENDING and is_looking:
            headers["Refresh"] = f"{LOOK_AGAIN_SECONDS}; url=?{STATUS_QUERY}"
        if phase is Phase.PENDING and reference:
            seconds = int(REFERENCE_LIFETIME.total_seconds())
            headers["Set-Cookie"] = f"{COOKIE}={reference}; Max-Age={seconds}; {_COOKIE_RULES}"
        return self._page(200, page, headers)

    def _page(
        self, status_code: int, page: str, headers: Mapping[str, str] | None = None
    ) -> WebAnswer:
        return WebAnswer(status_code, page, {**self.pages.brand.headers, **(headers or {})})

    def _explain(self, error: MeterhouseError) -> WebAnswer:
        """Tell the buyer what to do, and the log what happened; neither learns the token."""
        status_code = next(code for kind, code in _STATUS_CODES.items() if isinstance(error, kind))
        if not isinstance(error, TokenMissingError):
            # Who brings no token did not come from AWS Marketplace.
            self.report.count("RegistrationsFailed")
        self.report.failure(
            "registration_failed", error=type(error).__name__, cause=str(error), status=status_code
        )
        headers = {"Retry-After": _RETRY_AFTER_SECONDS} if error.retryable else {}
        return self._page(status_code, self.pages.problem(error), headers)


def _read_cookie(cookies: Iterable[str]) -> str:
    """Return the reference among cookies, each `name=value`; empty if there is none."""
    pairs = (one.partition("=") for one in cookies)
    return next((value for name, _, value in pairs if name == COOKIE), "")


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
