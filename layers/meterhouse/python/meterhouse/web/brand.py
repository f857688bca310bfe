"""How the pages of one seller look, and what a browser may do with them."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from html import escape
from string import Template
from urllib.parse import urlsplit

ACCENT_COLOUR = "#14558f"
# What holds for every answer; pages add where their style and logo come from.
_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # Nothing is loaded, framed or sent elsewhere; the reference never leaves in a Referer header.
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "X-Robots-Tag": "noindex",
    "Strict-Transport-Security": "max-age=31536000",
}

# Links have a colour of their own: the accent need not be legible on the ground, and bears text
# only where that is black or white, whichever stands out more.
_STYLE = Template("""
:root { color-scheme: light dark; --accent: $accent; --on-accent: $on_accent; --text: #1b2733;
  --muted: #52606d; --ground: #f2f4f7; --card: #fff; --line: #6b7785; --link: #0b57a4;
  --problem: #fdecea; --problem-line: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6eaef; --muted: #aeb8c4; --ground: #12181f; --card: #1c242d; --line: #8795a5;
    --link: #8ab8f0; --problem: #47201d; --problem-line: #f2b8b5; }
}
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  margin: 0 auto; padding: 5vh 1rem; max-width: 34rem; overflow-wrap: anywhere; }
main { padding: 1.5rem; background: var(--card); border-top: .3rem solid var(--accent);
  border-radius: .5rem; }
header img { display: block; max-width: 100%; max-height: 4rem; margin-bottom: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.3; margin-top: 0; }
a { color: var(--link); }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input { width: 100%; padding: .6rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: .25rem; }
input[aria-invalid] { border: 2px solid var(--problem-line); }
button { margin-top: 1.5rem; padding: .7rem 1.4rem; font: inherit; font-weight: 600;
  border: 1px solid currentColor; border-radius: .25rem; background: var(--accent);
  color: var(--on-accent); cursor: pointer; }
:focus-visible { outline: 3px solid var(--text); outline-offset: 2px; }
.problem { padding: .75rem 1rem; background: var(--problem);
  border-left: 4px solid var(--problem-line); }
footer { margin-top: 1.5rem; font-size: .9rem; color: var(--muted); }
""")

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title - $seller</title>
<style>$style</style>
</head>
<body>
$header<main>
<h1>$heading</h1>
$content
</main>
<footer>Need help? Contact $seller: $support$terms</footer>
</body>
</html>
""")

_LINEAR_BELOW = 0.04045
_LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)
# From here on black stands out more: there both have a contrast of 4.58, and AA asks for 4.5.
_BRIGHT = 0.179


@dataclass(frozen=True)
class Brand:
    """What of a seller is shown; all but name and contact may be empty.

    Attributes:
        support_contact: an e-mail address or an https URL.
        logo_url: an https URL of an image.
        accent_colour: `#` and six hexadecimal digits; any will do.
        terms_url: an https URL.

    """

    seller_name: str
    support_contact: str
    logo_url: str = ""
    accent_colour: str = ACCENT_COLOUR
    terms_url: str = ""

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers of a page: its own style and the logo's host are all that it may load."""
        digest = b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        sources = f"; style-src 'sha256-{digest}'"
        if self.logo_url:
            sources += f"; img-src https://{urlsplit(self.logo_url).netloc}"
        return {**HEADERS, "Content-Security-Policy": _POLICY + sources}

    def page(self, heading: str, content: str, *, title: str = "") -> str:
        """Return a page around `content`, which is HTML; its title is the heading, if no other."""
        return _PAGE.substitute(
            title=escape(title or heading),
            seller=escape(self.seller_name),
            style=self._style,
            header=f"<header>{self.logo()}</header>\n" if self.logo_url else "",
            heading=escape(heading),
            content=content,
            support=self.support_link(),
            terms=f"<br>{_link(self.terms_url, 'Terms')}" if self.terms_url else "",
        )

    def support_link(self) -> str:
        """Return a link to where a buyer finds help."""
        contact = self.support_contact
        is_page = contact.startswith("https://")
        return _link(contact if is_page else f"mailto:{contact}", contact)

    @cached_property
    def _style(self) -> str:
        on_accent = "#000" if _luminance(self.accent_colour) > _BRIGHT else "#fff"
        return _STYLE.substitute(accent=self.accent_colour, on_accent=on_accent)

    def logo(self) -> str:
        """Return the logo's image, or nothing."""
        if not self.logo_url:
            return ""
        return f'<img src="{escape(self.logo_url)}" alt="{escape(self.seller_name)}">'


def _link(target: str, words: str) -> str:
    return f'<a href="{escape(target)}">{escape(words)}</a>'


def _luminance(colour: str) -> float:
    """Return the relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    shares = [part / 255 for part in bytes.fromhex(colour.removeprefix("#"))]
    linear = [
        share / 12.92 if share <= _LINEAR_BELOW else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return sum(map(float.__mul__, _LUMINANCE_WEIGHTS, linear))
