"""Lines that parsers read differently, and what becomes of each: a reason, or nothing to object to.

Rows follow what json, orjson, msgspec, pydantic and node do with them; the names say what is odd.
"""

from typing import Final

ENVELOPE: Final = '"jsonrpc":"2.0"'
SMUGGLED: Final = '{"jsonrpc":"2.0","id":99,"method":"tools/call","params":{"name":"evil"}}'


def asking(params: str, more: str = "") -> bytes:
    """A request whose params are this text."""
    return f'{{{ENVELOPE},"id":1,"method":"tools/call","params":{params}{more}}}'.encode()


def with_id(text: str) -> bytes:
    """A request whose id is this text."""
    return f'{{{ENVELOPE},"id":{text},"method":"ping"}}'.encode()


def result_with_id(text: str) -> bytes:
    """A good answer whose id is this text."""
    return f'{{{ENVELOPE},"id":{text},"result":{{}}}}'.encode()


def holding(text: str) -> bytes:
    """A call with one argument, this text."""
    return asking(f'{{"name":"t","arguments":{{"a":{text}}}}}')


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    """A call that is this many levels deep in all; the frame and its params are two of them."""
    return asking(f'{{"a":{opening * (depth - 2)}{closing * (depth - 2)}}}')


def listing(tool: str) -> bytes:
    """An answer with one tool."""
    return f'{{{ENVELOPE},"id":1,"result":{{"tools":[{tool}]}}}}'.encode()


def folded_everywhere(key: str) -> dict[str, bytes]:
    """A key beside `name` wherever keys have a meaning."""
    pair = f'"name":"a","{key}":"b"'
    return {
        "params": asking(f"{{{pair}}}"),
        "the ref of a completion": asking(f'{{"ref":{{"type":"ref/prompt",{pair}}}}}'),
        "the argument of a completion": asking(f'{{"argument":{{{pair},"value":"x"}}}}'),
        "a listed tool": listing(f"{{{pair}}}"),
        "a wish's params": (
            f'{{{ENVELOPE},"id":1,"result":{{"inputRequests":'
            f'{{"w":{{"method":"elicitation/create","params":{{{pair}}}}}}}}}}}'
        ).encode(),
    }


FOLDS_OF_NAME: Final = {
    "capital": "Name",
    "capitals": "NAME",
    "NUL": "name\\u0000",
    "blank before": " name",
    "blank after": "name ",
    "zero width": "na\\u200bme",
    "full width": "\\uff4eame",
    "soft hyphen": "na\\u00adme",
}
FOLDED: Final = {
    f"{how} in {where}": line
    for how, key in FOLDS_OF_NAME.items()
    for where, line in folded_everywhere(key).items()
} | {
    "capital in the envelope": f'{{{ENVELOPE},"id":1,"method":"a","Method":"b"}}'.encode(),
    "capital version": b'{"jsonrpc":"2.0","JSONRPC":"1.0","id":1,"method":"a"}',
    "long s in the envelope": f'{{{ENVELOPE},"id":1,"re\\u017fult":{{}}}}'.encode(),
    "long s in the params": asking('{"argument\\u017f":{}}'),
    "Kelvin in the params": asking('{"tas\\u212a":{}}'),
    "Kelvin in the meta": asking('{"_meta":{"progressTo\\u212aen":1}}'),
    "dotless i in the params": asking('{"task\\u0131d":"x"}'),
    "capital in the meta": asking(
        '{"_meta":{"io.modelcontextprotocol/protocolVersion":"x",'
        '"io.modelcontextprotocol/ProtocolVersion":"y"}}'
    ),
    "capital meta": asking('{"_Meta":{}}'),
    "capital in the result": f'{{{ENVELOPE},"id":1,"result":{{"Tools":[]}}}}'.encode(),
    "capital in the result's meta": (
        f'{{{ENVELOPE},"id":1,"result":{{"_meta":{{"ProgressToken":1}}}}}}'.encode()
    ),
    "capital in the context": asking('{"context":{"Arguments":{}}}'),
    "capital in a subscription": asking('{"notifications":{"ResourceSubscriptions":["x:"]}}'),
    "capital in a wish": (
        f'{{{ENVELOPE},"id":1,"result":{{"inputRequests":{{"w":{{"Method":"roots/list"}}}}}}}}'
    ).encode(),
    "capital in a task's wish": asking('{"inputRequests":{"w":{"Method":"roots/list"}}}'),
    "capital in an error's elicitation": (
        f'{{{ENVELOPE},"id":1,"error":{{"code":-32042,"data":{{"elicitations":[{{"URL":"x"}}]}}}}}}'
    ).encode(),
}

