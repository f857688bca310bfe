"""What AWS tells the seller, and in which documents (section 5)."""
