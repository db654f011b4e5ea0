"""The public types, checked by mypy --strict: this file is never run. Other tools are written against these names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import assert_type

from dunproof import wire
from dunproof.case.options import Options
from dunproof.case.outcome import Outcome
from dunproof.case.pipeline import investigate, read_facts
from dunproof.errors import DunproofError, ExhibitError, UseError
from dunproof.facts.casefile import CaseFile, VerdictEntry
from dunproof.facts.kinds import Fact, Mint
from dunproof.facts.problems import ProblemText, load
from dunproof.judge.pack import Pack, load_pack
from dunproof.law.register import Register
from dunproof.law.register import load as load_register
from dunproof.law.structs import Clause

outcome = investigate([Path("sms.xml"), "policy.html"], Options(as_of="2026-03-01", lender_type="microloan"))
assert_type(outcome, Outcome)
assert_type(outcome.casefile, CaseFile)
assert_type(outcome.casefile.verdicts, list[VerdictEntry])
assert_type(outcome.exit_code({"breach"}, strict=True), int)
assert_type(read_facts(["sms.xml"]), list[Fact])
assert_type(Mint("case")(), str)
assert_type(load_pack("cn"), Pack)
assert_type(load_register(), Register)
assert_type(load_register().clause("CN-PIPL-6"), Clause)
assert_type(load_register().in_force("2026-03-01", "bank"), tuple[Clause, ...])
assert_type(load(), Mapping[str, ProblemText])
assert_type(wire.document({"a": 1}), bytes)

error: DunproofError = UseError("no", hint="yes")
error = ExhibitError("truncated", "cut short", loc="byte=0x0,1")
assert_type(error.hint, str)
