"""The command line: a module parses one command, calls one function and prints. Heavy imports are inside functions."""
