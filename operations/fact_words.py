"""What each kind of fact says of a subscription, in words for people."""

from collections.abc import Mapping

from meterhouse.domain.subscriptions.facts import Kind

WORDS: Mapping[Kind, str] = {
    Kind.REGISTERED: "the buyer came to the registration page",
    Kind.CREATED: "the agreement was made",
    Kind.AMENDED: "the agreement was amended",
    Kind.ENDED: "the agreement ended",
    Kind.LICENSE_UPDATED: "AWS gave the license, or changed it",
    Kind.LICENSE_DEPROVISIONED: "AWS took the license away",
    Kind.ADVISORY_ISSUED: "AWS suspects that the account is closed, compromised or abused",
    Kind.ADVISORY_RESOLVED: "AWS suspects the account no longer",
    Kind.ENDING_SOON: "the agreement is about to end",
    Kind.RENEWAL: "a renewal comes, or its terms are final",
    Kind.CANCELLATION_REQUEST: "a request to cancel was made, answered or withdrawn",
    Kind.BILLING_ADJUSTMENT: "a billing adjustment was asked for or decided",
    Kind.SPEND_THRESHOLD: "the spend crossed a threshold",
    Kind.SUBSCRIBE_SUCCESS: "the buyer has subscribed",
    Kind.SUBSCRIBE_FAIL: "the buyer's payment failed",
    Kind.UNSUBSCRIBE_PENDING: "the buyer is about to leave: the last usage is taken now",
    Kind.UNSUBSCRIBE_SUCCESS: "the buyer has left",
    Kind.ENTITLEMENT_UPDATED: "AWS says that what the contract holds may be another",
    Kind.DESCRIBED: "what the Agreement API said of the agreement",
    Kind.STOPPED: "your product sends no more usage of it",
    Kind.LINKED: "it pays for a tenant of yours, as you said",
    Kind.UNLINKED: "it pays for that tenant no longer, as you said",
    Kind.METERING_REFUSED: "AWS refused a record of it as CustomerNotSubscribed",
    Kind.METERING_ACCEPTED: "AWS took a record of it again",
    Kind.ENTITLEMENTS: "what the contract holds, as AWS said when it was asked",
    Kind.UNKNOWN: "something that this version has no word for",
}
