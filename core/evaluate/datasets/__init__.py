"""Readers of data sets that users hold, one dialect per module; each returns an ``Annotation``."""
