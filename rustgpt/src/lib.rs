//! Load a tiny GPT from a model folder and generate with it on a CPU.
