"""How people ask for stories: the phrases of which requests are put together.

`TRAINING` makes the requests that models learn from, `MEASURED` those that they are measured by. The two share no
phrase, so that what is measured is understanding and not memory; a test holds them apart.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Phrases by what they ask for.

    `{story}` is a noun phrase such as "a story" or "a short story", `{who}` one such as "a brave cat", `{things}`
    several of those, `{name}` a name, `{words}` words in a row, `{first}` a sentence.

    Attributes:
        openers: the request itself; those that end in "?" are questions.
        plain: nouns for a story of any length.
        short: for a short one.
        long: for a long one.
        about: goes on with whom it is about.
        named: goes on with their name.
        things: goes on with things that it is about.
        words: goes on with words that it has; those with a capital letter are sentences of their own.
        happy: goes on with a happy end, or is a sentence.
        sad: with a sad one.
        speaking: with someone who speaks.
        silent: without anyone who speaks.
        first: a sentence that asks for a first sentence.
        bare: whole requests for any story.
    """

    openers: tuple[str, ...]
    plain: tuple[str, ...]
    short: tuple[str, ...]
    long: tuple[str, ...]
    about: tuple[str, ...]
    named: tuple[str, ...]
    things: tuple[str, ...]
    words: tuple[str, ...]
    happy: tuple[str, ...]
    sad: tuple[str, ...]
    speaking: tuple[str, ...]
    silent: tuple[str, ...]
    first: tuple[str, ...]
    bare: tuple[str, ...]


TRAINING = Phrases(
    openers=(
        "Tell me {story}", "Tell {story}", "Please tell me {story}", "Can you tell me {story}?",
        "Could you tell me {story}?", "Will you tell me {story}?", "Write {story}", "Please write {story}",
        "Can you write {story}?", "Write me {story}", "I want {story}", "I want to hear {story}", "I would like {story}",
        "I'd like {story}", "I'd like to hear {story}", "Make up {story}", "Can you make up {story}?",
        "May I have {story}?", "Can I have {story}?", "Could I have {story}, please?", "Give me {story}", "{story}",
        "{story}, please", "How about {story}?", "Let me hear {story}", "Tell us {story}", "My son wants {story}",
        "My daughter wants {story}", "We want {story}", "Read me {story}",
    ),
    plain=("a story", "a story", "a story", "a bedtime story", "a little story", "a nice story", "a tale", "a new story"),
    short=("a short story", "a very short story", "a short tale", "a quick story", "a small story"),
    long=("a long story", "a longer story", "a long tale", "a very long story"),
    about=("about {who}", "about {who}", "about {who}", "of {who}", "with {who}", "with {who} in it", "where {who} is the hero"),
    named=("named {name}", "called {name}", "whose name is {name}"),
    things=("about {things}", "about {things}", "with {things}", "with {things} in it", "where there is {things}"),
    words=(
        "with the words {words}", "with the words {words}", "with {words}", "with {words} in it",
        "that has the words {words}", "that uses the words {words}", "using the words {words}",
        "with these words: {words}", "about {words}", "about {words}", "in which {words} come up", "Use the words {words}",
        "Use these words: {words}", "The words are {words}", "Please use {words}", "It should have the words {words}",
    ),
    happy=(
        "with a happy ending", "with a happy end", "that ends well", "that has a happy ending", "with a good ending",
        "It should end well", "It should have a happy ending", "Make the ending happy", "Please let it end happily",
    ),
    sad=(
        "with a sad ending", "with a sad end", "that ends badly", "that has a sad ending", "with a bad ending",
        "It should end badly", "It should have a sad ending", "Make the ending sad", "Please let it end sadly",
    ),
    speaking=(
        "in which someone talks", "with dialogue", "with talking in it", "where they talk to each other",
        "There should be talking in it", "It should have dialogue",
    ),
    silent=(
        "in which nobody talks", "without dialogue", "with no talking in it", "where nobody says a word",
        "There should be no talking in it", "It should have no dialogue",
    ),
    first=(
        'Begin with: "{first}"', 'Start with this sentence: "{first}"', 'The first sentence is: "{first}"',
        'It begins like this: "{first}"',
    ),
    bare=(
        "Tell me a story.", "Tell me a story", "tell me a story", "A story, please.", "Can you tell me a story?",
        "Please tell me a story.", "I want a story.", "I want to hear a story.", "Story time!", "Tell me something.",
        "Write a story.", "Write me a story.", "Make up a story.", "a story", "Give me a story.", "Another story!",
        "Another one, please.", "Tell me a bedtime story.", "I can't sleep. Tell me a story.", "Do you know a story?",
        "Tell me any story you like.", "Please begin.", "What story do you know?", "One more story, please.",
    ),
)  # fmt: skip

MEASURED = Phrases(
    openers=(
        "Would you tell me {story}?", "I'd love to hear {story}", "I'd love {story}", "Please make up {story} for me",
        "Could you please write {story}?", "Let's have {story}", "I am in the mood for {story}", "We would like {story}",
        "Do you know {story}?", "Think of {story}", "My little girl asks for {story}", "Now tell me {story}",
    ),
    plain=("a story", "a good story", "a sweet story", "a story for children", "a fairy tale"),
    short=("a brief story", "a really short story", "a tiny story"),
    long=("a really long story", "a story that takes a while"),
    about=("that is about {who}", "all about {who}", "starring {who}", "in which there is {who}", "that has {who} in it"),
    named=("by the name of {name}", "who is called {name}"),
    things=("that is about {things}", "in which there is {things}", "that has {things} in it", "featuring {things}"),
    words=(
        "containing the words {words}", "in which the words {words} are used", "that mentions {words}",
        "Mention {words}", "It must contain {words}", "Include the words {words}", "built around the words {words}",
        "Please put in the words {words}",
    ),
    happy=(
        "where all ends well", "and let it end happily", "I want a happy ending", "with an ending that makes me smile",
        "Give it a happy ending", "that has a good end",
    ),
    sad=(
        "where all ends badly", "and let it end sadly", "I want a sad ending", "with an ending that makes me cry",
        "Give it a sad ending", "that has a bad end",
    ),
    speaking=("full of dialogue", "in which people speak", "Let them talk to each other", "I want to hear them talk"),
    silent=("free of dialogue", "in which no one speaks", "Let nobody talk", "I want no talking"),
    first=('Let it start with "{first}"', 'Use this as the beginning: "{first}"'),
    bare=(
        "Would you tell me a story?", "I'd love to hear a story.", "Let's have a story!", "Now tell me a story.",
        "Do you have a story for me?", "It is bedtime. I'd like a story now.",
    ),
)  # fmt: skip
