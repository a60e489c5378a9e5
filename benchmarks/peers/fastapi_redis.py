"""FastAPI with redis-py's asyncio client and hiredis: one command for a route."""

import json
import os
import time

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from redis.asyncio import Redis

from peers.signature import is_genuine

app = FastAPI()
redis = Redis.from_url(os.environ["PEER_STORE"], protocol=2)


@app.post("/infobip/callback")
async def callback(request: Request) -> JSONResponse:
    body = await request.body()
    if not is_genuine(request.headers.get("authorization"), body):
        raise HTTPException(401)
    call = json.loads(body)
    callee, caller_id, end = await redis.hmget(f"route:{call.get('from')}:{call['to']}", "callee", "caller_id", "end")
    if callee is None or float(end) < time.time():
        return JSONResponse({"command": "audio", "fileUrl": "https://example.org/not-allowed.wav"})
    return JSONResponse({"command": "dial", "phoneNumber": callee.decode(), "callerId": caller_id.decode()})
