"""The retarget solve, from the anatomical frames of both rigs to the target's bone rotations."""
