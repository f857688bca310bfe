"""The sandbox's clock over the control API."""

from typing import Annotated, ClassVar

from fastapi import APIRouter
from pydantic import Field

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.clock_documents import ClockDocument
from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.control.field_types import Amount, Command, Instant, Seconds, seconds
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.desks.clock import ClockStatus
from marketplace_sandbox.hosted import HostedMarketplace

declare(ClockDocument, ClockStatus, is_frozen=lambda status: status.speed == 0)
router = APIRouter(prefix="/clock", tags=["clock"])

# A limit of the sandbox: ten years either way keep every instant representable.
OFFSET_SECONDS_MAX = 10 * 366 * 86_400


class OffsetCommand(Command):
    """Run with the machine's clock, so far ahead of it."""

    offset_seconds: Annotated[Seconds, Field(ge=-OFFSET_SECONDS_MAX, le=OFFSET_SECONDS_MAX)]


class SetCommand(Command):
    """Show a time, also said as `now`, and go on as fast as before."""

    OTHER_NAMES: ClassVar = {"now": "at"}
    at: Instant


class AdvanceCommand(Command):
    """Move forward by so much; what falls due on the way happens before the answer."""

    seconds: Annotated[Seconds, Field(ge=0, le=OFFSET_SECONDS_MAX)]


class SpeedCommand(Command):
    """Run so many times as fast as the machine's clock; 0 freezes."""

    speed: Amount


@router.get("", response_model=ClockDocument, responses=refusals())
def show_clock(marketplace: Marketplace) -> Document:
    """Show what time it is in the sandbox."""
    return _show(marketplace)


@router.put("", response_model=ClockDocument, responses=refusals())
def offset_clock(command: OffsetCommand, marketplace: Marketplace) -> Document:
    """Run with the machine's clock, so far ahead of it."""
    marketplace.desks.clock.set_offset(command.offset_seconds)
    return _show(marketplace)


@router.post("/set", response_model=ClockDocument, responses=refusals())
def set_clock(command: SetCommand, marketplace: Marketplace) -> Document:
    """Show a time; going back is allowed and undoes nothing."""
    marketplace.desks.clock.set(command.at)
    return _show(marketplace)


@router.post("/advance", response_model=ClockDocument, responses=refusals())
def advance_clock(command: AdvanceCommand, marketplace: Marketplace) -> Document:
    """Move forward; what falls due on the way happens before the answer."""
    marketplace.desks.clock.advance(seconds(command.seconds))
    return _show(marketplace)


@router.post("/freeze", response_model=ClockDocument, responses=refusals())
def freeze_clock(marketplace: Marketplace) -> Document:
    """Let time stand still."""
    marketplace.desks.clock.freeze()
    return _show(marketplace)


@router.post("/resume", response_model=ClockDocument, responses=refusals())
def resume_clock(marketplace: Marketplace) -> Document:
    """Let time run on as fast as the machine's, from where it stands."""
    marketplace.desks.clock.resume()
    return _show(marketplace)


@router.put("/speed", response_model=ClockDocument, responses=refusals())
def set_clock_speed(command: SpeedCommand, marketplace: Marketplace) -> Document:
    """Run so many times as fast as the machine's clock."""
    marketplace.desks.clock.set_speed(command.speed)
    return _show(marketplace)


def _show(marketplace: HostedMarketplace) -> Document:
    return Document(marketplace.desks.clock.status())
