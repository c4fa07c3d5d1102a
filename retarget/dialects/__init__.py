"""The rig library: one TOML file per naming dialect, and its reader."""
