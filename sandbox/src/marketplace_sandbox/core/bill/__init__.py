"""What AWS bills: how records become lines, and lines invoices."""
