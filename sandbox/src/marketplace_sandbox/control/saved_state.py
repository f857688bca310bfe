"""The sandbox as a whole, over the control API."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter

from marketplace_sandbox.control.answers import Document, refusals
from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.control.field_types import Command
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.control.saved_state_documents import HealthDocument, SavedDocument
from marketplace_sandbox.desks.saved_state import Saved

declare(SavedDocument, Saved, path=lambda saved: str(saved.path))
router = APIRouter(tags=["sandbox"])


class ResetCommand(Command):
    """Forget everything; the word must be said, so that nobody does it by a slip."""

    confirm: Literal["reset"]


@router.get("/health", response_model=HealthDocument, responses=refusals())
def show_health() -> Document:
    """Say that the sandbox answers; a program that starts one waits for this."""
    return Document({"status": "ok"})


@router.post("/save", response_model=SavedDocument, responses=refusals(HTTPStatus.CONFLICT))
def save(marketplace: Marketplace) -> Document:
    """Save now to the file that the sandbox is kept in."""
    return Document(marketplace.desks.saved_state.save())


@router.post("/reset", response_model=HealthDocument, responses=refusals())
def reset(_: ResetCommand, marketplace: Marketplace) -> Document:
    """Forget everything but how AWS is read and the quotas; the clock is the machine's again."""
    marketplace.reset()
    return Document({"status": "ok"})
