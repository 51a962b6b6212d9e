"""What the stages of a data pipeline removed."""
