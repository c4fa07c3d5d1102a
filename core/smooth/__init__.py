"""Zero-phase smoothing of signals and rotations over real timestamps."""
