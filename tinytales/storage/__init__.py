"""The disk layout: atomic writes, manifests, locks and "the newest". Nothing else touches it."""
