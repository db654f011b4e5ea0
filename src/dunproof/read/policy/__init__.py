"""Agreements, policies and lists: what they collect, whom they name, what they promise and what they take."""
