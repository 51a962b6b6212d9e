"""A model and a forget set -> a model without what they taught it. One file a method."""
