"""The e-mail after a registration: at most one, to nobody else, and never at its cost."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import pytest

from meterhouse.domain.subscriptions.registration import Letter
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.errors import LetterNotSentError, StorageUnavailableError
from meterhouse.use_cases.subscriptions.send_confirmation import (
    LETTER_SECONDS_MIN,
    SendConfirmation,
)
from meterhouse.web.brand import Brand
from meterhouse.web.confirmation_letter import confirmation_letter
from meterhouse.web.registration import RegistrationWeb, WebAnswer
from meterhouse.web.registration_pages import Pages
from tests.fakes.meterhouse import Meterhouse

TOKEN_FIELD = "x-amzn-marketplace-token"
BRAND = Brand(
    "Engines & <Söhne>", "help@example.com", logo_url="https://cdn.example.com/logo.png?a&b"
)


@dataclass(slots=True)
class Post:
    """Keeps every letter, and then fails if it is told to."""

    letters: list[Letter] = field(default_factory=list)
    fails: bool = False

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.fails:
            raise LetterNotSentError("MessageRejected")


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def mail() -> Post:
    return Post()


@pytest.fixture
def web(house: Meterhouse, mail: Post) -> RegistrationWeb:
    register = house.register_customer()
    send = SendConfirmation(register.references, mail, house.clock, house.report)
    return RegistrationWeb(
        register,
        Pages(BRAND),
        house.report,
        "",
        lambda reference, address, phase: send(
            reference, confirmation_letter(BRAND, address, phase)
        ),
    )


def post(web: RegistrationWeb, **fields: str) -> WebAnswer:
    return web.submit(urlencode(fields), is_base64=False)


def land(house: Meterhouse, web: RegistrationWeb) -> str:
    landed = post(web, **{TOKEN_FIELD: house.token_of(house.subscribe())})
    return landed.body.split('name="registration" value="')[1].split('"')[0]


def test_a_buyer_gets_one_letter_however_often_the_form_comes(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    reference = land(house, web)
    assert mail.letters == []

    for _ in range(3):
        assert post(web, registration=reference, email="ada@example.com").status_code == 200

    assert [one.address for one in mail.letters] == ["ada@example.com"]
    assert house.report.metrics["ConfirmationsSent"] == 1


def test_a_form_that_is_not_taken_sends_nothing(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    reference = land(house, web)

    post(web, registration=reference, email="ada@")
    post(web, registration="made up", email="eve@example.com")

    assert mail.letters == []


def test_a_letter_that_fails_costs_nothing_but_itself_and_is_counted(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    mail.fails = True

    answer = post(web, registration=land(house, web), email="ada@example.com")

    assert (answer.status_code, "You are registered" in answer.body) == (200, True)
    assert house.report.metrics["ConfirmationsNotSent"] == 1
    assert house.report.metrics["ConfirmationsSent"] == 0
    assert "MessageRejected" in repr(house.report.events)
    assert "ada@example.com" not in repr(house.report.events)


def test_a_mark_that_cannot_be_written_costs_the_letter_and_not_the_registration(
    house: Meterhouse, web: RegistrationWeb, mail: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = land(house, web)

    def fail(_: str) -> bool:
        raise StorageUnavailableError("no answer")

    monkeypatch.setattr(house.subscriptions, "claim_letter", fail)

    assert post(web, registration=reference, email="ada@example.com").status_code == 200
    assert (mail.letters, house.report.metrics["ConfirmationsNotSent"]) == ([], 1)


def test_a_letter_does_not_take_the_pages_time(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    reference = land(house, web)
    house.clock.move_to(house.clock.now(), seconds_left=LETTER_SECONDS_MIN - 0.1)

    assert post(web, registration=reference, email="ada@example.com").status_code == 200
    assert (mail.letters, house.report.metrics["ConfirmationsNotSent"]) == ([], 1)


def test_without_a_sender_there_is_no_letter(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    quiet = replace(web, send_letter=None)

    assert post(quiet, registration=land(house, web), email="a@example.com").status_code == 200
    assert mail.letters == []


def test_nothing_that_a_buyer_typed_is_sent_to_whoever_has_the_address(
    house: Meterhouse, web: RegistrationWeb, mail: Post
) -> None:
    typed = {"company": "Win https://evil.example", "name": "Free money"}

    post(web, registration=land(house, web), email="victim@example.com", **typed)

    (letter,) = mail.letters
    told = letter.subject + letter.text + letter.html
    assert [one for one in (*typed.values(), "victim") if one in told] == []


@pytest.mark.parametrize("phase", Phase)
def test_the_letter_says_the_same_in_text_and_html(phase: Phase) -> None:
    letter = confirmation_letter(BRAND, "ada@example.com", phase)

    assert letter.subject == "You are registered with Engines & <Söhne>"
    assert "Engines & <Söhne>" in letter.text
    assert "help@example.com" in letter.text
    assert "Engines &amp; &lt;Söhne&gt;" in letter.html
    assert "<Söhne>" not in letter.html
    assert '<img src="https://cdn.example.com/logo.png?a&amp;b"' in letter.html
    assert '<a href="mailto:help@example.com">' in letter.html
    assert "$" not in letter.text + letter.html


def test_an_address_is_in_no_repr() -> None:
    assert "ada@" not in repr(confirmation_letter(BRAND, "ada@example.com", Phase.ACTIVE))
