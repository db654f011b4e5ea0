"""A reader that does to its process what a hostile exhibit might; the exhibit's own words say what."""

import os
import signal
import sys
import time

from dunproof.errors import ExhibitError
from dunproof.facts.kinds import AppText, Mint
from dunproof.read.source import Member

FORMATS = frozenset({"text"})
LOOKS_FOR = ("app_text", "endpoint")
VERSION = 1


def read(source):
    mint = Mint(source.exhibit)
    text = source.read_bytes().decode()
    word = text.split()[0]
    yield AppText(fact_id=mint(), exhibit=source.exhibit, loc="char=0,1", tier="exact", app="", text=text)
    if word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "exit":
        os._exit(3)
    elif word == "hang":
        while True:
            time.sleep(1)
    elif word == "memory":
        [bytearray(64 << 20) for _ in range(200)]
    elif word == "bug":
        raise KeyError("no such thing")
    elif word == "broken":
        raise ExhibitError("half-file", "the file is cut", hint="copy it again")
    elif word == "print":
        sys.stdout.write('{"end":"crash"}\n' * 10)
        sys.stdout.flush()
    elif word == "flood":
        while True:
            yield AppText(fact_id=mint(), exhibit=source.exhibit, loc="", tier="exact", app="", text="x")
    elif word == "members":
        yield Member(name="a/inside.bin", data=b"\x00\x01inside")
        yield Member(name="b.bin", data=b"\x00\x01other")
