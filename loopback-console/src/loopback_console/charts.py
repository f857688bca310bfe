"""Charts as plain SVG: no script, no style and nothing from elsewhere, so a page can hold them."""

import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pygal  # type: ignore[import-untyped]  # it ships no types
from markupsafe import Markup

from loopback_console.drawing import show_plainly, show_quantity

# Its finder is of a kind that Python knows no more, and pytest's own imports stumble over it.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

_WIDTH, _HEIGHT = 560, 170
_LABELS_MAX = 6  # along the axis: more would overlap
# What pygal adds for its own script and style sheet; the console's style sheet colours the bars.
_UNUSED_CLASSES = ("overlay", "tooltip", "titles")


def draw_bars(title: str, bars: Sequence[tuple[str, Decimal]]) -> Markup:
    """Draw one bar for each label; `title` says in words what the chart shows.

    Lengths of bars are floats, which only the eye sees; each bar's title says the exact number.
    """
    chart: Any = pygal.Bar(
        width=_WIDTH,
        height=_HEIGHT,
        js=[],
        css=[],
        margin=8,
        show_legend=False,
        disable_xml_declaration=True,
        no_data_text="",
        min_scale=2,
        max_scale=4,
        x_labels_major_every=max(1, len(bars) // _LABELS_MAX),
        show_minor_x_labels=False,
        truncate_label=-1,
        value_formatter=lambda value: show_quantity(Decimal(str(value))),
    )
    chart.x_labels = [_plain(label) for label, _ in bars]
    chart.add("", [{"value": float(value), "label": show_quantity(value)} for _, value in bars])
    root: ET.Element = chart.render_tree()
    _strip(root)
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", _plain(title))
    _name_bars(root, bars)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - pygal's tree, escaped


def _strip(element: ET.Element) -> None:
    for child in list(element):
        classes = str(child.get("class", "")).split()
        is_unused = any(name in classes for name in _UNUSED_CLASSES)
        is_unused |= child.tag in {"title", "desc", "defs", "style", "script"}
        if is_unused or not isinstance(child.tag, str):  # a comment's tag is a function
            element.remove(child)
        else:
            child.attrib.pop("style", None)
            _strip(child)


def _name_bars(root: ET.Element, bars: Sequence[tuple[str, Decimal]]) -> None:
    drawn = [one for one in root.iter() if one.get("class") == "bar"]
    for bar, (label, value) in zip(drawn, bars, strict=True):
        ET.SubElement(bar, "title").text = f"{_plain(label)}: {show_quantity(value)}"


def _plain(text: str) -> str:
    return str(show_plainly(text))
