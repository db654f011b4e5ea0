"""The package of an app: manifest, splits, dex files, texts; and the locators inside it."""
