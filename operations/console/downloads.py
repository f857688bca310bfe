"""Files that a page hands out."""

from pathlib import PurePosixPath

from starlette.responses import Response

_TYPES = {
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


def download(name: str, text: str) -> Response:
    """Return a file to be kept under a name, which is one of ours: nothing that somebody chose."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    kind = _TYPES[PurePosixPath(name).suffix]
    return Response(text.encode(), headers=headers, media_type=kind)
