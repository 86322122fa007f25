"""What the notebook clients from 0.3 on do with a cell, as far as a server can tell: one frame out, frames in, then rows from PostgreSQL.

usage: notebook_client.py GENERATION URL TOKEN, the cell on standard input. GENERATION is 0.3.0 (the text goes to the driver as it is) or 0.3.9 (it goes
through SQLAlchemy's text(), in chunks from a cursor of the server). Prints what a notebook would show, as JSON.
"""
import json
import sys

import pandas
import sqlalchemy
import websocket


def ask(url, token, cell):
    """Sends a cell; gives what was printed, and the last frame."""
    socket = websocket.WebSocket()
    socket.connect(f"{url}?api_token={token}")
    socket.send(json.dumps({"query_string": cell, "query_type": "thanosql"}))
    printed = []
    while True:
        frame = json.loads(socket.recv())
        if frame["output_type"] == "MESSAGE":
            printed.append(frame["output_message"])
        elif frame["output_type"] in ("RESULT", "ERROR"):
            return printed, frame


def read(generation, data):
    """Reads the rows that a result names. A connection is made for every result, also for one without rows."""
    place = data["workspace_db_info"]
    engine = sqlalchemy.create_engine(f"postgresql://{place['user']}:{place['password']}@/{place['database']}?host={place['host']}")
    try:
        with engine.connect() as connection:
            if data["response_type"] is None:
                return None
            if data["response_type"] != "SELECT":
                raise ValueError("Invalid Response Type")
            if generation == "0.3.0":
                return pandas.read_sql_query(data["query_string"], connection)
            streamed = connection.execution_options(stream_results=True)
            return pandas.concat(list(pandas.read_sql_query(sqlalchemy.text(data["query_string"]), streamed, chunksize=10000)))
    finally:
        engine.dispose()


def main(generation, url, token):
    printed, frame = ask(url, token, sys.stdin.read())
    shown = {"printed": printed, "error": None, "frame": None, "types": None, "pictures": None}
    if frame["output_type"] == "ERROR":
        shown["error"] = frame["output_message"]
    else:
        data = frame["output_message"]["data"]
        rows = read(generation, data)
        if rows is None:
            printed.append("Success")
        elif data["print"]:
            option = data["print_option"]
            shown["pictures"] = [f"{option['base_dir']}/{path}" for path in list(rows[option["image_col"]])[: option["limit"]]]
        else:
            shown["frame"] = {"columns": list(rows.columns), "data": [[None if v is None else str(v) for v in row] for row in rows.values.tolist()]}
            shown["types"] = [str(kind) for kind in rows.dtypes]
    print(json.dumps(shown))


main(*sys.argv[1:])
