"""Which bone of a rig is which part of a person: by dialect, by name, by structure."""
