"""Models to and from elsewhere: GGUF for llama.cpp and Ollama, a model card, Hugging Face folders. Knows no PyTorch."""
