"""What the torch methods share; nothing here is imported without the extras that bring torch."""
