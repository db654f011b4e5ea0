"""The code of an app: its classes, what calls what, what runs, and which values stand where."""
