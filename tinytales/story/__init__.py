"""What a story is: passages, their tree, its log on disk, the library, export. Must not know Textual or PyTorch."""
