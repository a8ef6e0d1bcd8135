"""Where stories come from: files and folders, and the built-in generator. Must not know what becomes of them."""
