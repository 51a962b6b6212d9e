"""Judges that debate an item: roles, rounds, verdicts, transcripts."""
