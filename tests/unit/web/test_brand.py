"""How a seller's pages look: legible in any colour, and nothing is loaded but the logo."""

import hashlib
import re
from base64 import b64encode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterhouse.web.brand import HEADERS, Brand

BRAND = Brand("Example", "support@example.com")
CONTRAST_MIN = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4
        for one in (red, green, blue)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def policy_of(brand: Brand) -> dict[str, str]:
    pairs = brand.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (pair.partition(" ") for pair in pairs)}


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
@example("#757575")
@example("#767676")
@example("#ff0000")
def test_a_button_is_legible_whatever_its_colour(colour: str) -> None:
    page = Brand("Example", "support@example.com", accent_colour=colour).page("Title", "")

    found = re.search(r"--accent: (#\w+); --on-accent: #(\w)\w\w;", page)
    assert found is not None
    assert found[1] == colour
    assert contrast(colour, "#" + 6 * found[2]) >= CONTRAST_MIN


def test_only_the_pages_own_style_applies() -> None:
    page = BRAND.page("Title", "<p>text</p>")

    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy_of(BRAND)["style-src"] == f"'sha256-{digest}'"
    assert "style=" not in page
    assert "url(" not in style
    assert "@import" not in style


def test_nothing_may_be_loaded_framed_or_sent_elsewhere() -> None:
    assert policy_of(BRAND) | {"style-src": ""} == {
        "default-src": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "style-src": "",
    }


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://cdn.example.com/logo.svg?v=1", "https://cdn.example.com"),
        ("https://cdn.example.com:8443/logo.png", "https://cdn.example.com:8443"),
    ],
)
def test_the_logo_comes_from_its_host_and_is_named(url: str, source: str) -> None:
    brand = Brand("A & B", "support@example.com", logo_url=url)

    assert policy_of(brand)["img-src"] == source
    assert f'<img src="{url}" alt="A &amp; B">' in brand.page("Title", "")
    assert "<img" not in BRAND.page("Title", "")


def test_the_terms_are_a_link_where_there_are_any() -> None:
    brand = Brand("A", "support@example.com", terms_url="https://a.example/terms?a&b")

    assert '<a href="https://a.example/terms?a&amp;b">Terms</a>' in brand.page("Title", "")
    assert "Terms" not in BRAND.page("Title", "")


def test_the_headers_of_every_page_are_strict() -> None:
    assert BRAND.headers.keys() == HEADERS.keys()
    assert BRAND.headers | {"Content-Security-Policy": "", "Permissions-Policy": ""} == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
        "Strict-Transport-Security": "max-age=31536000",
    }
    assert re.fullmatch(r"([a-z-]+=\(\)(, |$))+", BRAND.headers["Permissions-Policy"])


def test_a_page_says_its_language_and_what_it_is() -> None:
    page = BRAND.page("Heading", "")

    assert '<html lang="en">' in page
    assert "<title>Heading - Example</title>" in page
    assert "<h1>Heading</h1>" in page
    assert "<title>Other - Example</title>" in BRAND.page("Heading", "", title="Other")
