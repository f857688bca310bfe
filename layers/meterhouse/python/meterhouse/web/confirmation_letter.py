"""The e-mail that confirms a registration.

Nothing in it comes from the form: whoever types a stranger's address cannot write to him.
"""

from html import escape
from string import Template

from meterhouse.domain.subscriptions.registration import Letter
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.web.brand import Brand
from meterhouse.web.registration_pages import PHASE_SENTENCES

_TEXT = Template("""Thank you for registering with $seller.

$phase

AWS bills your usage, and we never ask for payment data. If you did not register, tell us: somebody
may have mistaken your address for another.

Need help? Contact $seller: $support
""")

_HTML = Template("""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>$subject</title></head>
<body>
$logo<p>Thank you for registering with $seller.</p>
<p>$phase</p>
<p>AWS bills your usage, and we never ask for payment data. If you did not register, tell us:
somebody may have mistaken your address for another.</p>
<p>Need help? Contact $seller: $support</p>
</body>
</html>
""")


def confirmation_letter(brand: Brand, address: str, phase: Phase) -> Letter:
    """Return the letter to a buyer whose contact details were stored."""
    seller, sentence = brand.seller_name, PHASE_SENTENCES[phase]
    subject = f"You are registered with {seller}"
    text = _TEXT.substitute(seller=seller, phase=sentence, support=brand.support_contact)
    html = _HTML.substitute(
        subject=escape(subject),
        seller=escape(seller),
        phase=escape(sentence),
        support=brand.support_link(),
        logo=brand.logo(),
    )
    return Letter(address, subject, text, html)
