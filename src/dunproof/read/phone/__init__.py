"""The phone wing: exports of messages and calls to sightings."""
