"""How much parsing costs beside bare BeautifulSoup over the same pages: `python bench/parse.py FOLDER [ROUNDS]`.

Reads every `index.html` below the folder (the real blog's: `../shared/blog/posts`). Processor time of one thread; the
two are timed in turn, so that a busy machine slows both.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bs4 import BeautifulSoup

from warehouse.errors import ParseError
from warehouse.parse import parse_post
from warehouse.records import Page


def timed(read: Callable[[bytes], object], pages: list[bytes]) -> float:
    """Seconds to read every page."""
    started = time.process_time()
    for page in pages:
        read(page)
    return time.process_time() - started


def bare(html: bytes) -> object:
    return BeautifulSoup(html, "lxml")


def ours(html: bytes) -> object:
    try:
        return parse_post(Page("http://blog.example/posts/x/", html, datetime.now(UTC)), frozenset({"blog.example"}))
    except ParseError as refused:
        return refused


def main(folder: str, rounds: str = "7") -> None:
    pages = [path.read_bytes() for path in sorted(Path(folder).rglob("index.html"))]
    if not pages:
        sys.exit(f"no index.html below {folder}")
    refused = sum(isinstance(ours(page), ParseError) for page in pages)
    times = [(timed(bare, pages), timed(ours, pages)) for _ in range(int(rounds))]
    print(f"{len(pages)} pages, {sum(map(len, pages)) / 1e6:.2f} MB, {refused} refused as no posts, {rounds} rounds")
    for name, column in (("bare BeautifulSoup(page, 'lxml')", 0), ("parse_post", 1)):
        spent = [pair[column] for pair in times]
        print(f"{name:34} median {median(spent):.3f} s   fastest {min(spent):.3f} s")
    ratios = [own / plain for plain, own in times]
    fastest = min(own for _, own in times) / min(plain for plain, _ in times)
    print(f"{'ratio':34} median {median(ratios):.2f}     of the fastest {fastest:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
