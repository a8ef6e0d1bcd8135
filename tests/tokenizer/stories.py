"""Stories written for the tests: enough text for a few hundred merges, and text that splits and merges oddly."""

import random

NAMES = ["Tom", "Mia", "Ben", "Lily", "Sam", "Anna"]
ANIMALS = ["cat", "dog", "bird", "fox", "frog", "bear"]
PLACES = ["garden", "park", "forest", "kitchen", "pond", "garage"]
THINGS = ["ball", "book", "cake", "hat", "kite", "boat"]

ODD_TEXTS = [
    "",
    " ",
    "\n\n \n",
    "  two  spaces   three ",
    "tabs\tand\r\nlines\r\n\r\n",
    "It's 'S fun, isn't it? WE'LL see; they'Re I'D '\u017f",
    "12345 ½ ٣٤ Ⅷ 3.14",
    "naïve café — “quotes” … \u2018single\u2019",
    "日本語のお話。むかしむかし",
    "👩‍👩‍👧‍👦🏳️‍🌈🙂🙂🙂",
    "e\u0301 a\u0308\u0301 \u0301",
    "\u00a0no\u00a0break\u2028line\u3000wide\u0085next",
    "nul\0nul\0\0",
    "<|endoftext|><|im_start|>user\nhi<|im_end|>",
    "a" * 3000,
    "aaab" * 500 + " " * 300 + "!" * 300 + "\n" * 300,
    "ha" * 700 + "Once upon" * 200,
]


def make_stories(count: int, seed: int = 0) -> list[str]:
    """`count` little stories, all different in their order of words."""
    chance = random.Random(seed)
    return [_story(chance) for _ in range(count)]


def _story(chance: random.Random) -> str:
    name, animal, place, thing = (chance.choice(words) for words in (NAMES, ANIMALS, PLACES, THINGS))
    return (
        f'Once upon a time, {name} saw a little {animal} in the {place}. "Hello, {animal}!" said {name}.\n\n'
        f"The {animal} didn't answer. It had lost its {thing}, and it was {chance.randint(1, 99)} days from home. "
        f"{name} looked for the {thing} everywhere: under the bed, behind the {place}, even in the café.\n"
        f"In the end they found it — and {name} and the {animal} were friends ever after."
    )
