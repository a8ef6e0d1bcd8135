"""tinytales: train a tiny story model and tell stories with it, in the terminal."""
