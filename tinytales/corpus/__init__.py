"""Stories from any source to a clean corpus on disk, and reading it again. Must not know tokens or models."""
