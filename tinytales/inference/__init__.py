"""Generating text: the engine protocol, sampling settings, and the engines. Must not know PyTorch or Textual."""
