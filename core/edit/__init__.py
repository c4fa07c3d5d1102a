"""Clean-up of a take's motion: an ordered list of edits, computed anew from the take's arrays. numpy only."""
