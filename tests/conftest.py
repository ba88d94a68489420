"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# Machines are noisy: a slow example is no failure. What is found is printed so that it can be played again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
