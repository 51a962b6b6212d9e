"""Training items -> their influence on a behaviour. One file a method; positive: removing the item reduces it."""
