"""The old shop, kept for the accounts of past years."""
