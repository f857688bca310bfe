"""The bill, and the invoices that are made of it."""
