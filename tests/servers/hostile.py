"""A server that follows a script: for each method, the messages that it answers with.

Run as `python hostile.py SCRIPT`, a JSON object from method to a list of messages; a `result` or
`error` gets the id of the request. What has no script is answered with an empty result.
"""

import json
import sys

SCRIPT = json.loads(sys.argv[1])


def main() -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        usual: list[dict[str, object]] = [{"result": {}}] if "id" in message else []
        for said in SCRIPT.get(message.get("method"), usual):
            named = {} if "method" in said else {"id": message["id"]}
            print(json.dumps({"jsonrpc": "2.0", **named, **said}), flush=True)


if __name__ == "__main__":
    main()
