"""``python -m dunproof`` is the command ``dunproof``."""

from __future__ import annotations

from dunproof.cli.main import main

if __name__ == "__main__":
    main()
