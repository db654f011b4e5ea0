"""Polarity: what one more row of a kind can do to a finding."""

from __future__ import annotations

import pytest

from dunproof.judge.parse import parse
from dunproof.judge.polarity import polarity

C = "SELECT c.fact_id AS x FROM communication AS c WHERE "
G = "SELECT c.person AS x FROM communication AS c GROUP BY c.person HAVING "
A = "(SELECT {} FROM act AS a WHERE a.communication = c.fact_id{})"


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        (C + "c.channel = 'sms'", {"communication": "+"}),
        (C + "NOT c.channel = 'sms'", {"communication": "+"}),
        (C + "EXISTS " + A.format(1, ""), {"communication": "+", "act": "+"}),
        (C + "NOT EXISTS " + A.format(1, ""), {"communication": "+", "act": "-"}),
        (C + "NOT NOT EXISTS " + A.format(1, ""), {"communication": "+", "act": "+"}),
        (
            C + "NOT EXISTS " + A.format(1, " AND NOT EXISTS (SELECT 1 FROM slot AS s WHERE s.value = a.act)"),
            {"communication": "+", "act": "-", "slot": "+"},
        ),
        (C + A.format("count(*)", "") + " > 2", {"communication": "+", "act": "+"}),
        (C + A.format("count(*)", "") + " <= 2", {"communication": "+", "act": "-"}),
        (C + "2 >= " + A.format("count(*)", ""), {"communication": "+", "act": "-"}),
        (C + A.format("count(*)", "") + " = 2", {"communication": "+", "act": "+-"}),
        (C + A.format("count(*)", "") + " <> 2", {"communication": "+", "act": "+-"}),
        (C + "NOT " + A.format("count(*)", "") + " < 2", {"communication": "+", "act": "+"}),
        (
            C + "EXISTS " + A.format(1, "") + " AND NOT EXISTS " + A.format(1, "").replace("AS a", "AS b").replace("a.", "b."),
            {"communication": "+", "act": "+-"},
        ),
        (G + "count(*) > 2", {"communication": "+"}),
        (G + "count(*) < 2", {"communication": "+-"}),
        (G + "NOT count(*) < 2", {"communication": "+"}),
        (G + "count(DISTINCT c.number) = 2", {"communication": "+-"}),
        (
            "SELECT c.person AS x FROM communication AS c JOIN role AS r ON r.person = c.person",
            {"communication": "+", "role": "+"},
        ),
    ],
)  # fmt: skip
def test_polarity(sql, wanted):
    assert polarity(parse(sql, file="r", line=1, params={})) == wanted
