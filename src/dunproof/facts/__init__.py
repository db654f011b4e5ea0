"""Facts: what was read, with its exact place. Kinds, locators, the store and the structs of case.json."""
