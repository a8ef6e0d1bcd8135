"""The built-in generator: simple stories from a grammar of plots, so that a demo needs no download.

Must not know what becomes of the stories.
"""
