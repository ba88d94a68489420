"""rulesflow: layered business rules and durable workflows for online shops."""

__version__ = "0.1.0"
