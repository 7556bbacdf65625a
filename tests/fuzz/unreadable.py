"""Bodies that no door may take, whatever its shape: each is no JSON, no object and no list, or too much of it."""

from __future__ import annotations

import gzip
import zlib

DEEP = 20_000
TEXT = '{"type":"track","event":"A","userId":"u","messageId":"m","properties":%s}'


def told(value: str) -> bytes:
    """Put a value into a call that is good otherwise."""
    return (TEXT % value).encode()


EMPTY = [b" ", b"\n", b"\t\r\n ", b"\x00", b"\x00\x00\x00\x00", b"\x0b", b"\xc2\xa0", b"\xe2\x80\x8b"]

SCALARS = [
    *(b"null", b"true", b"false", b"0", b"-0", b"1", b"-1", b"1.5", b"1e5", b"1E400", b"1e999", b"-1e999"),
    *(b'""', b'"text"', b'"{}"', b'"[]"', b'"\\u0000"', b'"\\ud83d\\ude00"', b"9" * 4_000, b"0.1e-99999"),
]

#: What other languages and careless hands write for these.
NEARLY = [
    *(
        b"None",
        b"True",
        b"undefined",
        b"nil",
        b"NULL",
        b"nan",
        b"NaN",
        b"-NaN",
        b"Infinity",
        b"-Infinity",
        b"inf",
    ),
    *(b"+1", b"01", b".5", b"5.", b"0x10", b"1_000", b"1,5", b"--1", b"1e", b"1e+", b"0b1", b"1n", b"'text'"),
    *(
        b"{'a': 1}",
        b"{a: 1}",
        b'{"a": 1,}',
        b"{,}",
        b'{"a"}',
        b'{"a":}',
        b'{"a" 1}',
        b'{"a": 1 "b": 2}',
        b"{:1}",
    ),
    *(
        b'{"a":: 1}',
        b'{"a": 1;}',
        b'{1: "a"}',
        b"{null: 1}",
        b"{true: 1}",
        b'{["a"]: 1}',
        b'{"a": 01}',
        b"{...}",
    ),
    *(
        b'{"a": +1}',
        b'{"a": .5}',
        b'{"a": 1.}',
        b'{"a": 0x1}',
        b'{"a": tru}',
        b'{"a": nulll}',
        b'{"a": TRUE}',
    ),
    *(
        b"// comment\n{}",
        b"/* comment */ {}",
        b"{} // comment",
        b"# comment\n{}",
        b"<!-- -->{}",
        b")]}',\n{}",
    ),
    *(b"callback({})", b"{}}", b"{}]", b"{} trailing", b"var a = {};", b"{}{", b"{{}}", b"{[]}", b"({})"),
]

CUT = [
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b"[[",
        b"]]",
        b"{[",
        b"[{",
        b"[}",
        b"{]",
        b'"',
        b'{"',
        b'{"a',
        b'{"a"',
        b'{"a":',
    ),
    *(
        b'{"a":1',
        b'{"a":1,',
        b'{"a":"',
        b'{"a":"b',
        b'{"a":"b"',
        b'{"a":[',
        b'{"a":[1',
        b'{"a":[1,',
        b'{"a":{',
    ),
    *(
        b'{"a":t',
        b'{"a":tru',
        b'{"a":-',
        b'{"a":1e',
        b'{"a":"\\',
        b'{"a":"\\u',
        b'{"a":"\\u00',
        b'{"a":"\\u00zz"}',
    ),
    *(told("{}")[:size] for size in (10, 30, 50, 60, 70)),
]

