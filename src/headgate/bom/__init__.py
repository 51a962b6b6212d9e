"""Bills of materials: the facts of named artifacts, and the documents that state them."""
