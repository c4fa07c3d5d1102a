"""What the sidebar shows, one panel family per file."""
