"""FastAPI with asyncpg: one prepared query on a pooled connection."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from peers.signature import is_genuine

ROUTE = (
    "SELECT n.pool, r.callee, r.caller_id FROM numbers AS n"
    " LEFT JOIN (routes AS r JOIN sessions AS s ON s.id = r.session AND NOT s.closed AND s.end_time > now())"
    " ON r.dialled = n.number AND r.caller = $1 WHERE n.number = $2"
)


@asynccontextmanager
async def lifespan(served: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_STORE"], min_size=8, max_size=16) as pool:
        served.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/infobip/callback")
async def callback(request: Request) -> JSONResponse:
    body = await request.body()
    if not is_genuine(request.headers.get("authorization"), body):
        raise HTTPException(401)
    call = json.loads(body)
    found = await app.state.pool.fetchrow(ROUTE, call.get("from"), call["to"])
    if found is None or found["callee"] is None:
        return JSONResponse({"command": "audio", "fileUrl": "https://example.org/not-allowed.wav"})
    return JSONResponse({"command": "dial", "phoneNumber": found["callee"], "callerId": found["caller_id"]})
