"""What web consoles on the loopback are made of; of no subject.

drawing        the template engine, the frame of every page, and how values look
charts         bars as plain SVG
forms, visits  what a person entered, and how a request becomes a page or an action
browser_guard  keeps pages of other sites out
serving        a server on a socket of the loopback
testing        a visitor for tests, without a browser and in the machine's Chromium
"""
