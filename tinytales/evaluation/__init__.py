"""Measuring models. With training, the only rooms that know PyTorch."""
