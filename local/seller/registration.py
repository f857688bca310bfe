"""A buyer's browser: AWS posts a token to the seller's page, and the buyer follows what it says."""

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

TOKEN_FIELD = "x-amzn-marketplace-token"  # noqa: S105 - the name of AWS's form field
_TIMEOUT_SECONDS = 60


class RegistrationFailedError(Exception):
    """The seller's page did not take the buyer in."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What a buyer types into the seller's page."""

    email: str
    company: str
    name: str


@dataclass(frozen=True, slots=True)
class _Form:
    action: str
    fields: dict[str, str]


class _FormFinder(HTMLParser):
    """Collects the first form of a page: where it posts to, and its named fields."""

    def __init__(self) -> None:
        super().__init__()
        self.form: _Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See one tag of the page."""
        attributes = dict(attrs)
        if tag == "form" and self.form is None:
            self.form = _Form(attributes.get("action") or "", {})
        elif tag in {"input", "textarea"} and self.form is not None:
            name = attributes.get("name")
            if name:
                self.form.fields[name] = attributes.get("value") or ""


def post_token(register_url: str, token: str) -> httpx.Response:
    """Post a token as AWS Marketplace makes the buyer's browser post it; follow no redirect."""
    return httpx.post(
        register_url, data={TOKEN_FIELD: token}, timeout=_TIMEOUT_SECONDS, trust_env=False
    )


def register_buyer(register_url: str, token: str, contact: Contact) -> str:
    """Register a buyer like a browser would and say how it ended, in a few words.

    A redirect is the seller's own sign-up and ends here; a page with a form is filled in and sent.
    """
    landing = post_token(register_url, token)
    if landing.status_code == httpx.codes.SEE_OTHER:
        return "sent on to the seller's sign-up page"
    if not landing.is_success:
        raise RegistrationFailedError(f"the landing page answered {landing.status_code}")
    finder = _FormFinder()
    finder.feed(landing.text)
    if finder.form is None:
        raise RegistrationFailedError("the landing page has no form to fill in")
    answers = finder.form.fields | {
        name: value
        for name, value in (
            ("email", contact.email),
            ("company", contact.company),
            ("name", contact.name),
        )
        if name in finder.form.fields
    }
    confirmation = httpx.post(
        urljoin(register_url, finder.form.action or register_url),
        data=answers,
        timeout=_TIMEOUT_SECONDS,
        trust_env=False,
    )
    if not confirmation.is_success:
        raise RegistrationFailedError(f"the contact form answered {confirmation.status_code}")
    return "registered on the seller's page"
