"""All addresses of the console: a row for each page, and one for each form."""

from operations.console.overview import show_overview
from operations.console.views import Deed, Page

PAGES = (Page("overview", "/", show_overview, "Overview"),)
DEEDS: tuple[Deed, ...] = ()
