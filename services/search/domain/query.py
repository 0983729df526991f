"""A user's words into an Elasticsearch query, never through Lucene's query syntax.

In: what someone typed. Out: a tree of words, phrases and operators, and from it the query, the
query that highlights, and notes on what was mended. Names of fields: the text fields of the
articles index, each folded, with an `exact` subfield that keeps diacritics.

The grammar: words beside each other must all be found; "quoted phrases" as they stand; AND binds
tighter than OR; NOT or a leading "-" excludes; parentheses group. Operators count in capitals.
A field word (title:lương, place:"Hà Nội", outlet:(A OR B)) looks in one field only.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.contracts.facets import FACETS, Facet
from services.lexicon.abbreviations import expand_abbreviations
from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.search.domain.labels import find_codes

Clause = dict[str, Any]
Note = Literal[
    "unbalanced_quote",
    "unbalanced_parenthesis",
    "stray_operator",
    "stray_field",
    "unknown_field",
    "unknown_value",
]
Problem = Literal["too_long", "too_many_words", "too_deep", "nothing_to_search"]

QUERY_LIMIT_CHARACTERS = 300
WORDS_LIMIT = 40
DEPTH_LIMIT = 8
VARIANTS_LIMIT = 6
"""Ways of writing one run of words: more cost time and find little."""
PAIRS_LIMIT = 12

FOLDED_FIELDS = ("title^3", "lead^2", "names^1.5", "tags", "captions^0.5", "body")
EXACT_FIELDS = (
    "title.exact^3",
    "lead.exact^2",
    "names.exact^1.5",
    "tags.exact",
    "captions.exact^0.5",
    "body.exact",
)


# Whole phrases are looked for where they tell something: fewer fields, half the cost.
FOLDED_PHRASE_FIELDS = ("title^3", "lead^2", "names^1.5", "body")
EXACT_PHRASE_FIELDS = ("title.exact^3", "lead.exact^2", "names.exact^1.5", "body.exact")


@dataclass(frozen=True)
class _Fields:
    """Where words are looked for, folded and as spelt, and where whole phrases are."""

    folded: tuple[str, ...] = FOLDED_FIELDS
    exact: tuple[str, ...] = EXACT_FIELDS
    folded_phrase: tuple[str, ...] = FOLDED_PHRASE_FIELDS
    exact_phrase: tuple[str, ...] = EXACT_PHRASE_FIELDS


_EVERYWHERE = _Fields()
_TEXT_FIELDS = {
    "title": ("title", "headline", "tiêuđề", "tieude", "tựa"),
    "lead": ("lead", "sapo"),
    "body": ("body", "text", "nộidung", "noidung"),
    "tags": ("tags", "tag", "từkhóa", "tukhoa"),
    "captions": ("captions", "caption", "chúthích", "chuthich"),
}
_NAME_FIELDS = {
    "author": ("author", "tácgiả", "tacgia"),
    "section": ("section", "chuyênmục", "chuyenmuc"),
}
"""Names that are no facet: a keyword field with `.words`."""
_TERMS: dict[str, Facet] = {facet.name: facet for facet in FACETS if facet.kind == "terms"}
FIELD_WORDS: dict[str, str] = {
    word: name
    for names in (
        _TEXT_FIELDS,
        _NAME_FIELDS,
        {facet.name: (facet.name, *facet.words) for facet in _TERMS.values()},
    )
    for name, words in names.items()
    for word in words
}
"""What may stand before a colon, and the field it means."""


@dataclass(frozen=True)
class _Boosts:
    """How much each way of being found counts."""

    presence: float
    """All syllables somewhere: enough to be found, never enough to come first."""
    folded_phrase: float
    folded_pair: float
    """Zero: not asked, for it would cost and tell nothing."""
    exact_phrase: float = 8.0
    exact_words: float = 1.0
    exact_pair: float = 2.0


# Words typed with diacritics are meant as spelt: what agrees only without them stays below even a
# single exact phrase deep in a long text. All of it scales with the words' rarity alike.
_ACCENTED = _Boosts(presence=0.1, folded_phrase=0.2, folded_pair=0)
_PLAIN = _Boosts(presence=0.2, folded_phrase=3.0, folded_pair=0.7)
_NAME_GAP_WORDS = 2
""""Liên đoàn Lao động [thành phố] Hà Nội": words that a name may carry inside."""


class QueryError(ValueError):
    """A query that cannot be searched; `problem` is the key of the sentence for its author."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True)
