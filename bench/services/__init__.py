"""Small real services that the plugins call: they keep a ledger, and fail on demand."""
