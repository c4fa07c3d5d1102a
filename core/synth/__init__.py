"""Footage with exact truth: who moves how before which cameras, planned here and rendered by addon/headless."""
