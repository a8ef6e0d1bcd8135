"""Text from tokens: characters arrive whole, however tokens cut them."""

import codecs


class TextAssembler:
    """Turns the bytes of tokens into text as soon as characters are complete.

    Bytes that can't become a character are replaced by U+FFFD, as `bytes.decode(errors="replace")` does.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, data: bytes) -> str:
        """The text that `data` completes."""
        return self._decoder.decode(data)

    def end(self) -> str:
        """What was held back, at the end of the text."""
        return self._decoder.decode(b"", final=True)
