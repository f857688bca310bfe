"""What a buyer tells us on the registration page, and what AWS tells us before."""

import hashlib
import re
from dataclasses import dataclass, field

from meterhouse.errors import ContactInvalidError, ReferenceInvalidError

FIELD_LENGTH_MAX = 200
_REFERENCE_LENGTH_MAX = 128
# What a form may ask for; without an e-mail address it asks for nothing.
CONTACT_FIELDS = ("email", "company", "name")
# Deliberately lenient: one @ with something on both sides, a dot in the domain. Only an e-mail that
# arrives proves more.
# Both are compiled when a form comes: a token, which comes before it, needs none.
_EMAIL = r"[^@\s]{1,64}@[^@\s.][^@\s]{0,180}\.[^@\s.]{2,63}"
_UNPRINTABLE = r"[\x00-\x1f\x7f\ud800-\udfff]+"


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact details as a buyer gave them; `email` is never empty."""

    email: str
    company: str
    name: str

    def digest_with(self, reference: str) -> str:
        """Return a name for exactly these details, by which a repeated form is recognised.

        Who does not know the reference cannot find out the details by trying.
        """
        return sha256_hex(f"{reference}\n{self.email}\n{self.company}\n{self.name}")


@dataclass(frozen=True, slots=True)
class KnownContact:
    """What AWS knows of a buyer before the form is filled in; what it does not know is empty."""

    email: str = ""
    company: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail to a buyer; `address` is personal, for the mail server's eyes alone."""

    address: str = field(repr=False)
    subject: str
    text: str
    html: str


def read_contact(email: str, company: str, name: str) -> Contact:
    """Check and tidy what the form holds; raises ContactInvalidError."""
    tidy_email = _tidy(email)
    # A shortened name is still a name; a shortened address would be somebody else's.
    if not _is_address(tidy_email):
        raise ContactInvalidError("the e-mail address is missing or malformed")
    return Contact(tidy_email, _tidy(company)[:FIELD_LENGTH_MAX], _tidy(name)[:FIELD_LENGTH_MAX])


def read_known_contact(*, email: str, company: str, name: str) -> KnownContact:
    """Tidy what AWS told; what is too long, or no address, is the buyer's to write."""
    tidy_email, tidy_company, tidy_name = _tidy(email), _tidy(company), _tidy(name)
    return KnownContact(
        tidy_email if _is_address(tidy_email) else "",
        tidy_company if len(tidy_company) <= FIELD_LENGTH_MAX else "",
        tidy_name if len(tidy_name) <= FIELD_LENGTH_MAX else "",
    )


def reference_digest(reference: str) -> str:
    """Return the name under which a reference is stored; raises ReferenceInvalidError."""
    if not reference or len(reference) > _REFERENCE_LENGTH_MAX or not reference.isascii():
        raise ReferenceInvalidError("the request carries no registration reference")
    return sha256_hex(reference)


def sha256_hex(text: str) -> str:
    """Return the digest under which a secret text may be stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def _is_address(text: str) -> bool:
    return len(text) <= FIELD_LENGTH_MAX and re.fullmatch(_EMAIL, text) is not None


def _tidy(text: str) -> str:
    return " ".join(re.sub(_UNPRINTABLE, " ", text).split())
