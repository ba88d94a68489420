"""Values that files hold: literals, and templates that are computed; whether they fit where they stand."""
