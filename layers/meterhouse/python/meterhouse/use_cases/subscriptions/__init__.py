"""Customers on their way from the landing page into the SubscriptionsTable."""
