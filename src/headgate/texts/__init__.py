"""What the text methods share: n-grams, linear models, SS3, respelling, Chinese forms, local classifiers."""
