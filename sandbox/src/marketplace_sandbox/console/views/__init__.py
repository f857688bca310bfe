"""What the pages show: pure functions from what the desks know to rows and cells.

Rows are limited to what a person reads and a browser draws; totals always count everything.
"""
