"""Body landmarks: rotated square crops of the frames, and the landmark network's answers in image pixels and metres."""