class Words:
    """Syllables that must all be found, in whatever order."""

    text: str


@dataclass(frozen=True)
class Phrase:
    """Quoted words: found together as they stand."""

    text: str


@dataclass(frozen=True)
class Not:
    """What must not be found."""

    node: "Node"


@dataclass(frozen=True)
class AllOf:
    """Every part must be found."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """One part is enough."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Fielded:
    """What must be found in one field: a text field, a name field or a facet."""

    field: str
    node: "Node"


Node = Words | Phrase | Not | AllOf | AnyOf | Fielded


@dataclass(frozen=True)
class ParsedQuery:
    """A query understood: its tree (None: everything) and what was mended on the way."""

    node: Node | None
    notes: tuple[Note, ...] = ()


_Kind = Literal["word", "phrase", "and", "or", "not", "open", "close", "field"]


@dataclass(frozen=True)
class _Token:
    kind: _Kind
    text: str = ""


_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_OPERATORS: dict[str, _Kind] = {"AND": "and", "OR": "or", "NOT": "not", "&&": "and", "||": "or"}
_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ue000-\uf8ff]+"
)
_TOKEN = re.compile(
    r'(?P<minus>(?<!\S)-(?=[^\s-]))|"(?P<phrase>[^"]*)"?|(?P<mark>[()|])|[^\s"()|]+'
)
_HAS_WORD = re.compile(r"\w")
_SYLLABLE = re.compile(r"\w+")
_FIELD_WORD = re.compile(r"([^\W\d][\w.-]{1,30}):(?!/)(.*)")
_LOOKS_LIKE_FIELD = re.compile(r"[a-z_]{3,30}")
"""What someone meant as a field, though there is none of that name."""


def parse_query(text: str) -> ParsedQuery:
    """Read what someone typed; what can be mended is mended and noted.

    Raises:
        QueryError: too long, too many words, nested too deeply, or nothing that can be searched.

    Example:
        >>> parse_query('công đoàn OR "mái ấm" -thưởng').node
        AnyOf(nodes=(Words(text='công đoàn'), AllOf(nodes=(Phrase(text='mái ấm'), \
Not(node=Words(text='thưởng'))))))
        >>> parse_query('place:"Hà Nội"').node
        Fielded(field='place', node=Phrase(text='Hà Nội'))
        >>> parse_query('"lương tối thiểu').notes
        ('unbalanced_quote',)
        >>> parse_query("  ").node is None
        True
    """
    clean = _CONTROLS.sub(" ", to_nfc(text)).translate(_QUOTES).strip()
    if not clean:
        return ParsedQuery(None)
    if len(clean) > QUERY_LIMIT_CHARACTERS:
        raise QueryError("too_long")
    notes: list[Note] = []
    if clean.count('"') % 2:
        notes.append("unbalanced_quote")
    tokens = list(_tokenise(clean, notes))
    words = sum(len(t.text.split()) for t in tokens if t.kind in ("word", "phrase"))
    if not words:
        raise QueryError("nothing_to_search")
    if words > WORDS_LIMIT:
        raise QueryError("too_many_words")
    node = _Parser(tokens, notes).parse()
    if node is None:
        raise QueryError("nothing_to_search")
    return ParsedQuery(node, tuple(dict.fromkeys(notes)))


def _tokenise(text: str, notes: list[Note]) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        token = match.group()
        if match["minus"]:
            yield _Token("not")
        elif match["phrase"] is not None:
            if _HAS_WORD.search(match["phrase"]):
                yield _Token("phrase", " ".join(match["phrase"].split()))
        elif match["mark"]:
            yield _Token({"(": "open", ")": "close", "|": "or"}[token])  # type: ignore[arg-type]
        elif token in _OPERATORS:
            yield _Token(_OPERATORS[token])
        elif field := _FIELD_WORD.fullmatch(token):
            has_operand = bool(field[2]) or text[match.end() : match.end() + 1] in {'"', "("}
            yield from _read_field_word(field, notes, has_operand=has_operand)
        elif _HAS_WORD.search(token):
            yield _Token("word", token)