STRINGS = [
    *(b'{"a":"\n"}', b'{"a":"\t"}', b'{"a":"\x00"}', b'{"a":"\x01"}', b'{"a":"\x1f"}', b'{"\n":1}'),
    *(
        b'{"a":"\\x41"}',
        b'{"a":"\\q"}',
        b'{"a":"\\\'"}',
        b'{"a":"\\U0041"}',
        b'{"a":"\\u{41}"}',
        b'{"a":"\\0"}',
    ),
    *(
        b'{"a":"\xff"}',
        b'{"a":"\xc3"}',
        b'{"a":"\xc3("}',
        b'{"a":"\xa0"}',
        b'{"a":"\xe2\x82"}',
        b'{"a":"\xf0\x9f\x98"}',
    ),
    *(
        b'{"a":"\xc0\x80"}',
        b'{"a":"\xc0\xaf"}',
        b'{"a":"\xe0\x80\xaf"}',
        b'{"a":"\xf4\x90\x80\x80"}',
        b'{"\xff":1}',
    ),
    *(b'{"a":"\xed\xa0\x80"}', b'{"a":"\xed\xbf\xbf"}', b'{"a":"\xf8\x88\x80\x80\x80"}', b'{"a":"\xfe\xff"}'),
    *(
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00"}',
        b'{"a":"\\ud800\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\\ud83d"}',
    ),
    *(
        b'{"a":"\\ud83dx"}',
        b'{"a":"\\ud83d\\n"}',
        b'{"a":"\\ud83d\\u0041"}',
        b'{"\\ud800":1}',
        b'{"a":["\\udfff"]}',
    ),
]

CODED = [
    *("{}".encode(name) for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")),
    *('{"a":"ä"}'.encode(name) for name in ("latin-1", "cp437", "mac-roman")),
    b"\xef\xbb\xbf\xef\xbb\xbf{}",
    *(
        gzip.compress(b"{}"),
        zlib.compress(b"{}"),
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00",
        b"BZh91AY",
        b"PK\x03\x04",
    ),
    *(
        b"e30=",
        b"%7B%7D",
        b"eyJhIjoxfQ==",
        b"\\x7b\\x7d",
        b"&#123;&#125;",
        b"\x28\xb5\x2f\xfd",
        b"\x85\xa1a\x01",
    ),
    *(
        b"\x80\x04}\x94.",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7",
        b"\x7fELF",
        b"MZ\x90\x00",
        b"GIF89a",
        b"SQLite format 3\x00",
    ),
]

FOREIGN = [
    *(
        b"<xml/>",
        b"<html></html>",
        b"<!DOCTYPE html>",
        b"<?php ?>",
        b"a: 1",
        b"- a\n- b",
        b"--- {}\n...",
        b"a,b\n1,2",
    ),
    *(
        b"SELECT 1;",
        b"'; DROP TABLE events; --",
        b"${jndi:ldap://x}",
        b"{{7*7}}",
        b"{% raw %}",
        b"../../etc/passwd",
    ),
    *(
        b"GET / HTTP/1.1\r\n\r\n",
        b"--boundary\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--boundary--",
        b"!!binary x",
    ),
    *(
        b'O:8:"stdClass":0:{}',
        b"!ruby/object:Gem {}",
        b"\xac\xed\x00\x05sr",
        b"{\\rtf1}",
        b"*1\r\n$4\r\nPING\r\n",
    ),
]

NUMBERS = [
    told(value)
    for value in (
        *(
            "NaN",
            "-NaN",
            "Infinity",
            "-Infinity",
            "nan",
            "+1",
            "01",
            "-01",
            "1.",
            ".1",
            "1e",
            "0x1F",
            "1_0",
            "1,0",
        ),
        *(
            '{"price":NaN}',
            '{"price":-Infinity}',
            "[1,NaN]",
            '{"price":1e}',
            '{"price":--1}',
            '{"price":1.2.3}',
        ),
    )
]

DEPTHS = [
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b'[{"a":' * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    told('{"a":' * 6_000 + "1" + "}" * 6_000),
    told("[" * 900 + "]" * 900),
    told('{"a":' * 33 + "1" + "}" * 33),
    told("[" * 40 + "]" * 40),
]

#: Good ones with something beside them: to a door that takes one document on each line these are several.
JOINED = frozenset(
    [
        *(
            b"// comment\n{}",
            b"{} // comment",
            b"# comment\n{}",
            b")]}',\n{}",
            b"{}}",
            b"{}]",
            b"{} trailing",
            b"{}{",
        ),
        b"--boundary\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--boundary--",
    ]
)

UNREADABLE = [*EMPTY, *SCALARS, *NEARLY, *CUT, *STRINGS, *CODED, *FOREIGN, *NUMBERS, *DEPTHS]

#: More than a call may hold; the last has 200,000 keys.
HUGE = [
    told('"' + "x" * 40_000 + '"'),
    told('{"a":"' + "ä" * 20_000 + '"}'),
    told("[" + "1," * 20_000 + "1]"),
    told("{" + ",".join(f'"{number}":{number}' for number in range(200_000)) + "}"),
]
