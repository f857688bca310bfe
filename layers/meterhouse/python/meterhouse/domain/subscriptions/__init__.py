"""Who is billed: the identities AWS knows a buyer by, and what a registration makes of them."""
