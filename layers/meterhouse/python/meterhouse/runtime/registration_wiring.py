"""The composition root of `register_customer`, without anything of metering: a buyer waits."""

import os
import secrets
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from meterhouse.adapters.resolving import RESOLVE_CONFIG, ResolvingApi
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.runtime import clients
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.runtime.registration_settings import (
    RegistrationSettings,
    read_registration_settings,
)
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from meterhouse.web.registration import RegistrationWeb
from meterhouse.web.registration_pages import Pages

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.state import Phase
    from meterhouse.ports.registrations import AgreementContacts
    from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements

_REFERENCE_BYTES = 32


@cache
def registration_settings() -> RegistrationSettings:
    """Return the settings of `register_customer`."""
    return read_registration_settings(os.environ)


def registration_web(remaining: Callable[[], int]) -> RegistrationWeb:
    """Return what answers requests; `remaining` is `context.get_remaining_time_in_millis`."""
    settings, report = registration_settings(), LambdaReport()
    table, clock = settings.subscriptions_table, LambdaClock(remaining)
    register = RegisterCustomer(
        marketplace=ResolvingApi(clients.metering(RESOLVE_CONFIG)),
        keep=KeepSubscriptions(
            folders=FoldersTable(clients.dynamodb(), table),
            products=Products(legacy=settings.legacy_products),
            clock=clock,
            report=report,
        ),
        references=ReferencesTable(clients.dynamodb(), table),
        clock=clock,
        report=report,
        new_reference=lambda: secrets.token_urlsafe(_REFERENCE_BYTES),
        contacts=_agreement_contacts() if settings.asks_contacts else None,
        contact_fields=settings.contact_fields,
        ask=_ask_entitlements(clock) if settings.reads_entitlements else None,
    )
    pages = Pages(settings.brand, settings.contact_fields)
    send = _letters(settings, register) if settings.sender else None
    return RegistrationWeb(register, pages, report, settings.signup_url, send)


def _letters(
    settings: RegistrationSettings, register: RegisterCustomer
) -> Callable[[str, str, "Phase"], None]:
    # A page that sends no mail must not wait for the imports (ADR 0016).
    from meterhouse.adapters.confirmation_mail import (  # noqa: PLC0415
        MAIL_CONFIG,
        ConfirmationMail,
    )
    from meterhouse.use_cases.subscriptions.send_confirmation import (  # noqa: PLC0415
        SendConfirmation,
    )
    from meterhouse.web.confirmation_letter import confirmation_letter  # noqa: PLC0415

    contact = settings.brand.support_contact
    mail = ConfirmationMail(
        clients.mail(MAIL_CONFIG),
        sender=settings.sender,
        seller_name=settings.brand.seller_name,
        reply_to=contact if "@" in contact and "/" not in contact else "",
    )
    send = SendConfirmation(register.references, mail, register.clock, register.report)
    return lambda reference, address, phase: send(
        reference, confirmation_letter(settings.brand, address, phase)
    )


def _agreement_contacts() -> "AgreementContacts":
    # A page that does not ask must not wait for the import (ADR 0016).
    from meterhouse.adapters.agreements import (  # noqa: PLC0415
        AGREEMENTS_REGION,
        CONTACTS_CONFIG,
        AgreementsApi,
    )

    return AgreementsApi(clients.agreements(AGREEMENTS_REGION, CONTACTS_CONFIG))


def _ask_entitlements(clock: LambdaClock) -> "AskEntitlements":
    # A page that does not ask must not wait for the import (ADR 0016).
    from meterhouse.runtime.entitlement_wiring import ask_entitlements  # noqa: PLC0415

    return ask_entitlements(clock, is_buyer_waiting=True)
