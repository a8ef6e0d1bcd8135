"""The full-screen storytelling session. Must not know PyTorch; how stories are kept is `tinytales.story`'s affair."""
