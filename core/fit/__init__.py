"""From landmarks to a posed body: shape, pose, root, floor and confidence."""
