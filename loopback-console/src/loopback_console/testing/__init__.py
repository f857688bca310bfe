"""For tests of a console: a visitor without a browser, and the machine's Chromium.

Needs what the extra `testing` names.
"""
