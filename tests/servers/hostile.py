"""A server that follows a script: for each method, the messages that it answers with.

Run as `python hostile.py SCRIPT [TURNS]`, JSON objects from method to a list of messages: all of a
script each time, of turns one after the other. A `result` or `error` gets the id of the request.
What has no script is answered with an empty result.
"""

import json
import sys

SCRIPT, TURNS = (json.loads(text) for text in (*sys.argv[1:], "{}")[:2])


def main() -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        method = message.get("method")
        usual: list[dict[str, object]] = [{"result": {}}] if "id" in message else []
        turn = [TURNS[method].pop(0)] if TURNS.get(method) else usual
        for said in SCRIPT.get(method, turn):
            named = {} if "method" in said else {"id": message["id"]}
            print(json.dumps({"jsonrpc": "2.0", **named, **said}), flush=True)


if __name__ == "__main__":
    main()
