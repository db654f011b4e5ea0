"""Clause register and official texts: what the norms say, since when, for whom, and how well that is verified."""
