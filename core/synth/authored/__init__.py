"""Motions written by hand: planned feet, key poses as directions, hand shapes by name."""
