"""Flask with SQLAlchemy on Postgres: one query by a pooled connection, the statement compiled once."""

import os

from flask import Flask, Response, abort, request
from sqlalchemy import create_engine, text

from peers.signature import is_genuine

app = Flask(__name__)
engine = create_engine(os.environ["PEER_STORE"], pool_size=16, isolation_level="AUTOCOMMIT")
ROUTE = text(
    "SELECT n.pool, r.callee, r.caller_id FROM numbers AS n"
    " LEFT JOIN (routes AS r JOIN sessions AS s ON s.id = r.session AND NOT s.closed AND s.end_time > now())"
    " ON r.dialled = n.number AND r.caller = :caller WHERE n.number = :dialled"
)


@app.post("/infobip/callback")
def callback() -> Response | dict[str, str]:
    body = request.get_data()
    if not is_genuine(request.headers.get("Authorization"), body):
        abort(401)
    call = request.get_json()
    with engine.connect() as connection:
        found = connection.execute(ROUTE, {"caller": call.get("from"), "dialled": call["to"]}).first()
    if found is None or found.callee is None:
        return {"command": "audio", "fileUrl": "https://example.org/not-allowed.wav"}
    return {"command": "dial", "phoneNumber": found.callee, "callerId": found.caller_id}
