"""Judging: rules (YAML + a small SQL) over facts, verdicts with two bounds, and the self-test of rules."""
