"""The errors of dunproof: four families, and the difference between them is what happens next."""

from __future__ import annotations


class DunproofError(Exception):
    """Root of all errors that dunproof raises on purpose. ``hint`` is the next step, in one line."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message


class ExhibitError(DunproofError):
    """A file handed in is broken, locked or of an unknown kind. It becomes a ``problem`` fact; the run goes on.

    ``code`` is a stable slug of docs/problems.md; ``loc`` says where in the file.
    """

    def __init__(self, code: str, message: str, *, loc: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.loc = loc

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_exhibit_error, (self.code, self.message, self.loc, self.hint))


def _rebuild_exhibit_error(code: str, message: str, loc: str, hint: str) -> ExhibitError:
    return ExhibitError(code, message, loc=loc, hint=hint)


class PackError(DunproofError):
    """A rule, lexicon or clause file is wrong. Stops before judging; the message starts with file:line:column."""

    def __init__(
        self, file: str, line: int, message: str, *, column: int = 0, hint: str = "", code: str = "pack"
    ) -> None:
        where = f"{file}:{line}:{column}" if column else f"{file}:{line}"
        super().__init__(f"{where}: {message}", hint=hint, code=code)
        self.file = file
        self.line = line
        self.column = column


class UseError(DunproofError):
    """Arguments, folders or configuration are wrong: exit 2 with the next step."""


class LocatorError(DunproofError):
    """Text that is no locator, or a place that does not exist in the exhibit."""
