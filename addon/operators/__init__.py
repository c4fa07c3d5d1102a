"""What the buttons do, one family per file."""
