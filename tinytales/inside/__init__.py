"""Looking inside: a text's pieces, what comes next and how sure, a model growing up, a guessing game.

What is in here reads what other rooms made and returns values or lines of text. It must not know PyTorch, NumPy or
Textual.
"""
