"""Asking for stories in plain words: conversations made from stories, what a request asks for, and the answers.

Knows corpora, tokenizers and engines. Must not know PyTorch, the training loop, or how stories are kept.
"""
