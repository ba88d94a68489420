"""Workflows: decoded and checked when they load, then interpreted without side effects."""
