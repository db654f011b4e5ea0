"""A paper and the app beside it: what was said of the paper is counted once, whichever part of it was said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dunproof.case.options import Options
from dunproof.case.pipeline import investigate

APP = Path(__file__).parent.parent / "read/app/fixtures/apk/owner-sdk.apk"
POLICY = """<html><body><h1>云杉借隐私政策</h1>
<p>我们会收集您的姓名、手机号、身份证号等信息，用于贷款审核。</p>
<p>您同意我们收集您的个人信息，我们是临江云杉小额贷款有限公司。</p></body></html>"""
LENDER = 'lender = "临江云杉小额贷款有限公司"\n'
RULE = "cn-policy-left-open"


@pytest.mark.parametrize("said", ["", LENDER, 'app = "loan.apk"\n', 'app = "loan.apk"\n' + LENDER])
def test_a_paper_is_judged_once(tmp_path, said):
    case = tmp_path / "case"
    case.mkdir()
    shutil.copyfile(APP, case / "loan.apk")
    (case / "policy.html").write_text(POLICY, "utf-8")
    (case / "case.toml").write_text(
        f'as_of = "2026-03-01"\nlender_type = "microloan"\n[[exhibit]]\nfile = "policy.html"\n{said}', "utf-8"
    )
    done = investigate([case], Options(out=tmp_path / "out", cache=False))
    (verdict,) = [v for v in done.casefile.verdicts if v.rule == RULE and v.verdict != "not-applicable"]
    assert (verdict.judged, verdict.rows_total) == (1, 3)
    if said:
        assert verdict.verdict in {"breach", "departs"}
