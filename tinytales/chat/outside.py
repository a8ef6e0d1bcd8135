"""What lies outside a storyteller's world, and the kind, fixed answers to it. Written by hand.

`TRAINING` and `MEASURED` share no phrasing, as in `phrases`.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

ANSWERS = (
    "I only know little stories, so I can't help with that. Shall I tell you one?",
    "That is not in any of my stories. But I can tell you a story, if you like.",
    "I am only a small storyteller, and I don't know that. Would you like a story?",
)

SMALL_TALK: Mapping[str, tuple[str, ...]] = {
    "Hello! Shall I tell you a story?": (
        "Hello", "Hello!", "Hi", "Hi!", "Hi there", "Hey", "Good morning", "Good evening!", "hello there", "Hello, friend!",
    ),
    "You are welcome! Do you want another story?": (
        "Thank you", "Thank you!", "Thanks", "Thanks a lot!", "thank you very much", "That was nice, thank you.",
        "That was a good story.", "I liked it!", "I loved that story.",
    ),
    "Good night! Sleep well.": ("Good night", "Good night!", "Bye", "Goodbye!", "bye bye", "See you tomorrow", "I am tired now."),
    "I am a small storyteller. Tell me what your story should be about!": (
        "Who are you?", "What are you?", "What can you do?", "What is your name?", "Help", "How does this work?",
    ),
}  # fmt: skip

TRAINING = (
    "What is the capital of {country}?", "what's the capital of {country}", "Where is {country}?", "Where does {country} lie?",
    "How many people live in {country}?", "Who is the president of {country}?", "What language do they speak in {country}?",
    "Tell me the capital of {country}.", "Tell me about the history of {country}.", "Which country is larger, {country} or Brazil?",
    "What is {number} plus {number}?", "What is {number} times {number}?", "{number} + {number}", "What's {number} * {number}?",
    "Calculate {number} minus {number}.", "how much is {number} divided by {number}", "What is the square root of {number}?",
    "Solve {number}x = {number}.", "What is {number} percent of {number}?", "Add {number} and {number}.",
    "Write a program in {language}.", "Write a {language} function that sorts a list.", "How do I write a loop in {language}?",
    "Fix this {language} code.", "Explain {language} to me.", "What is a class in {language}?", "Show me {language} code that {task}.",
    "print('{number}')", "def f(x): return x + {number}", "SELECT * FROM users WHERE id = {number};", "import numpy as np",
    "What is {science}?", "Explain {science}.", "Tell me how {science} works.", "Who discovered {science}?", "Define {science}.",
    "What is the formula of {science}?", "Give me a summary of {science}.",
    "Who is {person}?", "Who was {person}?", "When was {person} born?", "What did {person} do?", "Is {person} still alive?",
    "Translate '{english}' into {tongue}.", "How do you say '{english}' in {tongue}?", "What does '{english}' mean in {tongue}?",
    "What is the weather in {city}?", "Will it rain in {city} tomorrow?", "What time is it in {city}?", "Book me a flight to {city}.",
    "How far is it from {city} to {city}?", "Find me a hotel in {city}.", "What are the news from {city}?",
    "Who won the {contest}?", "When is the next {contest}?", "What was the score of the {contest}?",
    "What is the price of {product}?", "Buy me {product}.", "Where can I get {product}?", "Which {product} is the best?",
    "Write an email to my {role}.", "Write a letter to my {role} about {topic}.", "Write an essay about {topic}.",
    "What do you think about {topic}?", "Give me advice on {topic}.", "Summarize this article about {topic}.",
    "How do I learn about {topic}?", "Make a table of {topic}.", "What are the causes of {topic}?", "Give me five facts about {topic}.",
    "Which medicine helps against {illness}?", "How is {illness} treated?", "What are the symptoms of {illness}?",
    "How old is the universe?", "What year is it?", "Who built the pyramids?", "What is your opinion of God?", "Set a timer.",
    "Turn off the lights.", "Play some music.", "Send a message to Anna.", "Open the browser.", "Search the internet.",
    "What is the meaning of life?", "How tall is Mount Everest?", "Give me a recipe for lasagna.", "What is my password?",
)  # fmt: skip

MEASURED = (
    "I need to know the capital city of {country}.", "Which city is the capital of {country}?", "Name the largest river of {country}.",
    "In which continent is {country}?", "How big is the army of {country}?", "What currency is used in {country}?",
    "Can you do sums? {number} and {number}, for example.", "Work out {number} times {number} for me.", "Is {number} a prime number?",
    "What do you get if you multiply {number} by {number}?", "{number}-{number}=?", "Convert {number} miles to kilometers.",
    "I need a {language} script.", "Debug my {language} program, please.", "Can you code in {language}?",
    "Which is better, {language} or Fortran?", "for (int i = 0; i < {number}; i++) {{ }}", "git commit -m 'fix {number}'",
    "Why is {science} important?", "I have a question on {science}.", "Teach me {science}, please.", "Do you understand {science}?",
    "Have you heard of {person}?", "In which year did {person} die?", "Name a work by {person}.", "Tell me who {person} was.",
    "Give me the {tongue} word for '{english}'.", "Can you speak {tongue}?", "I want this in {tongue}: {english}.",
    "How warm is it in {city} today?", "Is there a train from {city} to {city}?", "Which museums are there in {city}?",
    "Did they win the {contest}?", "Who will play in the {contest}?", "How expensive is {product}?", "Review {product} for me.",
    "Draft a memo for my {role}.", "Help me apologize to my {role}.", "I have to give a talk on {topic}.", "Is {topic} a problem?",
    "Explain the pros and cons of {topic}.", "List some books on {topic}.", "Can {illness} be cured?", "I think I have {illness}.",
    "What is the speed of light?", "Convert this file to PDF.", "What is the latest iPhone?", "Which stocks should I buy?",
    "How do I file my taxes?", "Remind me of the meeting at noon.",
)  # fmt: skip

_FILLS: Mapping[str, Sequence[str]] = {
    "country": "France Germany Spain Italy Japan China India Brazil Canada Mexico Egypt Kenya Norway Poland Turkey Peru Chile Cuba "
    "Australia England Russia Greece Portugal Sweden Vietnam Iran Iraq Nigeria Ghana Austria".split(),
    "number": [str(number) for number in (2, 3, 4, 5, 7, 8, 9, 12, 15, 17, 23, 36, 48, 64, 99, 100, 144, 256, 381, 999, 1024, 4711)],
    "language": "Python Java C++ Rust JavaScript SQL HTML Haskell Go PHP Ruby Perl Bash Swift Kotlin".split(),
    "task": ["reads a file", "opens a socket", "prints primes", "parses JSON", "sorts numbers"],
    "science": "photosynthesis|gravity|quantum mechanics|evolution|electricity|a black hole|DNA|inflation|an atom|a neural network|"
    "relativity|democracy|climate change|chemistry|the derivative|an enzyme|philosophy|plate tectonics|entropy".split("|"),
    "person": "Albert Einstein|Napoleon|Marie Curie|Shakespeare|Barack Obama|Isaac Newton|Mozart|Cleopatra|Charles Darwin|Gandhi|"
    "Elon Musk|Beethoven|Aristotle|Picasso|Julius Caesar|Queen Victoria|Karl Marx|Alan Turing|Michael Jackson".split("|"),
    "english": "good morning|I love you|where is the station|thank you|how are you|my name is Paul|see you soon".split("|"),
    "tongue": "French German Spanish Latin Chinese Japanese Italian Arabic Russian Swedish Hindi Korean".split(),
    "city": "Paris|London|Berlin|New York|Tokyo|Rome|Madrid|Chicago|Boston|Moscow|Sydney|Vienna|Beijing|Cairo|Dublin".split("|"),
    "contest": "World Cup|Super Bowl|Olympics|election|Champions League|chess tournament|Oscars|marathon|Nobel prize".split("|"),
    "product": "a laptop|an iPhone|gasoline|a Tesla|Bitcoin|a washing machine|insurance|a printer|a mortgage|gold".split("|"),
    "role": "boss landlord teacher lawyer customer bank professor employer insurance".split(),
    "topic": "politics|economics|global warming|the stock market|World War II|marketing|artificial intelligence|unemployment|taxes|"
    "immigration|architecture|energy policy|religion|nutrition|the French Revolution|software testing".split("|"),
    "illness": "a headache|the flu|diabetes|cancer|a fever|asthma|depression|malaria|measles|high blood pressure".split("|"),
}  # fmt: skip

_SLOT = re.compile(r"\{([a-z]+)\}")


def ask_outside(phrasings: Sequence[str], random: Random) -> str:
    """A question from outside, with its blanks filled in."""
    return fill(random.choice(phrasings), random)


def fill(phrasing: str, random: Random) -> str:
    """A phrasing with its blanks filled in; "{{" stands for "{"."""
    filled = _SLOT.sub(lambda slot: random.choice(_FILLS[slot[1]]), phrasing.replace("{{", "\0").replace("}}", "\1"))
    return filled.replace("\0", "{").replace("\1", "}")


def is_refusal(reply: str) -> bool:
    """Whether a reply is one of the fixed answers, or begins as one does."""
    begin = reply.strip()[:16]
    return any(answer.startswith(begin) for answer in ANSWERS) if len(begin) == 16 else False
