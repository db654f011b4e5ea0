"""File formats: bytes and places in them, without a view on lending."""
