"""The web console: what a person reads and does in a browser, drawn on the server.

pages        one method for each address that shows something
submissions  one method for each form: a command to a desk, then back to a page
views        what a page shows, decided by pure functions before it is drawn
drawing      templates, and how values look
"""
