from collections.abc import Iterator, Sequence
from math import inf

import pytest

from tinytales.chat.answer import Session, Take, answer, choose, gather
from tinytales.chat.asking import Asked, unquoted, ways_to_write
from tinytales.chat.outside import answers
from tinytales.inference.engine import Piece
from tinytales.inference.sampling import Sampling
from tinytales.tokenizer.chat_template import Message

ANSWERS = answers()
STORIES = ("The dog ran.", "The cat lost a ball. He cried.", "The cat found the balls. He was happy.", "The cat and")
ASKED = Asked(("cat", "ball"), "happy", None)


class Scripted:
    """Replies with `STORIES`, from the one that the seed says."""

    context_length = 256

    def __init__(self) -> None:
        self.heard: list[tuple[list[Message], int]] = []

    def replies(
        self, messages: Sequence[Message], sampling: Sampling, count: int = 1, *, wanted: Sequence[str] = ()
    ) -> Iterator[tuple[int, Piece]]:
        self.heard.append((list(messages), sampling.seed))
        for take in range(count):
            for word in STORIES[(sampling.seed + take) % len(STORIES)].split(" "):
                yield take, Piece(f" {word}", 1, -1.0)
            yield take, Piece("", 2, -1.0, finish="end")


def test_a_word_that_the_request_writes_large_may_be_a_name() -> None:
    request = "Tell me the same story about Sam and a dog."
    assert ways_to_write("sam", request) == ("sam", "Sam")
    assert ways_to_write("dog", request) == ("dog",)


@pytest.mark.parametrize(
    ("request_", "given"),
    [
        ('A story with "ball", "lost kite" and \'well-fed\'.', "A story with ball, lost kite and well-fed."),
        ("A story with “ball” and ‘kite’", "A story with ball and kite"),
        ("The dogs' ball, the cats' kite, don't and 'll", "The dogs' ball, the cats' kite, don't and 'll"),
        ('It begins: "Once there was a ball."', 'It begins: "Once there was a ball."'),
        ('"One two three" and a "', '"One two three" and a "'),
    ],
)
def test_words_are_given_to_the_model_without_quotation_marks(request_: str, given: str) -> None:
    assert unquoted(request_) == given


def test_the_take_with_the_words_and_the_end_is_chosen() -> None:
    takes = [Take(story) for story in STORIES]
    found = choose(ASKED, takes)
    assert (found.take, found.found, found.missing) == (2, ("cat", "ball"), ())
    assert choose(Asked(("dog",)), takes).take == 0
    assert choose(Asked(("cat", "ball"), "sad"), takes).take == 1


def test_an_end_that_is_sad_in_more_of_its_sentences_is_the_surer() -> None:
    takes = [
        Take("It was sad, so sad. He ran. He sat down.", likelihood=-1),
        Take("He cried. He ran. It was sad.", "end", -2),
    ]
    assert choose(Asked((), "sad"), takes).take == 1


def test_an_unfinished_take_loses_to_a_finished_one_with_the_same_words() -> None:
    assert choose(Asked(("cat",)), [Take("A cat", "length", -1), Take("A cat.", likelihood=-2)]).take == 1
    assert choose(Asked(("cat",)), [Take("A cat", "length", -2), Take("A dog.", likelihood=-1)]).take == 0


def test_of_equals_the_likeliest_and_then_the_first() -> None:
    takes = [Take("One.", likelihood=-2), Take("Two.", likelihood=-1), Take("Three.", likelihood=-1)]
    assert choose(Asked(()), takes).take == 1


def test_most_takes_decide_whether_to_refuse() -> None:
    takes = [Take(ANSWERS[0]), Take("The capital of France."), Take(ANSWERS[1])]
    refused = choose(Asked(("capital", "france")), takes)
    assert refused.refused
    assert refused.text == ANSWERS[0]
    told = choose(Asked(("cat",)), [Take(ANSWERS[0]), Take("A dog."), Take("A cat.")])
    assert (told.refused, told.take) == (False, 2)


def test_takes_are_gathered_from_their_pieces() -> None:
    pieces = [(0, Piece("A", 1, -1.0)), (1, Piece("The", 2, -4.0)), (0, Piece(" cat.", 3, -3.0, finish="end"))]
    assert gather(pieces, 3) == [Take("A cat.", "end", -2.0), Take("The", "stopped", -4.0), Take("", "stopped", -inf)]


def test_one_take_is_shown_as_it_comes() -> None:
    shown: list[str] = []
    found = answer(Scripted(), [Message("user", "A dog")], Sampling(seed=0), 1, show=shown.append)
    assert "".join(shown).strip() == found.text == "The dog ran."
    assert len(shown) > 2


class Cheerful(Scripted):
    """Every story of it ends happily, until its end is asked for."""

    STORY = "A cat ran. It saw a ball. It took it.\n\nA dog came. They played. They were happy."

    def replies(
        self, messages: Sequence[Message], sampling: Sampling, count: int = 1, *, wanted: Sequence[str] = ()
    ) -> Iterator[tuple[int, Piece]]:
        self.heard.append((list(messages), sampling.seed))
        for take in range(count):
            ends = ["A dog took it. The cat cried. It was sad.", "The dog was happy."]
            yield take, Piece(self.STORY if len(messages) == 1 else f" {ends[take % 2]}", 1, -1.0, finish="end")


def test_where_the_best_take_does_not_end_as_asked_its_end_is_told_again() -> None:
    model = Cheerful()
    found = answer(model, [Message("user", "A story about a cat with a sad end")], Sampling(seed=0), 4)
    assert found.text == "A cat ran. It saw a ball. It took it. A dog took it. The cat cried. It was sad."
    assert (found.found, found.finish, found.take, found.takes) == (("cat",), "end", 0, 4)
    assert model.heard[1][0][1].content == "A cat ran. It saw a ball. It took it."


@pytest.mark.parametrize(
    ("request_", "best_of"), [("A cat with a happy end", 4), ("A cat", 4), ("A cat with a sad end", 1)]
)
def test_an_end_stays_where_it_is_as_asked_or_one_take_is(request_: str, best_of: int) -> None:
    model = Cheerful()
    assert answer(model, [Message("user", request_)], Sampling(seed=0), best_of).text == Cheerful.STORY
    assert len(model.heard) == 1


def test_a_session_remembers_forgets_and_tries_again() -> None:
    model = Scripted()
    session = Session(model, Sampling(seed=0), best_of=1)
    first = session.ask("A story about a dog")
    second = session.ask("Go on")
    assert [message.content for message in model.heard[1][0]] == ["A story about a dog", first.text, "Go on"]
    again = session.again()
    assert [message.content for message in model.heard[2][0]] == ["A story about a dog", first.text, "Go on"]
    assert again.text != second.text
    assert len({seed for _, seed in model.heard}) == 3
    assert session.reply == again.text
    assert session.request == "Go on"
    session.forget()
    session.ask("Anew")
    assert [message.content for message in model.heard[3][0]] == ["Anew"]
