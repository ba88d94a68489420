"""Event patterns: what no single event shows. Imports nothing, so that the worker starts fast."""
