"""Training: the one loop for `train` and `mid-train`, and its parts. With evaluation, the only rooms that know PyTorch."""
