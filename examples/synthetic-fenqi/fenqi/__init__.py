"""Generator of the demonstration case: the committed case and its seeded variants come from the same templates."""
