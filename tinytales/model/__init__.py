"""The model: its configuration, its standard folder (both without PyTorch), and the GPT that PyTorch trains."""
