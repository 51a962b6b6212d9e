"""Link: typed edges child -> parent, each with its evidence and confidence."""
