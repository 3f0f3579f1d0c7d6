"""Tells where a text leaves the grammar of SPARQL 1.1, and what may stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from miwdap_kg.sparql import Token, tokens

__all__ = ["KEYWORDS", "Misfit", "find_misfit"]

# SPARQL 1.1 §19.8, rules 1 to 28 and 43 to 137, in its own notation and LL(1) as it is there.
# Quoted: keywords and signs. Capitals: kinds of tokens, and functions by their number of arguments.
_GRAMMAR: Final = """
Query ::= ( 'BASE' IRI | 'PREFIX' NAME IRI )*
    ( Select | Construct | Describe | Ask ) ( 'VALUES' DataBlock )? END
Select ::= SelectClause DatasetClause* WhereClause SolutionModifier
SubSelect ::= SelectClause WhereClause SolutionModifier ( 'VALUES' DataBlock )?
SelectClause ::= 'SELECT' ( 'DISTINCT' | 'REDUCED' )? ( '*' | Projected Projected* )
Projected ::= VARIABLE | '(' Expression 'AS' VARIABLE ')'
Construct ::= 'CONSTRUCT' ( ConstructTemplate DatasetClause* WhereClause SolutionModifier
    | DatasetClause* 'WHERE' ConstructTemplate SolutionModifier )
Describe ::= 'DESCRIBE' ( VarOrIri VarOrIri* | '*' ) DatasetClause* WhereClause? SolutionModifier
Ask ::= 'ASK' DatasetClause* WhereClause SolutionModifier
DatasetClause ::= 'FROM' ( iri | 'NAMED' iri )
WhereClause ::= 'WHERE'? GroupGraphPattern
SolutionModifier ::= ( 'GROUP' 'BY' GroupCondition GroupCondition* )?
    ( 'HAVING' Constraint Constraint* )? ( 'ORDER' 'BY' OrderCondition OrderCondition* )?
    ( 'LIMIT' NUMBER ( 'OFFSET' NUMBER )? | 'OFFSET' NUMBER ( 'LIMIT' NUMBER )? )?
GroupCondition ::= Call | '(' Expression ( 'AS' VARIABLE )? ')' | VARIABLE
OrderCondition ::= ( 'ASC' | 'DESC' ) '(' Expression ')' | Constraint | VARIABLE
Constraint ::= '(' Expression ')' | Call
Call ::= BuiltInCall | iri ArgList
DataBlock ::= VARIABLE '{' DataBlockValue* '}'
    | '(' VARIABLE* ')' '{' ( '(' DataBlockValue* ')' )* '}'
DataBlockValue ::= iri | Literal | 'UNDEF'
GroupGraphPattern ::= '{' ( SubSelect | TriplesBlock? ( NotTriples '.'? TriplesBlock? )* ) '}'
TriplesBlock ::= TriplesSameSubject ( '.' TriplesBlock? )?
NotTriples ::= GroupGraphPattern ( 'UNION' GroupGraphPattern )*
    | 'OPTIONAL' GroupGraphPattern | 'MINUS' GroupGraphPattern
    | 'GRAPH' VarOrIri GroupGraphPattern | 'SERVICE' 'SILENT'? VarOrIri GroupGraphPattern
    | 'FILTER' Constraint | 'BIND' '(' Expression 'AS' VARIABLE ')' | 'VALUES' DataBlock
ConstructTemplate ::= '{' TriplesBlock? '}'
TriplesSameSubject ::= ( VARIABLE | iri | Literal | BLANK ) PropertyList
    | ( Collection | BlankNodeProperties ) PropertyList?
PropertyList ::= Verb ObjectList ( ';' ( Verb ObjectList )? )*
ObjectList ::= Object ( ',' Object )*
Object ::= VARIABLE | iri | Literal | BLANK | Collection | BlankNodeProperties
Collection ::= '(' Object* ')'
BlankNodeProperties ::= '[' PropertyList? ']'
Verb ::= VARIABLE | Path
Path ::= PathSequence ( '|' PathSequence )*
PathSequence ::= PathStep ( '/' PathStep )*
PathStep ::= '^'? PathPrimary ( '?' | '*' | '+' )?
PathPrimary ::= iri | 'a' | '!' NegatedSet | '(' Path ')'
NegatedSet ::= InNegatedSet | '(' ( InNegatedSet ( '|' InNegatedSet )* )? ')'
InNegatedSet ::= '^'? ( iri | 'a' )
VarOrIri ::= VARIABLE | iri
iri ::= IRI | NAME
Literal ::= STRING ( LANGUAGE | '^^' iri )? | ( '+' | '-' )? NUMBER | 'TRUE' | 'FALSE'
Expression ::= And ( '||' And )*
And ::= Relation ( '&&' Relation )*
Relation ::= Sum ( ( '=' | '!=' | '<' | '>' | '<=' | '>=' ) Sum
    | 'IN' ExpressionList | 'NOT' 'IN' ExpressionList )?
