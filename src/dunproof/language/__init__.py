"""Chinese text with exact offsets: folding, matching, cutting, speech acts, numbers and names. Floor 2."""
