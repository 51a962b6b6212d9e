"""Evidence: pure statistics that every stage may call."""
