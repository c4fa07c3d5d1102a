"""Where feet and palms rest on something."""
