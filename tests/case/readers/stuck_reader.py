"""The reader of phone exports, but for exports that say what to do to the process that reads them."""

import os
import re
import signal
import sys
import time

from dunproof.read.phone import reader

FORMATS = reader.FORMATS
LOOKS_FOR = reader.LOOKS_FOR
VERSION = reader.VERSION


def read(source):
    said = re.search(rb"<!-- (kill|hang|memory) -->", source.read_bytes())
    word = said[1] if said else b""
    for n, fact in enumerate(reader.read(source)):
        yield fact
        if n == 0 and word == b"kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif n == 0 and word == b"hang":
            sys.stderr.write("hanging\n")
            time.sleep(3600)
        elif n == 0 and word == b"memory":
            [bytearray(64 << 20) for _ in range(1000)]
