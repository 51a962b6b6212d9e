"""What holds between the columns of a table: dependencies, typos, copied rows."""
