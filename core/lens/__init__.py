"""The focal length of footage that does not tell its lens, and how sure that is."""
