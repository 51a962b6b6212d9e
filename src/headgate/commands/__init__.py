"""Commands: one file per main command; the file's name is the command's name."""
