"""A web application with the engine inside: ``uvicorn app:app --workers 2``.

One worker becomes the engine, the others are its clients; when it goes, another takes over. Nothing below asks which is
which.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ecomflow import Engine, EventError, NotFoundError, RefusedError, Run, StoreError, from_json

PROJECT = Path(__file__).parent
PEOPLE = {os.environ.get("ANA_TOKEN", "ana-token"): "ana"}  # your application's own log-in stands here


@contextlib.asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Engine]]:
    """Open the engine in each worker, after the fork, on the worker's own loop."""
    async with Engine.open(PROJECT) as engine:
        yield {"engine": engine}


async def ask_for_refund(request: Request) -> Response:
    """Take a request in: answered once the event is on disk, whatever becomes of it."""
    body = from_json(await request.body())  # numbers with a point become decimals
    receipt = await request.state.engine.emit("refund.requested", {"refund": body}, id=body["id"], source="web", subject=body["id"])
    return JSONResponse({"event": receipt.event_id}, status_code=202)


async def list_runs(request: Request) -> Response:
    """Show the newest runs."""
    runs = request.state.engine.runs(status=request.query_params.get("status"), newest=50)
    return JSONResponse([shown(run) async for run in runs])


async def show_run(request: Request) -> Response:
    """Show one run with its story."""
    run = await request.state.engine.run(request.path_params["run"])
    return JSONResponse(shown(run) | {"steps": [[step.path, step.kind, step.text] for step in run.steps]})


async def approve(request: Request) -> Response:
    """Decide as the person who is logged in. The run itself asks whether they may."""
    who = PEOPLE.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if who is None:
        return JSONResponse({"error": "log in first"}, status_code=401)
    body = from_json(await request.body())
    await request.state.engine.decide(request.path_params["run"], approved=body["approved"] is True, by=who, comment=body.get("comment", ""))
    return Response(status_code=204)


async def health(request: Request) -> Response:
    """Tell what this worker is."""
    return JSONResponse({"worker": os.getpid(), "engine": request.state.engine.is_engine})


def shown(run: Run) -> dict[str, Any]:
    """Return a run as JSON shows it."""
    waiting = [waits.text or waits.kind for waits in run.waiting_for]
    return {"id": run.id, "workflow": run.workflow, "subject": run.subject, "status": run.status, "reason": run.reason, "waiting_for": waiting}


def told(status: int) -> Any:
    """Return what answers an error of ecomflow with a status."""
    return lambda _, error: JSONResponse({"error": str(error)}, status_code=status)


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/refunds", ask_for_refund, methods=["POST"]),
        Route("/runs", list_runs),
        Route("/runs/{run}", show_run),
        Route("/runs/{run}/approval", approve, methods=["POST"]),
        Route("/health", health),
    ],
    exception_handlers={
        EventError: told(400), NotFoundError: told(404), RefusedError: told(409), StoreError: told(503), TimeoutError: told(202),
    },
)  # fmt: skip