Sum ::= Product ( ( '+' | '-' ) Product )*
Product ::= Unary ( ( '*' | '/' ) Unary )*
Unary ::= ( '!' | '+' | '-' )? Primary
Primary ::= '(' Expression ')' | BuiltInCall | iri ArgList? | VARIABLE | NUMBER
    | STRING ( LANGUAGE | '^^' iri )? | 'TRUE' | 'FALSE'
ArgList ::= '(' ( 'DISTINCT'? Expression ( ',' Expression )* )? ')'
ExpressionList ::= '(' ( Expression ( ',' Expression )* )? ')'
Comparison ::= '=' | '!=' | '<' | '>' | '<=' | '>=' | 'IN' | 'NOT' | Operator
Operator ::= '+' | '-' | '*' | '/' | '&&' | '||'
BuiltInCall ::= NULLARY '(' ')' | UNARY '(' Expression ')'
    | BINARY '(' Expression ',' Expression ')' | 'BOUND' '(' VARIABLE ')'
    | 'BNODE' '(' Expression? ')' | LISTED ExpressionList
    | 'IF' '(' Expression ',' Expression ',' Expression ')'
    | 'REGEX' '(' Expression ',' Expression ( ',' Expression )? ')'
    | 'SUBSTR' '(' Expression ',' Expression ( ',' Expression )? ')'
    | 'REPLACE' '(' Expression ',' Expression ',' Expression ( ',' Expression )? ')'
    | 'EXISTS' GroupGraphPattern | 'NOT' 'EXISTS' GroupGraphPattern
    | 'COUNT' '(' 'DISTINCT'? ( '*' | Expression ) ')' | AGGREGATE '(' 'DISTINCT'? Expression ')'
    | 'GROUP_CONCAT' '(' 'DISTINCT'? Expression ( ';' 'SEPARATOR' '=' STRING )? ')'
"""

_FUNCTIONS: Final = {
    "NULLARY": "RAND NOW UUID STRUUID",
    "UNARY": "STR LANG DATATYPE IRI URI ABS CEIL FLOOR ROUND STRLEN UCASE LCASE ENCODE_FOR_URI "
    "YEAR MONTH DAY HOURS MINUTES SECONDS TIMEZONE TZ MD5 SHA1 SHA256 SHA384 SHA512 "
    "ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC",
    "BINARY": "LANGMATCHES CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER STRLANG STRDT SAMETERM",
    "LISTED": "COALESCE CONCAT",
    "AGGREGATE": "SUM MIN MAX AVG SAMPLE",
}
_CLASS_OF: Final = {name: kind for kind, names in _FUNCTIONS.items() for name in names.split()}

KEYWORDS: Final = tuple(sorted({*re.findall(r"'([A-Z_]+)'", _GRAMMAR), *_CLASS_OF}))
"""Every word that SPARQL 1.1 queries have of their own, in upper case."""

# What a person calls whatever may stand at a place; the wider comes first.
_NAMES: Final = {
    "Expression": "an expression",
    "Object": "a variable, an IRI, a literal or a blank node",
    "Verb": "a predicate",
    "NotTriples": "a clause such as FILTER or OPTIONAL",
    "SolutionModifier": "a modifier such as ORDER BY or LIMIT",
    "VarOrIri": "a variable or an IRI",
    "Comparison": "an operator",
    "Operator": "an operator",
    "Literal": "a literal",
    "iri": "an IRI",
    "Path": "a path",
    "BuiltInCall": "a function",
    "IRI": "an IRI in angle brackets",
    "NAME": "a prefix that ends in ':'",
    "VARIABLE": "a variable",
    "NUMBER": "a number",
    "STRING": "a string",
    "BLANK": "a blank node",
    "LANGUAGE": "a language tag",
    "END": "the end of the query",
}

Kind = Literal["rule", "term", "all", "one", "maybe", "many"]


@dataclass(frozen=True, slots=True)
class _Node:
    kind: Kind
    name: str = ""
    parts: tuple[_Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first token that cannot stand where it does, what could, and what was never closed.

    *token* is None when the text ends too early.
    """

    token: Token | None
    expected: tuple[str, ...]
    unclosed: Token | None


