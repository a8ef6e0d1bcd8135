"""The full-screen storytelling session (Textual). Must not know PyTorch."""
