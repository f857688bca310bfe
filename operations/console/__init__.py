"""`meterhouse console`: what the commands show and do, as pages on the loopback.

command   the command: which stack, which port, whether changes are allowed
app       the web application: guard, pages, actions, and what is said when one cannot be
stack     what pages read through: the tables, queues and functions of one stack, and its time
views     what a page hands to its template, and the rows of the table of pages
routes    all addresses: a row for each page, each file, each question and each action
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

What changes something takes two steps. A form, drawn only `{% if may_change %}`, posts to a
question: a row in `routes.QUESTIONS`, whose function takes the same two and returns a View that
says what would be done. The form on that posts to the action: a row in `routes.ACTIONS`, whose
function does it and returns the address to go to. `visit.form` is what was entered; `confirming`
has what is marked on a list, and the digest by which an action does what was shown and nothing
else. Without `--allow-changes` both are answered with 403. What fails shows its page again, with
the reason.

A file is a function that returns `downloads.download(…)`, and a row in `routes.FILES`. A reason, a
code or a flag is a link (`names.html`: `reason_link`), and `runbook_words` has what to do about it.
What a browser sends back and nobody sees (a hidden field, a mark) is written `| exact`.

Tests: `tests/integration/operations/console/conftest.py` has `visitor` (a browser without a screen
on a filled stack); `test_console_hostile.py` goes through all rows, so a new page is tested for
hostile input, for its frame and for forms without a permission as soon as it has its row.
"""