def find_misfit(text: str) -> Misfit | None:
    """Return the first place where *text* is no SPARQL 1.1 query, or None when it is one.

    >>> find_misfit("SELECT ?x WHERE ?x a ?y").expected
    ("'{'",)
    """
    found = list(tokens(text))
    stack = [_Node("rule", "Query")]
    expected: set[str] = set()
    opened: list[Token] = []
    position = 0
    while stack:
        node = stack.pop()
        here = found[position] if position < len(found) else None
        fits = not _first(node).isdisjoint(_terms(here))
        if not fits:
            expected |= _first(node)
            if _is_optional(node):
                continue
            return Misfit(here, _in_words(expected), opened[-1] if opened else None)
        if node.kind == "term":
            if here is not None and here.text in ("(", "{", "["):
                opened.append(here)
            elif here is not None and here.text in (")", "}", "]"):
                opened.pop()
            position += 1
            expected.clear()
        elif node.kind == "rule":
            stack.append(_rules()[node.name])
        elif node.kind == "one":
            stack.append(next(e for e in node.parts if not _first(e).isdisjoint(_terms(here))))
        else:
            stack.extend([node] if node.kind == "many" else [])
            stack.extend(reversed(node.parts))
    return None


def _terms(token: Token | None) -> frozenset[str]:
    if token is None:
        return frozenset({"END"})
    if token.kind == "sign":
        return frozenset({token.text})
    if token.kind != "word":
        return frozenset({token.kind.upper()})
    word = token.keyword
    return frozenset({_CLASS_OF.get(word, word)} if token.text != "a" else {"a"})


@lru_cache(maxsize=1)
def _rules() -> dict[str, _Node]:
    rules = re.split(r"^(\w+) ::= ", _GRAMMAR, flags=re.MULTILINE)[1:]
    return {
        name: _choice(iter([*re.findall(r"'[^']+'|\w+|[()|*?]", body), ")"]))
        for name, body in zip(rules[::2], rules[1::2], strict=True)
    }


def _choice(words: Iterator[str]) -> _Node:
    choices: list[list[_Node]] = [[]]
    for word in words:
        parts = choices[-1]
        if word == ")":
            break
        if word == "|":
            choices.append([])
        elif word == "(":
            parts.append(_choice(words))
        elif word in "?*":
            parts[-1] = _Node("maybe" if word == "?" else "many", parts=(parts[-1],))
        else:
            is_term = word.startswith("'") or word.isupper()
            parts.append(_Node("term" if is_term else "rule", word.strip("'")))
    sequences = tuple(
        parts[0] if len(parts) == 1 else _Node("all", parts=tuple(parts)) for parts in choices
    )
    return sequences[0] if len(sequences) == 1 else _Node("one", parts=sequences)


@cache
def _first(node: _Node) -> frozenset[str]:
    if node.kind == "term":
        return frozenset({node.name})
    if node.kind == "rule":
        return _first(_rules()[node.name])
    found: set[str] = set()
    for part in node.parts:
        found |= _first(part)
        if node.kind == "all" and not _is_optional(part):
            break
    return frozenset(found)


@cache
def _is_optional(node: _Node) -> bool:
    if node.kind == "rule":
        return _is_optional(_rules()[node.name])
    if node.kind in ("all", "one"):
        return (all if node.kind == "all" else any)(map(_is_optional, node.parts))
    return node.kind in ("maybe", "many")


def _in_words(expected: set[str]) -> tuple[str, ...]:
    words: list[str] = []
    rest = set(expected)
    for name, words_for_it in _NAMES.items():
        first = _first(_rules()[name]) if name in _rules() else frozenset({name})
        if first <= rest:
            words.append(words_for_it)
            rest -= first
    functions = rest & set(_FUNCTIONS)
    words += ["a function"] if functions else []
    return (*words, *(f"'{each}'" for each in sorted(rest - functions, key=_signs_first)))


def _signs_first(term: str) -> tuple[bool, str]:
    return term[0].isalpha(), term