REFUSED: Final = {
    "duplicate-key": {
        "params": asking('{"name":"a","name":"b"}'),
        "escaped spelling": asking('{"name":"a","n\\u0061me":"b"}'),
        "deep inside": holding('{"x":[{"y":1,"y":2}]}'),
        "method": f'{{{ENVELOPE},"id":1,"method":"a","method":"b"}}'.encode(),
        "id": f'{{{ENVELOPE},"id":1,"id":2,"method":"a"}}'.encode(),
        "in a tool": listing('{"name":"a","name":"b"}'),
    },
    "folded-key": FOLDED,
    "not-finite": {
        "400 digits": holding("9" * 400),
        "4301 digits": holding("9" * 4301),
        "5000 digits": holding("-" + "9" * 5000),
        "1e400": holding("1e400"),
        "-1e400": holding("-1e400"),
        "NaN": holding("NaN"),
        "Infinity": holding("Infinity"),
        "-Infinity": holding("-Infinity"),
    },
    "not-utf-8": {
        "stray byte": holding('"\xff"').replace("\xff".encode(), b"\xff"),
        "overlong slash": holding('"?"').replace(b"?", b"\xc0\xaf"),
        "CESU surrogates": holding('"?"').replace(b"?", b"\xed\xa0\xbd\xed\xb8\x80"),
        "Latin-1": holding('"caf?"').replace(b"?", b"\xe9"),
        "UTF-16 with its mark": holding("1").decode().encode("utf-16"),
    },
    "lone-surrogate": {
        "high": holding('"\\ud800"'),
        "low": holding('"\\udc00"'),
        "capitals": holding('"\\uDBFF"'),
        "in a key": holding('{"\\ud800":1}'),
        "wrong order": holding('"\\ude00\\ud83d"'),
        "in the method": f'{{{ENVELOPE},"id":1,"method":"a\\ud800"}}'.encode(),
        "as id": with_id('"\\ud800"'),
    },
    "not-json": {
        "byte order mark": b"\xef\xbb\xbf" + with_id("1"),
        "UTF-16 without a mark": with_id("1").decode().encode("utf-16-le"),
        "NUL in a string": holding('"\0"'),
        "NUL after": with_id("1") + b"\0",
        "tab in a string": holding('"\t"'),
        "CR in a string": holding('"\r"'),
        "two values": with_id("1") + with_id("2"),
        "two values and a blank": with_id("1") + b" " + with_id("2"),
        "next line as white space": with_id("1") + "\x85".encode(),
        "U+2028 as white space": "\u2028".encode() + with_id("1"),
        "form feed as white space": b"\x0c" + with_id("1"),
        "comment": with_id("1 /* one */"),
        "trailing comma": with_id("1,"),
        "single quotes": b"{'jsonrpc':'2.0','method':'a'}",
        "leading zero": with_id("01"),
        "plus": with_id("+1"),
        "hexadecimal": with_id("0x1"),
        "cut off": with_id("1")[:-1],
        "text": b"Server listening on stdio",
        "nothing": b"",
    },
    "too-deep": {
        "129": nested(129),
        "1000": nested(1000),
        "100000": nested(100_000),
        "129 objects": nested(129, '{"a":', "}").replace(b":}", b":1}", 1),
        "100000 unclosed": b"[" * 100_000,
    },
    "not-an-object": {
        "text": b'"jsonrpc"',
        "number": b"1",
        "null": b"null",
    },
    "batch": {
        "one": b"[" + with_id("1") + b"]",
        "two": b"[" + with_id("1") + b"," + with_id("2") + b"]",
        "empty": b"[]",
    },
    "not-json-rpc": {
        "no version": b'{"id":1,"method":"ping"}',
        "old version": b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
        "number": b'{"jsonrpc":2.0,"id":1,"method":"ping"}',
        "empty": b"{}",
    },
    "bad-id": {
        "2^53": with_id(str(2**53)),
        "-2^53": with_id(str(-(2**53))),
        "2^64": with_id(str(2**64)),
        "1.5": with_id("1.5"),
        "1.0": with_id("1.0"),
        "true": with_id("true"),
        "false": with_id("false"),
        "null": with_id("null"),
        "list": with_id("[1]"),
        "object": with_id("{}"),
        "null of a result": result_with_id("null"),
        "true of a result": result_with_id("true"),
        "1.0 of a result": result_with_id("1.0"),
        "2^53 of an error": f'{{{ENVELOPE},"id":{2**53},"error":{{}}}}'.encode(),
    },
    "mixed-shape": {
        "method and result": f'{{{ENVELOPE},"id":1,"method":"a","result":{{}}}}'.encode(),
        "method and error": f'{{{ENVELOPE},"id":1,"method":"a","error":{{}}}}'.encode(),
        "result and error": f'{{{ENVELOPE},"id":1,"result":{{}},"error":{{}}}}'.encode(),
        "result and params": f'{{{ENVELOPE},"id":1,"result":{{}},"params":{{}}}}'.encode(),
        "result without id": f'{{{ENVELOPE},"result":{{}}}}'.encode(),
        "only an id": f'{{{ENVELOPE},"id":1}}'.encode(),
        "only the version": f"{{{ENVELOPE}}}".encode(),
        "unknown member": f'{{{ENVELOPE},"id":1,"method":"a","localguard":1}}'.encode(),
        "unknown member of a result": f'{{{ENVELOPE},"id":1,"result":{{}},"x":1}}'.encode(),
    },
    "bad-method": {
        "null": f'{{{ENVELOPE},"id":1,"method":null}}'.encode(),
        "number": f'{{{ENVELOPE},"method":1}}'.encode(),
    },
    "bad-shape": {
        "params as a list": asking("[1]"),
        "params as null": asking("null"),
        "result as a list": f'{{{ENVELOPE},"id":1,"result":[]}}'.encode(),
        "error as a text": f'{{{ENVELOPE},"id":1,"error":"no"}}'.encode(),
    },
}

