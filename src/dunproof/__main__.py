"""The command ``dunproof``, also as ``python -m dunproof``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line of this process; a Ctrl-C that comes while it is loaded ends it in one line too."""
    try:
        from dunproof.cli.main import main as command

        command()
    except KeyboardInterrupt:
        sys.stderr.write("dunproof: interrupted; nothing half-written is left\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
