"""dunproof: findings that stand up, from the traces of an online-lending app."""

__version__ = "0.1.0"
