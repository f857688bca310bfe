"""`meterhouse console`: what the commands show and do, as pages on the loopback.

command   the command: which stack, which port, whether changes are allowed
app       the web application: guard, pages, deeds, and what is said when one cannot be
stack     what pages read through: the tables, queues and functions of one stack, and its time
views     what a page hands to its template, and the rows of the table of pages
routes    all addresses: a row for each page and each deed
layout    the frame of every page, and the filters of templates

A page costs three things:

1. A module here with one function, which gathers by what the commands gather by (`operations.reads`
   and the like) and never reads by itself:

       def show_refused(stack: Stack, visit: Visit) -> View:
           ledger = stack.open(CarefulUsageTable)
           answer = read_refused(ledger, stack.now(), ledger.noted)
           return View("refused.html", {"answer": answer})

   `stack.open` takes any view of a resource, as `@answering` does. `visit.query` and `visit.path`
   are what the address says: `visit.query.text("name")`, `.integer`, `.choice`, `.instant`.
   It may raise OperationError, MeterhouseError or typer.BadParameter, as commands do, and
   `NotHereError` for what there is not: each becomes a page that says so. What is missing in an
   answer (`unreadable`, `is_whole`) belongs on the page: `answers.html` has `incomplete(answer)`.
2. A template that extends `base.html` and fills `title` and `content`. Filters: `when` (a moment),
   `quantity` (exact), `left` (time until, as the commands write it), `text` (any value as the
   commands' tables have it), `count`, `day`. `fields.html` has inputs, `answers.html` what answers
   have in common; a table goes into `<div class="scroll" tabindex="0" role="region"
   aria-label="…">` and is `<table class="stack">` if rows may become blocks where it is narrow.
3. A row in `routes.PAGES`; with a label, it stands in the navigation.

What changes something is a deed: a function that takes the same two and returns the address to go
to, and a row in `routes.DEEDS`. Its form is drawn only `{% if may_change %}`, names what will
happen, and posts to the deed's path; `visit.form` is what was entered. Without `--allow-changes` a
deed is answered with 403. A deed that fails shows its page again, with the reason.

Tests: `tests/integration/operations/console/conftest.py` has `visitor` (a browser without a screen
on a filled stack); `test_console_hostile.py` goes through all rows, so a new page is tested for
hostile input, for its frame and for forms without a permission as soon as it has its row.
"""
