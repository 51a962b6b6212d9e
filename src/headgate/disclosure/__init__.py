"""What a card says and what it leaves out: one engine, several sets of questions in data/questions."""
