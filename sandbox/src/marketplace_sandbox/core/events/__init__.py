"""What AWS tells the seller, and what becomes of that on the way."""