GOES_ON: Final = {
    "id 0": with_id("0"),
    "id -0": with_id("-0"),
    "empty id": with_id('""'),
    "negative id": with_id("-5"),
    "text id": with_id('"1"'),
    "id 2^53-1": with_id(str(2**53 - 1)),
    "id -(2^53-1)": with_id(str(1 - 2**53)),
    "id in other letters": with_id('"\u0661\u20ac"'),
    "error without id": f'{{{ENVELOPE},"error":{{"code":-32700,"message":"parse"}}}}'.encode(),
    "error with id null": f'{{{ENVELOPE},"id":null,"error":{{"code":1,"message":""}}}}'.encode(),
    "unknown members of an error": f'{{{ENVELOPE},"id":1,"error":{{"x":[1],"code":1}}}}'.encode(),
    "unknown members of params": asking('{"unknown":{"deep":[1,2,{"x":null}]}}'),
    "no params": f'{{{ENVELOPE},"method":"notifications/x"}}'.encode(),
    "64 levels": nested(64),
    "65 levels": nested(65),
    "128 levels": nested(128),
    "128 levels of objects": nested(128, '{"a":', "}").replace(b":}", b":1}", 1),
    "wide, not deep": holding("[" + ",".join(["[]"] * 500) + "]"),
    "brackets in a text": holding('"' + "[{" * 500 + '"'),
    "1.0": holding("1.0"),
    "-0.0": holding("-0.0"),
    "1e-400": holding("1e-400"),
    "5e-324": holding("5e-324"),
    "largest double": holding("1.7976931348623157e308"),
    "long decimals": holding("0.1000000000000000055511151231257827"),
    "1E2": holding("1E2"),
    "2^53-1": holding(str(2**53 - 1)),
    "line and paragraph separators": holding('"\u2028\u2029\x85\x0b"'.replace("\x0b", "")),
    "escaped separators": holding('"\\u2028\\u2029\\u0085\\u000b\\u000c\\r\\n"'),
    "escaped NUL": holding('"\\u0000"'),
    "DEL and C1": holding('"\x7f\x9b"'),
    "surrogate pair": holding('"\\ud83d\\ude00"'),
    "surrogate pair as UTF-8": holding('"\U0001f600"'),
    "a backslash before what looks like a surrogate": holding('"\\\\ud800"'),
    "bidi and tags": holding('"\u202e\u2066\U000e0041"'),
    "escaped key": asking('{"n\\u0061me":"t"}'),
    "__proto__": holding('{"__proto__":{"x":1},"constructor":2}'),
    "keys that are numbers": holding('{"2":1,"1":2,"01":3}'),
    "arguments named as they like": asking(
        '{"name":"t","arguments":{"Name":1,"NAME":2,"name\\u0000":3," name":4,"\\u017f":5,'
        '"\\u212a":6,"Jsonrpc":7,"_Meta":{"ProgressToken":1}}}'
    ),
    "metadata of a vendor": asking('{"_meta":{"com.example/Name":1,"traceparent":"00-x"}}'),
    "CR as white space": asking(f'{{"x":\r{SMUGGLED}\r}}'),
    "white space everywhere": b' \t\r{ "jsonrpc" : "2.0" ,\r"method" :\t"a" } \r',
}
"""All that parsers agree on once it is written anew."""

BEYOND_DOUBLES: Final = {
    text: holding(text)
    for text in (
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551616",
    )
} | {"308 digits": holding("9" * 308)}
"""The exception: integers that some parsers round. Only ids are bounded ."""
