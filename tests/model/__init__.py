"""The journal's protocol (docs/adr/0013), explored exhaustively within bounds.

Nothing of the ledger's code runs here: `world` is what is stored, `accesses` and `sending` are what
one access to the table or to AWS does, `folding` reads a log, `programs` are the drains, closers
and senders with the ways to do it wrong, `machine` plays every interleaving of them, `judge` says
what must be true afterwards, and `scenarios` are what is explored.

Bounds: a scenario has up to four processes, three hours, and two subscriptions with one meter each
in one shard. One lease runs out at any moment, and its holder lives on. One write or call stays
without an answer and takes effect at any later moment, or never. In one call AWS leaves records
unprocessed or without an answer. Crashes are not counted: anybody may crash anywhere. That the SDK
repeats a write is no case of its own: the second one finds changed what the first compared with.
A query sees all of a generation at one moment; a head is there from the beginning.
"""
