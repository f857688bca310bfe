"""Confirmation e-mails through Amazon SES, which puts message and headers together itself."""

from email.headerregistry import Address
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
        if not _is_one_address(letter.address):
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


def _is_one_address(text: str) -> bool:
    """Tell whether a text is one bare address: nothing that a mail server reads as two, or else."""
    try:
        return text.isascii() and Address(addr_spec=text).addr_spec == text
    except (ValueError, IndexError):  # the parser of the standard library trips over some texts
        return False
