import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytales.chat.conversation import LONGEST_LINE, LONGEST_MESSAGE, parse_messages, read_conversations
from tinytales.errors import MissingError, TinytalesError, UsageError
from tinytales.tokenizer.chat_template import Message


def line(*messages: tuple[str, str]) -> str:
    return json.dumps({"messages": [{"role": role, "content": content} for role, content in messages]})


def test_a_file_of_conversations(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(
        line(("user", " Hi\x1b[2J "), ("assistant", "Hello.")) + "\n\n"
        + line(("system", "Be kind."), ("user", "A"), ("assistant", "B"), ("user", "C"), ("assistant", "D")),
        encoding="utf-8",
    )  # fmt: skip
    one, two = read_conversations(path)
    assert one.messages == (Message("user", "Hi[2J"), Message("assistant", "Hello."))
    assert one.learned_from == 0
    assert [message.role for message in two.messages] == ["system", "user", "assistant", "user", "assistant"]


@pytest.mark.parametrize(
    "bad",
    [
        "no json",
        "[]",
        "{}",
        '{"messages": 3}',
        '{"messages": []}',
        '{"messages": [1, 2]}',
        '{"messages": [{"role": "user", "content": null}, {"role": "assistant", "content": "x"}]}',
        "[" * 100_000,
        line(("user", "only a question")),
        line(("assistant", "A"), ("user", "B")),
        line(("user", "A"), ("user", "B")),
        line(("user", "A"), ("assistant", "B"), ("user", "C")),
        line(("root", "A"), ("assistant", "B")),
        line(("user", "  "), ("assistant", "B")),
        line(("user", "x" * (LONGEST_MESSAGE + 1)), ("assistant", "B")),
        line(*(("user", "A"), ("assistant", "B")) * 40),
        '{"messages": "' + "x" * LONGEST_LINE + '"}',
    ],
)
def test_what_is_no_conversation_is_refused_with_its_place(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(line(("user", "A"), ("assistant", "B")) + "\n" + bad + "\n", encoding="utf-8")
    with pytest.raises(MissingError, match="line 2 is no conversation"):
        list(read_conversations(path))


def test_files_without_conversations(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(UsageError, match="no conversations"):
        list(read_conversations(tmp_path / "empty.jsonl"))
    with pytest.raises(MissingError, match="can't be read"):
        list(read_conversations(tmp_path / "none.jsonl"))
    with pytest.raises(MissingError, match="can't be read"):
        list(read_conversations(tmp_path))
    (tmp_path / "latin.jsonl").write_bytes(line(("user", "A"), ("assistant", "B")).encode().replace(b"A", b"\xe4"))
    with pytest.raises(MissingError, match="line 1"):
        list(read_conversations(tmp_path / "latin.jsonl"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["user", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["messages", "role", "content"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_does_worse_than_a_clear_error(value: object) -> None:
    try:
        parse_messages(json.dumps(value).encode(), "here")
    except TinytalesError as error:
        what = error.what
    else:
        return
    assert "here" in what
