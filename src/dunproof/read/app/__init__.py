"""Android apps: what personal data the code of an app can reach, by which call, for whom."""