def _read_field_word(
    found: re.Match[str], notes: list[Note], *, has_operand: bool
) -> Iterator[_Token]:
    """Take "title:lương" apart; behind any other word, as in a headline, a colon is a colon."""
    typed, rest = found[1], found[2]
    name = FIELD_WORDS.get(re.sub(r"[\W_]", "", typed.lower()))
    if name is not None and (has_operand or _LOOKS_LIKE_FIELD.fullmatch(typed)):
        yield _Token("field", name)
        if _HAS_WORD.search(rest):
            yield _Token("word", rest)
        return
    if rest and _LOOKS_LIKE_FIELD.fullmatch(typed):
        notes.append("unknown_field")
    yield _Token("word", found[0])


class _Parser:
    """Recursive descent over tokens; operators without operands are dropped and noted."""

    def __init__(self, tokens: Sequence[_Token], notes: list[Note]) -> None:
        self._tokens = tokens
        self._position = 0
        self._notes = notes

    def parse(self) -> Node | None:
        parts = []
        while self._position < len(self._tokens):
            node = self._parse_any(0)
            if node is not None:
                parts.append(node)
            if self._peek() == "close":
                self._notes.append("unbalanced_parenthesis")
                self._position += 1
        return _join(parts, AllOf)

    def _peek(self) -> _Kind | None:
        if self._position < len(self._tokens):
            return self._tokens[self._position].kind
        return None

    def _parse_any(self, depth: int) -> Node | None:
        if depth > DEPTH_LIMIT:
            raise QueryError("too_deep")
        parts: list[Node] = []
        expects_operand = False
        while True:
            node = self._parse_all(depth)
            if node is not None:
                parts.append(node)
            elif expects_operand or self._peek() == "or":
                self._notes.append("stray_operator")
            if self._peek() != "or":
                return _join(parts, AnyOf)
            self._position += 1
            expects_operand = True

    def _parse_all(self, depth: int) -> Node | None:
        parts: list[Node] = []
        words: list[str] = []
        ends_with_operator = False

        def flush() -> None:
            if words:
                parts.append(Words(" ".join(words)))
                words.clear()

        while (kind := self._peek()) not in (None, "or", "close"):
            token = self._tokens[self._position]
            if kind == "word":
                self._position += 1
                words.append(token.text)
            elif kind == "and":
                if ends_with_operator or not (parts or words):
                    self._notes.append("stray_operator")
                self._position += 1
                flush()
            else:
                flush()
                node = self._parse_operand(depth)
                if node is not None:
                    parts.append(node)
            ends_with_operator = kind == "and"
        if ends_with_operator:
            self._notes.append("stray_operator")
        flush()
        return _join(parts, AllOf)

    def _parse_operand(self, depth: int) -> Node | None:
        """Read a phrase, a group, or one of these in a field or negated."""
        is_negated = False
        while self._peek() == "not":
            self._position += 1
            is_negated = True
        field = None
        while self._peek() == "field":
            field = self._tokens[self._position].text
            self._position += 1
        kind = self._peek()
        node: Node | None = None
        if kind in ("word", "phrase"):
            text = self._tokens[self._position].text
            self._position += 1
            node = Words(text) if kind == "word" else Phrase(text)
        elif kind == "open":
            self._position += 1
            node = self._parse_any(depth + 1)
            if self._peek() == "close":
                self._position += 1
            else:
                self._notes.append("unbalanced_parenthesis")
        elif field is not None:
            self._notes.append("stray_field")
        elif is_negated:
            self._notes.append("stray_operator")
        if node is not None and field is not None:
            node = self._put_in_field(field, node)
        return Not(node) if is_negated and node is not None else node

    def _put_in_field(self, field: str, node: Node) -> Node:
        if field in _TERMS and not _TERMS[field].holds_names:
            known = [find_codes(field, leaf.text) for leaf in list_positive(node)]
            if not all(known):
                self._notes.append("unknown_value")
        return Fielded(field, node)


def _join(parts: Sequence[Node], kind: Callable[[tuple[Node, ...]], Node]) -> Node | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def is_accented(text: str) -> bool:
    """Return whether a text carries Vietnamese diacritics, so that its spelling is meant.

    Example:
        >>> is_accented("công đoàn"), is_accented("cong doan")
        (True, False)
    """
    return strip_diacritics(text) != text.lower()


