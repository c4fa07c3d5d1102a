"""Checkpoints as their authors publish them: read without running anything, recognised, converted, kept."""
