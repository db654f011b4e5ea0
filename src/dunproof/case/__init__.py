"""The case: its folder, what comes in, what each file gave, and the four verbs in a row."""
