"""Training: the one loop for `train` and `mid-train`, and its parts. Knows PyTorch, as evaluation does."""
