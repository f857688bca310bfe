"""A seller with a product, buyers and usage, as demo, replay and end-to-end tests play it.

Nothing here imports the application: what was sent is counted without it.
"""
