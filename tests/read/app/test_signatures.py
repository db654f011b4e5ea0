"""Listed, verified, and taken by a system: three things that are said of a signature one by one."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from dunproof.facts.kinds import Coverage, Problem, Signer

HERE = Path(__file__).parent
SIGNING = runpy.run_path(str(HERE / "signing.py"))
jar = runpy.run_path(str(HERE.parent / "formats" / "test_jarsig.py"))["jar"]
V1, V2 = "v1", "v2"


@pytest.fixture
def signed(make, read_apk):
    def run(target, *schemes):
        sdk = {"minSdkVersion": 21} | ({} if target is None else {"targetSdkVersion": target})
        data = make.axml(("manifest", {"package": "cn.example.loan"}, [("uses-sdk", sdk, []), ("application", {}, [])]))
        members = {"AndroidManifest.xml": data}
        file = jar(members) if V1 in schemes else make.package(members)
        if V2 in schemes:
            file = SIGNING["sign"](file, {SIGNING["V2"]: [SIGNING["Signer"](SIGNING["FIRST"])]})
        return read_apk(file)

    return run


@pytest.mark.parametrize(
    ("target", "schemes", "told"),
    [
        (29, [V1], False),
        (30, [V1], True),
        (34, [V1], True),
        (34, [V1, V2], False),
        (34, [V2], False),
        (34, [], False),
        (None, [V1], False),
    ],
)
def test_a_package_for_android_11_that_v1_alone_signs_is_told_and_its_signature_stays_what_it_is(
    signed, target, schemes, told
):
    facts = signed(target, *schemes)
    notes = [f for f in facts if isinstance(f, Problem) and f.code == "signature-too-old"]
    assert len(notes) == told
    assert all("META-INF/" in n.loc for n in notes)
    assert {(s.scheme, s.verifies) for s in facts if isinstance(s, Signer) and s.verifies is not None} >= {
        (scheme, True) for scheme in schemes[-1:]
    }
    assert not any(f.looked_for == "signer" for f in facts if isinstance(f, Coverage))