def write_variants(text: str) -> tuple[str, ...]:
    """Return the ways to write a run of words: itself, then with abbreviations rewritten.

    Numbers and spelling variants (629.000 and 629,000, tỉ and tỷ) need none: the analyzers of the
    index make them one.

    Example:
        >>> write_variants("LĐLĐ Hải Phòng")
        ('LĐLĐ Hải Phòng', 'Liên đoàn Lao động Hải Phòng')
    """
    return (text, *expand_abbreviations(text))[:VARIANTS_LIMIT]


def _match_everywhere(text: str, fields: Sequence[str], *, boost: float) -> Clause:
    return {
        "multi_match": {
            "query": text,
            "type": "cross_fields",
            "operator": "and",
            "fields": list(fields),
            "boost": boost,
        }
    }


def _match_phrase(
    text: str, fields: Sequence[str], *, boost: float = 1.0, gap_words: int = 0
) -> Clause:
    phrase: Clause = {"query": text, "type": "phrase", "fields": list(fields), "boost": boost}
    if gap_words:
        phrase["slop"] = gap_words
    return {"multi_match": phrase}


def _any_of(clauses: Sequence[Clause]) -> Clause:
    if len(clauses) == 1:
        return clauses[0]
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


def build_query(
    node: Node | None, *, is_ranked: bool = True, fields: _Fields = _EVERYWHERE
) -> Clause:
    """Return the query for a tree; without `is_ranked` only what decides on being found.

    Example:
        >>> build_query(None)
        {'match_all': {}}
        >>> sorted(build_query(Words("lương"))["bool"])
        ['must', 'should']
    """
    build = functools.partial(build_query, is_ranked=is_ranked, fields=fields)
    clause: Clause
    match node:
        case None:
            clause = {"match_all": {}}
        case Words(text):
            clause = _build_words(text, is_ranked=is_ranked, fields=fields)
        case Phrase(text):
            clause = _build_phrase(text, fields)
        case Not(inner):
            clause = {"bool": {"must_not": [_build_strict(inner, fields)]}}
        case AnyOf(nodes):
            clause = _any_of([build(n) for n in nodes])
        case AllOf(nodes):
            required = {
                "must": [build(n) for n in nodes if not isinstance(n, Not)],
                "must_not": [_build_strict(n.node, fields) for n in nodes if isinstance(n, Not)],
            }
            clause = {"bool": {occur: clauses for occur, clauses in required.items() if clauses}}
        case Fielded(field, inner) if field in _TEXT_FIELDS:
            clause = build_query(inner, is_ranked=is_ranked, fields=_only(field))
        case Fielded(field, inner):
            clause = _build_named(inner, field)
    return clause


def _only(field: str) -> _Fields:
    folded, exact = (field,), (f"{field}.exact",)
    return _Fields(folded=folded, exact=exact, folded_phrase=folded, exact_phrase=exact)


def _build_named(node: Node, field: str) -> Clause:
    """Return what finds a name or a coded value; it decides on being found, not on the rank."""
    match node:
        case Words(text) | Phrase(text):
            return {"constant_score": {"filter": _match_name(text, field)}}
        case Not(inner):
            return {"bool": {"must_not": [_build_named(inner, field)]}}
        case AnyOf(nodes):
            return _any_of([_build_named(n, field) for n in nodes])
        case AllOf(nodes):
            return {"bool": {"must": [_build_named(n, field) for n in nodes]}}
        case Fielded(inner_field, inner):
            return build_query(Fielded(inner_field, inner), is_ranked=False)


def _match_name(text: str, field: str) -> Clause:
    facet = _TERMS.get(field)
    if facet is not None and not facet.holds_names:
        return {"terms": {facet.field: list(find_codes(field, text))}}
    worded = f"{field}.words" if facet is None else facet.worded_field
    return _any_of(
        [
            {"match_phrase": {worded: {"query": variant, "slop": _NAME_GAP_WORDS}}}
            for variant in write_variants(text)
        ]
    )


