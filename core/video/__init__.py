"""Footage to upright RGB frames with the container's own times: PyAV for videos, OpenCV for image folders."""
