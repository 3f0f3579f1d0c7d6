"""What limits an endpoint may have, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["LIMITS", "Limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a limit is, in two languages, and its unit in words and as a UN/CEFACT code."""

    en: str
    ja: str
    unit: str
    code: str


_BYTES: Final = ("bytes", "AD")
_SECONDS: Final = ("seconds", "SEC")
_PIECES: Final = ("", "C62")

LIMITS: Final[Mapping[str, Limit]] = {
    "query_seconds": Limit("how long a query may run", "問合せの実行時間の上限", *_SECONDS),
    "service_seconds": Limit(
        "how long the answer to a SERVICE clause is waited for",
        "SERVICE句の応答を待つ時間の上限",
        *_SECONDS,
    ),
    "max_query_bytes": Limit("the largest query", "問合せ文の大きさの上限", *_BYTES),
    "max_url_bytes": Limit(
        "the longest query string of an address", "URLのクエリ文字列の長さの上限", *_BYTES
    ),
    "max_answer_bytes": Limit("the largest answer", "回答の大きさの上限", *_BYTES),
    "max_rows": Limit("the most rows of an answer", "回答の行数の上限", *_PIECES),
    "worker_memory_mb": Limit(
        "the most memory that a query may take", "問合せが使えるメモリの上限", "mebibytes", "E63"
    ),
    "queue": Limit("how many queries may wait", "待機できる問合せの数の上限", *_PIECES),
    "depth": Limit("how deep brackets may be nested", "括弧の入れ子の深さの上限", *_PIECES),
    "chain": Limit(
        "how many operators, clauses and columns may stand in a row",
        "連続する演算子・句・列の数の上限",
        *_PIECES,
    ),
    "patterns": Limit(
        "how many triple patterns a group may join",
        "一つのグループで結合できるトリプルパターンの数の上限",
        *_PIECES,
    ),
    "doublings": Limit(
        "how many parts that double the work may stand inside one another",
        "処理量を倍にする要素の入れ子の数の上限",
        *_PIECES,
    ),
}
"""Each limit that can be described, under the name of its setting where it has one."""
