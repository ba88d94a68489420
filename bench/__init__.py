"""Benchmarks: rulesflow against its peers, side by side in one run. See README.md for how to read them."""
