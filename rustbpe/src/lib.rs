//! Train a byte-level BPE and encode text with it.
