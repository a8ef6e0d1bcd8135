"""How well a model does what it is asked: words, endings, dialogue, and what lies outside its world.

    uv run python -m benchmarks.chat MODEL [--requests 200] [--show 30]

All requests are phrased by `measured` phrases, which no training conversation used. Words are drawn from stories held
out, and are in under 2% of the stories (any form of a word counts as the word). The same figures for requests shuffled
among the answers say what chance would give. Endings are judged by other words than those that labelled the training
stories: see `benchmarks.endings`.
"""

import argparse
import json
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from random import Random

from benchmarks.endings import learn_judge
from tinytales.chat import outside, phrases
from tinytales.chat.answer import Answer, Take, answer, choose, gather
from tinytales.chat.asking import Asked, found_words, read_request
from tinytales.chat.facts import facts_of, sentences_of
from tinytales.chat.making import RARITY_STORIES, rarity_of
from tinytales.chat.model import ChatModel, find_chat_model, load_chat_model
from tinytales.chat.requests import Wish, phrase
from tinytales.chat.words import appears, words_of
from tinytales.corpus.corpus import Corpus
from tinytales.corpus.story import Story
from tinytales.inference.sampling import Sampling
from tinytales.storage import manifest
from tinytales.storage.shelf import CORPORA
from tinytales.tokenizer.chat_template import Message

