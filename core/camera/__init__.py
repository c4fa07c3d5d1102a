"""How the camera itself moves, from what stands still behind the people."""
