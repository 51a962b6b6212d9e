"""What trace, remove and prove share: subjects, behaviours, forget sets, removals, checks and certificates."""
