"""Text to tokens and back: training, tokenizer.json and its kin, token files. Must not know corpora or models."""
