"""Repairing text that was decoded wrongly on its way ("donâ€™t"), with ftfy, which is slow, only where it can help."""

import re

# ftfy repairs an encoding where bytes of one character were read as several, so two or more non-ASCII characters stand
# together, or one and a space that was a byte of it, or where bytes of Windows-1252 became control characters. A quote
# or dash by itself is none of these.
# All of it begins with one set of characters, which the regex engine looks for several times faster than for three.
_COULD_BE_BROKEN = re.compile("[^\x00-\x7f](?:[^\x00-\x7f]|(?<=[\x80-\x9f])|(?<![‘’“”…–—]) )")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def repair(text: str) -> str:
    """`text` with wrongly decoded characters repaired, line by line."""
    if text.isascii():
        return text
    if not _COULD_BE_BROKEN.search(text):
        return text
    import ftfy

    return "\n".join(ftfy.fix_encoding(line) if could_be_broken(line) else line for line in text.split("\n"))


def could_be_broken(line: str) -> bool:
    """Whether ftfy could find anything to repair in a line."""
    return not line.isascii() and _COULD_BE_BROKEN.search(line) is not None


def without_surrogates(text: str) -> str:
    """`text` with lone surrogates, which JSON can bring in and no UTF-8 can hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("\ufffd", text)
    return text
