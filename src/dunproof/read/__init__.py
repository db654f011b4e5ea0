"""Readers: exhibits in, facts out. One wing a kind of exhibit; formats below the wings; none judges."""
