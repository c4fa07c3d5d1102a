"""2D keypoints of other detectors as input: read, told apart, linked over frames into the take's own landmarks."""