def _build_words(text: str, *, is_ranked: bool, fields: _Fields) -> Clause:
    variants = write_variants(text)
    boosts = _ACCENTED if is_accented(text) else _PLAIN
    presence = [_match_everywhere(v, fields.folded, boost=boosts.presence) for v in variants]
    if not is_ranked:
        return _any_of(presence)
    ranks: list[Clause] = []
    for variant in variants:
        ranks += _rank_phrase(
            variant,
            folded=boosts.folded_phrase,
            exact=boosts.exact_phrase,
            gap_words=_NAME_GAP_WORDS,
            fields=fields,
        )
    words = text.split()
    if len(words) > 2:  # noqa: PLR2004 - two words are a pair already ranked above
        for pair in list(itertools.pairwise(words))[:PAIRS_LIMIT]:
            ranks += _rank_phrase(
                " ".join(pair), folded=boosts.folded_pair, exact=boosts.exact_pair, fields=fields
            )
    if is_accented(text):
        ranks.append(_match_everywhere(text, fields.exact, boost=boosts.exact_words))
    return {"bool": {"must": [_any_of(presence)], "should": ranks}}


def _rank_phrase(
    text: str, *, folded: float, exact: float, fields: _Fields, gap_words: int = 0
) -> list[Clause]:
    """Rank a run found together; as it is meant (spelt or plain) words may stand in its gaps."""
    words = text.count(" ") + 1
    is_spelt = is_accented(text)
    gap = gap_words if words > 2 else 0  # noqa: PLR2004 - two words apart are no phrase
    ranks = []
    if words > 1 and folded:
        folded_gap = 0 if is_spelt else gap
        ranks.append(_match_phrase(text, fields.folded_phrase, boost=folded, gap_words=folded_gap))
    if is_spelt:
        ranks.append(_match_phrase(text, fields.exact_phrase, boost=exact, gap_words=gap))
    return ranks


def _build_phrase(text: str, fields: _Fields) -> Clause:
    return _match_phrase(text, fields.exact if is_accented(text) else fields.folded)


def _build_strict(node: Node, fields: _Fields) -> Clause:
    """Return what excludes: as spelt, in one piece, for -"công đoạn" must leave "công đoàn"."""
    match node:
        case Words(text) | Phrase(text):
            return _build_phrase(text, fields)
        case AnyOf(nodes):
            return _any_of([_build_strict(n, fields) for n in nodes])
        case AllOf(nodes):
            return {"bool": {"must": [_build_strict(n, fields) for n in nodes]}}
        case Not(inner):
            return {"bool": {"must_not": [_build_strict(inner, fields)]}}
        case Fielded(field, inner):
            if field in _TEXT_FIELDS:
                return _build_strict(inner, _only(field))
            return _build_named(inner, field)


def list_positive(node: Node | None, *, field: str | None = None) -> tuple[Words | Phrase, ...]:
    """Return the words and phrases that are looked for in texts, not those excluded.

    With `field`, only those that this field may hold.

    Example:
        >>> list_positive(parse_query("lương OR thưởng -phạt outlet:nld").node)
        (Words(text='lương'), Words(text='thưởng'))
    """
    match node:
        case Words() | Phrase():
            return (node,)
        case AllOf(nodes) | AnyOf(nodes):
            return tuple(leaf for n in nodes for leaf in list_positive(n, field=field))
        case Fielded(named, inner) if named in _TEXT_FIELDS and field in (None, named):
            return list_positive(inner, field=field)
        case _:
            return ()


def build_highlight_query(node: Node | None, field: str) -> Clause | None:
    """Return the query whose matches are marked in one folded field; None marks nothing."""
    clauses: list[Clause] = []
    for leaf in list_positive(node, field=field):
        if isinstance(leaf, Phrase):
            clauses.append({"match_phrase": {field: {"query": leaf.text}}})
            continue
        for variant in write_variants(leaf.text):
            clauses.append({"match": {field: {"query": variant}}})
            if " " in variant:
                clauses.append({"match_phrase": {field: {"query": variant, "boost": 5}}})
    return _any_of(clauses) if clauses else None


def list_syllables(node: Node | None) -> tuple[tuple[str, ...], ...]:
    """Return the runs of syllables that are looked for, in every way they may be written.

    Example:
        >>> list_syllables(parse_query("Lao Động -phạt").node)
        (('lao', 'động'),)
    """
    return tuple(
        tuple(_SYLLABLE.findall(fold(variant)))
        for leaf in list_positive(node)
        for variant in (write_variants(leaf.text) if isinstance(leaf, Words) else (leaf.text,))
    )
