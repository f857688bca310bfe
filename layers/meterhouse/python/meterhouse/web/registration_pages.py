"""The pages that a buyer sees: plain HTML, escaped, without any script."""

from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import ContactInvalidError, MeterhouseError

if TYPE_CHECKING:
    from meterhouse.use_cases.subscriptions.register_customer import Registered

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # Nothing is loaded, framed or sent elsewhere; the reference never leaves in a Referer header.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title - $seller</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; color: #1b2733; background: #f2f4f7; margin: 0; }
  main { max-width: 32rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: .5rem;
         box-shadow: 0 1px 4px rgb(0 0 0 / 15%); }
  h1 { font-size: 1.4rem; margin-top: 0; }
  label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
  input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit;
          border: 1px solid #8795a5; border-radius: .25rem; }
  button { margin-top: 1.5rem; padding: .7rem 1.4rem; font: inherit; font-weight: 600; border: 0;
           border-radius: .25rem; background: #14558f; color: #fff; cursor: pointer; }
  .problem { padding: .75rem 1rem; background: #fdecea; border-left: 4px solid #b3261e; }
  footer { margin-top: 2rem; font-size: .9rem; color: #52606d; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$content
<footer>Need help? Contact $seller: $support</footer>
</main>
</body>
</html>
""")

_FORM = Template("""$problem<p>$greeting</p>
<p>$phase Tell us how we can reach you, and we will send you the next steps.$filled</p>
<form method="post" action="">
<input type="hidden" name="registration" value="$reference">
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" required maxlength="200" autocomplete="email"
 value="$email">
<label for="company">Company (optional)</label>
<input id="company" name="company" maxlength="200" autocomplete="organization" value="$company">
<label for="name">Your name (optional)</label>
<input id="name" name="name" maxlength="200" autocomplete="name" value="$name">
<button type="submit">Complete registration</button>
</form>
<p>We never ask for payment data: AWS bills your usage.</p>""")

_WELCOME = "AWS Marketplace has told us about your subscription."
_WELCOME_BACK = "Welcome back: you have registered this subscription before."
_WELCOME_AGAIN = (
    "Welcome back: this is another subscription of an AWS account that has registered before."
)
_FILLED = " What AWS Marketplace knows of you is filled in already: change what is not right."
_PHASE_SENTENCES = {
    Phase.SCHEDULED: "Your subscription is agreed upon and begins later.",
    Phase.PENDING: (
        "AWS Marketplace has not confirmed your subscription yet. That takes a few minutes as a "
        "rule; you need do nothing."
    ),
    Phase.ACTIVE: "Your subscription is active.",
    Phase.ENDING: "Your subscription has ended. AWS bills what was used until then.",
    Phase.ENDED: "Your subscription has ended. To go on, subscribe again in AWS Marketplace.",
    Phase.SUPERSEDED: (
        "Your subscription was renewed. Choose “Set up your account” at the new one in AWS "
        "Marketplace as well."
    ),
}


class Pages:
    """Renders pages for one seller."""

    def __init__(self, *, seller_name: str, support_contact: str) -> None:
        self._seller_name = seller_name
        self._support_contact = support_contact

    def contact_form(
        self,
        reference: str,
        *,
        fields: dict[str, str],
        problem: ContactInvalidError | None = None,
        registered: "Registered | None" = None,
    ) -> str:
        """Return the form that asks for contact details, filled in with `fields`."""
        sentence = f'<p class="problem">{escape(problem.public_message)}</p>\n' if problem else ""
        content = _FORM.substitute(
            problem=sentence,
            greeting=_greeting(registered),
            phase="" if registered is None else escape(_PHASE_SENTENCES[registered.phase]),
            filled=_FILLED if registered is not None and any(fields.values()) else "",
            reference=escape(reference),
            email=escape(fields.get("email", "")),
            company=escape(fields.get("company", "")),
            name=escape(fields.get("name", "")),
        )
        return self._render("Complete your registration", content)

    def confirmation(self, *, email: str, phase: Phase) -> str:
        """Return the page that ends a registration."""
        content = (
            f"<p>Thank you. {escape(_PHASE_SENTENCES[phase])}</p>\n"
            f"<p>We will write to <strong>{escape(email)}</strong> with the next steps. "
            "You can close this page.</p>"
        )
        return self._render("You are registered", content)

    def explanation(self) -> str:
        """Return the page for a visitor who does not come from AWS Marketplace."""
        content = (
            "<p>This address completes the registration of subscriptions bought on AWS "
            "Marketplace.</p>\n<p>To register, open your subscription in AWS Marketplace and "
            "choose “Set up your account”.</p>"
        )
        return self._render("Registration", content)

    def problem(self, error: MeterhouseError) -> str:
        """Return the page for an error: what the buyer can do, and nothing about its causes."""
        content = f'<p class="problem">{escape(error.public_message)}</p>'
        return self._render("Registration is not complete", content)

    def _render(self, title: str, content: str) -> str:
        return _PAGE.substitute(
            title=escape(title),
            seller=escape(self._seller_name),
            support=self._support_link(),
            content=content,
        )

    def _support_link(self) -> str:
        contact = self._support_contact
        target = contact if contact.startswith("https://") else f"mailto:{contact}"
        return f'<a href="{escape(target)}">{escape(contact)}</a>'


def _greeting(registered: "Registered | None") -> str:
    if registered is not None and registered.is_returning:
        return _WELCOME_BACK
    return _WELCOME_AGAIN if registered is not None and registered.has_others else _WELCOME


def signup_location(signup_url: str, reference: str) -> str:
    """Return the seller's sign-up URL with the registration reference added to its query."""
    parts = urlsplit(signup_url)
    query = urlencode({"registration": reference})
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