RARE = 0.02  # of the stories
TAKES = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", nargs="?")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--outside", type=int, default=100)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=0.8)
    arguments = parser.parse_args()
    folder = find_chat_model(arguments.model)
    corpus = corpus_of(folder)
    model = load_chat_model(folder)
    sampling = Sampling(temperature=arguments.temperature, max_tokens=1000)
    stories = list(islice(corpus.records("train"), RARITY_STORIES))
    result = {
        "model": model.name,
        **measure_words(model, corpus, stories, sampling, arguments.requests),
        **measure_manner(model, sampling, arguments.requests // 2, stories, arguments.show),
        **measure_outside(model, sampling, arguments.outside),
    }
    print(json.dumps(result, indent=2))


def corpus_of(folder: Path) -> Corpus:
    identity = manifest.read(folder, "model", "run.toml").lineage["corpus"]["identity"]
    return next(Corpus.open(path) for path in CORPORA.all() if manifest.read(path, "corpus").identity == identity)


def measure_words(
    model: ChatModel, corpus: Corpus, stories: list[Story], sampling: Sampling, count: int
) -> dict[str, object]:
    """Requests for one to three rare words: how many come, as the model tells and with help, in the best of N takes."""
    rarity = rarity_of(stories)
    sets = [set(words_of(story.text)) for story in stories]
    rare: dict[str, bool] = {}

    def is_rare(word: str) -> bool:
        if word not in rare:
            rare[word] = sum(appears(word, words) for words in sets[:2000]) < RARE * len(sets[:2000])
        return rare[word]

    random = Random(1)
    asked: list[Asked] = []
    requests: list[str] = []
    held_out = corpus.records("valid")
    rare_words = ([word for word in facts_of(story, rarity).telling if is_rare(word)] for story in held_out)
    for telling in islice(cycle(filter(None, rare_words)), count):  # a story is asked for again where they are few
        words = tuple(random.sample(telling, min(len(telling), random.choice((1, 2, 3)))))
        asked.append(Asked(words))
        requests.append(phrase(Wish(words=words), phrases.load("measured"), random))
    started = time.monotonic()
    takes = [ask(model, request, sampling, TAKES) for request in requests]
    seconds = time.monotonic() - started
    helped = [ask(model, request, sampling, TAKES, wish.words) for request, wish in zip(requests, asked, strict=True)]
    started = time.monotonic()
    for request in requests[:10]:
        ask(model, request, sampling, 1)
    alone = (time.monotonic() - started) / 10
    first = [choose(wish, told[:1]) for wish, told in zip(asked, takes, strict=True)]
    figures: dict[str, object] = {"requests": len(asked), "words": sum(len(wish.words) for wish in asked)}
    for help_, all_told in (("unaided", takes), ("helped", helped)):
        for number in (1, 2, 4, TAKES):
            best = [choose(wish, told[:number]) for wish, told in zip(asked, all_told, strict=True)]
            figures[f"{help_}, best of {number}"] = shares(asked, best)
    shuffled = asked[1:] + asked[:1]
    figures["chance, one take"] = shares(shuffled, first)
    chosen = [choose(wish, told) for wish, told in zip(shuffled, takes, strict=True)]
    figures["chance, best of 8"] = shares(shuffled, chosen)
    figures["refused in world"] = sum(answer.refused for answer in first) / len(first)
    figures["ended"] = sum(answer.finish == "end" for answer in first) / len(first)
    figures["seconds, one take"] = round(alone, 3)
    figures["seconds, best of 8"] = round(seconds / len(requests), 3)
    return {"words": figures}


def shares(asked: list[Asked], answers: list[Answer]) -> dict[str, float]:
    found = [len(found_words(wish.words, answer.text)) for wish, answer in zip(asked, answers, strict=True)]
    return {
        "of words": round(sum(found) / sum(len(wish.words) for wish in asked), 3),
        "of requests whole": round(
            sum(number == len(wish.words) for number, wish in zip(found, asked, strict=True)) / len(asked), 3
        ),
    }


def measure_manner(
    model: ChatModel, sampling: Sampling, count: int, stories: list[Story], show: int
) -> dict[str, object]:
    """Endings and dialogue, asked half and half: balanced accuracy of the first take, of the best of eight, and of what
    `chat` answers, where the best one's end is told again if it isn't as asked.
    """
    random = Random(2)
    figures: dict[str, object] = {}
    for name, wishes, judge in (
        ("ending", (Wish(ending="happy"), Wish(ending="sad")), learn_judge(stories)),
        ("dialogue", (Wish(dialogue=True), Wish(dialogue=False)), lambda text: '"' in text),
    ):
        right = {"first take": [0, 0], "best of 8": [0, 0], "as chat answers": [0, 0]}
        for index in range(count):
            side = index % 2
            request = phrase(wishes[side], phrases.load("measured"), random)
            takes = ask(model, request, sampling, TAKES)
            best = choose(read_request(request), takes).text
            answered = answer(model, [Message("user", request)], sampling, TAKES).text
            for label, text in zip(right, (takes[0].text, best, answered), strict=True):
                right[label][side] += judge(text) == (side == 0)
            if index < show:
                print(
                    f"--- {request}\n    judged {name}: {judge(answered)}\n    …{' '.join(sentences_of(answered)[-3:])}"
                )
        halves = (count + 1) // 2, count // 2
        for label, (first, second) in right.items():
            figures[f"{name}, {label}"] = {
                "balanced accuracy": round((first / halves[0] + second / halves[1]) / 2, 3),
                "of the first kind": round(first / halves[0], 3),
                "of the second kind": round(second / halves[1], 3),
            }
    figures["stories with dialogue"] = round(sum('"' in story.text for story in stories) / len(stories), 3)
    return figures


def measure_outside(model: ChatModel, sampling: Sampling, count: int) -> dict[str, object]:
    """Questions from outside, in phrasings that were not trained on: how many get a kind refusal."""
    random = Random(3)
    phrasings = phrases.load("measured").outside
    questions = [outside.fill(phrasings[index % len(phrasings)], random) for index in range(count)]
    refused = [outside.is_refusal(ask(model, question, sampling, 1)[0].text) for question in questions]
    told = [question for question, refusal in zip(questions, refused, strict=True) if not refusal]
    return {"outside": {"refused": sum(refused) / count, "not refused": told[:12]}}


def ask(model: ChatModel, request: str, sampling: Sampling, takes: int, wanted: Sequence[str] = ()) -> list[Take]:
    return gather(model.replies([Message("user", request)], sampling, takes, wanted=wanted), takes)


if __name__ == "__main__":
    main()
