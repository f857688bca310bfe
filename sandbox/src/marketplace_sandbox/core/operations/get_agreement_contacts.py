"""GetAgreementContacts: whom the buyer named, as long as the agreement is active."""

from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.agreement_views import (
    Party,
    contact_of,
    find_agreement,
    subjects_of_call,
)
from marketplace_sandbox.core.operations.performer import Performer, answering
from marketplace_sandbox.core.protocol.call import Call, Document


def get_agreement_contacts(state: MarketplaceState, call: Call) -> Document:
    """Answer the acceptor's contact, or nothing where there is none (`contacts.absent`).

    The manufacturer may ask too, also under a channel partner's offer (`contacts.parties`).
    """
    contact = contact_of(find_agreement(state, call, shown_to=frozenset(Party)))
    if contact is None:
        return {}
    return {
        "acceptorContact": {
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "emailAddress": contact.email_address,
            "companyName": contact.company_name,
            "countryCode": contact.country_code,
        }
    }


PERFORMER = Performer(answering(get_agreement_contacts), subjects_of_call)
