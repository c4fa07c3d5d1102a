"""Measuring a take against the truth: metrics under their exact names, and readers for the field's data sets."""
