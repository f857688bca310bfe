"""Confirmation e-mails through Amazon SES, which puts message and headers together itself."""

import re
from email.utils import formataddr
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.errors import LetterNotSentError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from meterhouse.domain.subscriptions.registration import Letter

# SES repeats nothing for us, and a request whose answer was lost may have been sent: one attempt.
MAIL_CONFIG = Config(connect_timeout=1, read_timeout=3, retries={"total_max_attempts": 1})

# One bare address, in which a mail server cannot read two, a name or a comment: the form's rule is
# more lenient. https://datatracker.ietf.org/doc/html/rfc5322#section-3.4.1, with dot-atom alone.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"


class ConfirmationMail:
    """Implements `ports.registrations.Mail` with SES.

    `sender` is an address of a verified identity, and `reply_to` one where people read, or empty.
    """

    def __init__(
        self, client: "SESV2Client", *, sender: str, seller_name: str, reply_to: str = ""
    ) -> None:
        self._client = client
        # A name of any characters is one encoded word, or one quoted string:
        # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
        self._from = formataddr((seller_name, sender))
        self._reply_to = [reply_to] if reply_to else []

    def send(self, letter: "Letter") -> None:
        """Send a letter; see the port."""
        if re.fullmatch(_ADDRESS, letter.address) is None:
            raise LetterNotSentError("the address is not one that mail can be sent to")
        try:
            self._client.send_email(
                FromEmailAddress=self._from,
                Destination={"ToAddresses": [letter.address]},
                ReplyToAddresses=self._reply_to,
                Content={
                    "Simple": {
                        "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": letter.text, "Charset": "UTF-8"},
                            "Html": {"Data": letter.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            # AWS's sentence names addresses, which must not reach a log.
            raise LetterNotSentError(error.response.get("Error", {}).get("Code", "?")) from None
        except BotoCoreError as error:
            raise LetterNotSentError(type(error).__name__) from None
