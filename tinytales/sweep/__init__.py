"""Sweeps: a grid of ordinary runs, and what they say together about size, vocabulary and data.

A sweep starts `tinytales` as anyone would, a process for each run; it never trains by itself and must not know PyTorch.
"""
