"""Recorded traffic: personal data in what an app sent, behind the encodings that it put around it."""
