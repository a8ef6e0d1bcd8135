"""Stories: passages in a tree, on disk and exported. Must not know Textual or PyTorch."""
