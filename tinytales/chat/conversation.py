"""Conversations, and files of them: a JSON object a line, {"messages": [{"role": …, "content": …}, …]}.

Files are what people bring, or what the internet gave them: every line is checked, and none is trusted to be short.
"""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinytales.errors import MissingError, UsageError
from tinytales.terminal import sanitize
from tinytales.tokenizer.chat_template import ROLES, Message

LONGEST_LINE = 1 << 20  # bytes
MOST_MESSAGES = 64
LONGEST_MESSAGE = 50_000  # characters
YOURS = "yours"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages that end with the assistant's.

    Attributes:
        kind: what sort it is, for counting.
        messages: in their order.
        learned_from: index of the first message of which something is learned; those before it are only read.
        asked: words in lower case that the last message has because the one before it asks for them.
        ending: "happy" or "sad", as the last message ends because that is asked for; "" if it isn't.
        whole: the last message is a whole answer; else a beginning, and that it ends there isn't learned.
    """

    kind: str
    messages: tuple[Message, ...]
    learned_from: int = 0
    asked: tuple[str, ...] = ()
    ending: str = ""
    whole: bool = True


def read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations of a JSONL file, one by one; empty lines are skipped.

    Raises:
        MissingError: the file can't be read, or a line of it is no conversation.
        UsageError: there is none in it.
    """
    count = 0
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                place = f"{path}, line {number}"
                if len(line) > LONGEST_LINE:
                    raise _wrong(place, f"longer than {LONGEST_LINE:,} bytes")
                if line.strip():
                    yield Conversation(YOURS, parse_messages(line, place))
                    count += 1
    except OSError as error:
        raise MissingError(f"{path} can't be read: {error.strerror or error}", "name another file") from error
    if count == 0:
        raise UsageError(f"{path} holds no conversations", 'give a line such as {"messages": [...]} for each')


def parse_messages(line: bytes, place: str) -> tuple[Message, ...]:
    """The messages of one line of JSON.

    They are an optional one by "system", then "user" and "assistant" in turn, the last by "assistant". Text is
    normalised as stories are: NFC, no control characters, no white space around it.

    Raises:
        MissingError: they are not; `place` says where.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _wrong(place, f"no JSON ({error})") from error
    found = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise _wrong(place, 'no object with a list "messages"')
    if not 2 <= len(found) <= MOST_MESSAGES:
        raise _wrong(place, f"{len(found)} messages, not 2 to {MOST_MESSAGES}")
    messages = tuple(_message(entry, place) for entry in found)
    turns = messages[1:] if messages[0].role == "system" else messages
    if any(message.role != ("user", "assistant")[index % 2] for index, message in enumerate(turns)) or len(turns) % 2:
        raise _wrong(place, "user and assistant don't take turns, up to an answer")
    return messages


def _message(entry: Any, place: str) -> Message:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str) or entry.get("role") not in ROLES:
        raise _wrong(place, f'a message without "content" (text) or "role" ({", ".join(ROLES)})')
    content = entry["content"]
    if len(content) > LONGEST_MESSAGE:
        raise _wrong(place, f"a message of more than {LONGEST_MESSAGE:,} characters")
    content = sanitize(unicodedata.normalize("NFC", content)).strip()
    if not content:
        raise _wrong(place, "an empty message")
    return Message(entry["role"], content)


def _wrong(place: str, what: str) -> MissingError:
    return MissingError(
        f"{place} is no conversation: {what}", 'write {"messages": [{"role": "user", "content": …}, …]}'
    )
