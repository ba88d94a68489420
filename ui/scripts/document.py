"""Prints the OpenAPI document, from which the dashboard's client is made."""

from __future__ import annotations

import json

from rulesflow.app import create_app
from rulesflow.settings import Settings

if __name__ == "__main__":
    print(json.dumps(create_app(Settings(database_url="none")).openapi()))
