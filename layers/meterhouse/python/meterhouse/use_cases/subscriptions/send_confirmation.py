"""Confirm a registration by e-mail: at most once, and never at its cost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterhouse.domain.subscriptions.registration import Letter, sha256_hex
from meterhouse.errors import LetterNotSentError, StorageUnavailableError

if TYPE_CHECKING:
    from meterhouse.ports.process import Clock, Report
    from meterhouse.ports.registrations import Mail
    from meterhouse.ports.subscriptions import ReferenceBook

# How long a letter may take, its mark included, and then the page: all else is stored by then.
LETTER_SECONDS_MIN = 7


@dataclass(frozen=True, slots=True)
class SendConfirmation:
    """Sends one letter for each reference that was used."""

    references: "ReferenceBook"
    mail: "Mail"
    clock: "Clock"
    report: "Report"

    def __call__(self, reference: str, letter: Letter) -> None:
        """Send a letter to whom a reference belongs, unless that was begun before.

        The mark comes first: a crash in between costs the letter, and never sends two. Nothing that
        goes wrong is raised: the registration is stored.
        """
        if self.clock.seconds_left() < LETTER_SECONDS_MIN:
            self._give_up("no time was left to send it")
            return
        try:
            if self.references.claim_letter(sha256_hex(reference)):
                self.mail.send(letter)
                self.report.count("ConfirmationsSent")
        except (LetterNotSentError, StorageUnavailableError) as error:
            self._give_up(str(error))

    def _give_up(self, cause: str) -> None:
        self.report.count("ConfirmationsNotSent")
        self.report.failure("confirmation_not_sent", error=cause)
