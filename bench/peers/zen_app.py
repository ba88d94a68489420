"""A decision service around zen-engine in some twenty lines. A script; its argument is the graph's file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from zen import ZenDecisionContent, ZenEngine


class Asked(BaseModel):
    facts: dict[str, Any]


content = ZenDecisionContent(Path(sys.argv[1]).read_text(encoding="utf-8"))
engine = ZenEngine({"loader": lambda key: content})
app = FastAPI()


@app.post("/v1/decisions/{key}")
async def decide(key: str, asked: Asked) -> Response:
    return JSONResponse(engine.evaluate(key, asked.facts))


@app.get("/readyz")
async def ready() -> None:
    pass


if __name__ == "__main__":
    # The settings of `rulesflow.app.serve`, as far as they touch a request.
    uvicorn.run(app, port=0, access_log=False, ws="none", proxy_headers=False, server_header=False)
