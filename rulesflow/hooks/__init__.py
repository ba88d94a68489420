"""Hooks: what plugins may add and hear, who finds the plugins, and who calls their steps."""
