"""dunproof: findings that stand up, from the traces of an online-lending app.

    import dunproof

    outcome = dunproof.investigate(["loan.apk", "agreement.html", "sms.xml"], lender_type="microloan")
    facts = dunproof.read_facts("sms.xml")

Both import what they need when they are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dunproof.case.outcome import Outcome
    from dunproof.facts.kinds import Fact

__version__ = "0.1.0"
__all__ = ["__version__", "investigate", "read_facts"]


def investigate(paths: str | Path | Sequence[str | Path], **options: Any) -> Outcome:
    """Return the outcome over files, folders or one case folder: ``outcome.casefile`` and the folder ``outcome.out``.

    ``options`` are those of dunproof.case.options.Options: lang, zone, as_of, lender, lender_type, holder_role, out,
    packs, limits, cache, overwrite, show_numbers. Errors: dunproof.errors.UseError and PackError, each with a hint.
    """
    from dunproof.case.options import Options
    from dunproof.case.pipeline import investigate as run

    return run([paths] if isinstance(paths, str | Path) else paths, Options(**options))


def read_facts(path: str | Path, **options: Any) -> list[Fact]:
    """Return what read and link find in a file, folder or case folder, as structs of dunproof.facts.kinds."""
    from dunproof.case.options import Options
    from dunproof.case.pipeline import read_facts as run

    return run([path], Options(**options))
