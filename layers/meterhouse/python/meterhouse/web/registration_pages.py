"""The pages that a buyer sees: plain HTML, escaped, without any script."""

from collections.abc import Collection, Mapping
from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import ContactInvalidError, MeterhouseError
from meterhouse.web.brand import Brand

if TYPE_CHECKING:
    from meterhouse.use_cases.subscriptions.register_customer import Registered

# How often a page looks again whether AWS has confirmed; each look reads two items.
LOOK_AGAIN_SECONDS = 15
# The page that looks again by itself, and the one that does not.
STATUS_QUERY, STILL_QUERY = "status", "status=still"

_FORM = Template("""$problem<p>$greeting</p>
<p>$phase Tell us how we can reach you, and we will send you the next steps.$filled</p>
<form method="post" action="">
<input type="hidden" name="registration" value="$reference">
$inputs<button type="submit">Complete registration</button>
</form>
<p>We never ask for payment data: AWS bills your usage.</p>""")

_INPUT = Template("""<label for="$name">$label</label>
$problem<input id="$name" name="$name" $kind maxlength="200"
 value="$value">
""")
_INPUTS = {
    "email": ("E-mail address", 'type="email" required autocomplete="email"'),
    "company": ("Company (optional)", 'autocomplete="organization"'),
    "name": ("Your name (optional)", 'autocomplete="name"'),
}
# The sentence stands at the top, leads to the field, and is read out with it.
_PROBLEM = Template("""<p class="problem" role="alert">$sentence <a href="#email">Correct it</a></p>
""")
_FIELD_PROBLEM = '<p id="email-problem">This is missing, or is not an e-mail address.</p>\n'
_INVALID = 'aria-invalid="true" aria-describedby="email-problem" autofocus'

_LOOKING = Template("""<p>This page looks again every $seconds seconds.
<a href="?$status">Look now</a>, or <a href="?$still">stop looking</a>.</p>""")
_STILL = Template("""<p>This page does not look again by itself.
<a href="?$status">Look now, and go on looking</a>.</p>""")
_CLOSE = "<p>You can close this page.</p>\n"

_WELCOME = "AWS Marketplace has told us about your subscription."
_WELCOME_BACK = "Welcome back: you have registered this subscription before."
_WELCOME_AGAIN = (
    "Welcome back: this is another subscription of an AWS account that has registered before."
)
_FILLED = " What AWS Marketplace knows of you is filled in already: change what is not right."
PHASE_SENTENCES = {
    Phase.SCHEDULED: "Your subscription is agreed upon and begins later.",
    Phase.PENDING: (
        "AWS confirms your subscription… That takes a few minutes as a rule; you need do nothing."
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
    """Renders pages for one seller, whose form asks for `contact_fields`."""

    def __init__(self, brand: Brand, contact_fields: Collection[str] = tuple(_INPUTS)) -> None:
        self.brand = brand
        self._contact_fields = contact_fields

    @property
    def has_form(self) -> bool:
        """Whether buyers are asked for anything."""
        return bool(self._contact_fields)

    def contact_form(
        self,
        reference: str,
        *,
        fields: Mapping[str, str],
        problem: ContactInvalidError | None = None,
        registered: "Registered | None" = None,
    ) -> str:
        """Return the form that asks for contact details, filled in with `fields`."""
        heading = "Complete your registration"
        shown = {name: fields.get(name, "") for name in _INPUTS if name in self._contact_fields}
        content = _FORM.substitute(
            problem=_PROBLEM.substitute(sentence=escape(problem.public_message)) if problem else "",
            greeting=_greeting(registered),
            phase="" if registered is None else escape(PHASE_SENTENCES[registered.phase]),
            filled=_FILLED if registered is not None and any(shown.values()) else "",
            reference=escape(reference),
            inputs="".join(
                _input(name, value, is_wrong=problem is not None and name == "email")
                for name, value in shown.items()
            ),
        )
        return self.brand.page(heading, content, title=f"Problem: {heading}" if problem else "")

    def confirmation(self, *, email: str, phase: Phase, is_looking: bool = True) -> str:
        """Return the page that ends a registration, or says later how it stands."""
        reached = (
            f"<p>We will write to <strong>{escape(email)}</strong> with the next steps.</p>\n"
            if email
            else ""
        )
        content = f"<p>Thank you. {escape(PHASE_SENTENCES[phase])}</p>\n{reached}"
        if phase is not Phase.PENDING:
            return self.brand.page("You are registered", content + _CLOSE)
        waiting = (_LOOKING if is_looking else _STILL).substitute(
            seconds=LOOK_AGAIN_SECONDS, status=STATUS_QUERY, still=STILL_QUERY
        )
        title = "You are registered, AWS confirms your subscription"
        return self.brand.page("You are registered", content + _CLOSE + waiting, title=title)

    def explanation(self) -> str:
        """Return the page for a visitor who does not come from AWS Marketplace."""
        content = (
            "<p>This address completes the registration of subscriptions bought on AWS "
            "Marketplace.</p>\n<p>To register, or to see how a registration stands, open your "
            "subscription in AWS Marketplace and choose “Set up your account”.</p>"
        )
        return self.brand.page("Registration", content)

    def problem(self, error: MeterhouseError) -> str:
        """Return the page for an error: what the buyer can do, and nothing about its causes."""
        content = f'<p class="problem" role="alert">{escape(error.public_message)}</p>'
        return self.brand.page("Registration is not complete", content)


def _input(name: str, value: str, *, is_wrong: bool) -> str:
    label, kind = _INPUTS[name]
    return _INPUT.substitute(
        name=name,
        label=label,
        kind=f"{kind} {_INVALID}" if is_wrong else kind,
        value=escape(value),
        problem=_FIELD_PROBLEM if is_wrong else "",
    )


def _greeting(registered: "Registered | None") -> str:
    if registered is not None and registered.is_returning:
        return _WELCOME_BACK
    return _WELCOME_AGAIN if registered is not None and registered.has_others else _WELCOME


def signup_location(signup_url: str, reference: str) -> str:
    """Return the seller's sign-up URL with the registration reference added to its query."""
    parts = urlsplit(signup_url)
    query = urlencode({"registration": reference})
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))
