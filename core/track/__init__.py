"""From frames to people: tracklets within a chunk, identities over the whole clip."""
