"""Words and their forms: what counts as the same word in a request and in a story."""

import re
from collections.abc import Iterable

from tinytales.corpus.vocabulary import bases

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")

# Forms that no rule of endings finds, each row a word and its forms.
_IRREGULAR = """
be am is are was were been being; have has had; do does did done; go goes went gone; see saw seen; say said; run ran
come came; take took taken; give gave given; get got gotten; make made; find found; think thought; know knew known
tell told; feel felt; leave left; keep kept; begin began begun; sing sang sung; swim swam swum; drink drank drunk
eat ate eaten; fly flew flown; grow grew grown; throw threw thrown; blow blew blown; draw drew drawn; fall fell fallen
break broke broken; speak spoke spoken; steal stole stolen; wake woke woken; ride rode ridden; write wrote written
drive drove driven; hide hid hidden; bite bit bitten; sit sat; stand stood; hold held; hear heard; meet met; sleep slept
sweep swept; weep wept; build built; send sent; spend spent; lose lost; shoot shot; catch caught; teach taught
bring brought; buy bought; fight fought; win won; dig dug; stick stuck; hang hung; swing swung; shine shone; ring rang
sink sank sunk; forget forgot forgotten; wear wore worn; tear tore torn; choose chose chosen; freeze froze frozen
shake shook shaken; understand understood; become became; feed fed; lead led; light lit; slide slid; child children
man men; woman women; mouse mice; goose geese; foot feet; tooth teeth; good better best; bad worse worst; leaf leaves
wolf wolves; knife knives; thief thieves; loaf loaves
"""
_FAMILY = {
    word: words[0]
    for row in _IRREGULAR.replace("\n", ";").split(";")
    if (words := row.split())
    for word in words
}

COMMON = frozenset(
    """
a about again ago all along also always am an and another any anybody anyone anything are around as ask asked at away
back be because been before being both but by can come could did do does doing each either else even ever every
everybody everyone everything for from get give go goes going got had has have having he her here hers herself him
himself his how i if in instead into is it its itself just know let like little made make many may maybe me might mine
more most much must my myself near never no nobody none nor not nothing now of off often on once one only onto or other
others our ours out over own perhaps please put quite rather said same say saw see shall she should since so some
somebody someone something somewhere soon still such than thank thanks that the their theirs them themselves then there
these they thing things this those though through till to together told too under until up upon us very was way we went
were what when where whether which while who whom whose why will with within without would yes yet you your yours
yourself between during else whenever wherever across against among behind beside besides toward towards
""".split()
)
"""Words that no request is about."""


def words_of(text: str) -> list[str]:
    """The words of a text in their order, in lower case."""
    return _WORD.findall(text.lower())


def same(one: str, other: str) -> bool:
    """Whether two words in lower case are forms of one: ball and balls, run and ran, happy and happily."""
    return one == other or not _roots(one).isdisjoint(_roots(other))


def appears(word: str, words: Iterable[str]) -> bool:
    """Whether a word, or a form of it, is among `words`; all in lower case."""
    # Forms of one word begin alike, but for the irregular ones: most words need no closer look.
    irregular = word in _FAMILY
    return any(other[:2] == word[:2] and same(word, other) for other in words if not irregular) or (
        irregular and any(same(word, other) for other in words)
    )


def _roots(word: str) -> set[str]:
    if word in _FAMILY:
        return {_FAMILY[word]}
    return {word, *(_FAMILY.get(base, base) for base in bases(word) if len(base) > 2)}
