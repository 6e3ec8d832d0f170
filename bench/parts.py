"""What reading every post part by part gives: `python bench/parts.py FOLDER` (the real blog's: `../shared/blog`).

Serves and syncs the folder, compares the joined parts of each post with its stored sections, at three sizes, and counts
what is in the whole.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import threading
from dataclasses import asdict
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from tools.blog import BlogTools
from warehouse.build import sync
from warehouse.settings import Settings
from warehouse.snapshot import Snapshots

SIZES = (5_000, 14_000, 60_000)
DISPLAY = re.compile(r"^\$\$\n.*?^\$\$[ \t]*$", re.M | re.S)
CODE = re.compile(r"^(`{3,}).*?^\1[ \t]*$", re.M | re.S)
INLINE = re.compile(r"\\\((?:(?!\n\n).)+?\\\)", re.S)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def parts_of(blog: BlogTools, slug: str, size: int) -> tuple[list[str], int]:
    """The parts, and the characters of the largest result as JSON."""
    parts, largest, start = [], 0, 0
    while True:
        page = blog.fetch_post(slug, start=start, max_chars=size)
        parts.append(page.markdown)
        largest = max(largest, len(json.dumps(asdict(page), ensure_ascii=False)))
        if page.next_start is None:
            return parts, largest
        start = page.next_start


def main(folder: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        blog = BlogTools(Snapshots(Settings(home=Path(home), site=f"http://127.0.0.1:{server.server_port}")))
        sync(blog.snapshots)
        warehouse = blog.snapshots.current().warehouse
        slugs = list(warehouse.slugs())
        wholes = {slug: "".join(part.markdown for part in warehouse.post(slug).sections) for slug in slugs}
        for size in SIZES:
            read = {slug: parts_of(blog, slug, size) for slug in slugs}
            joined = {slug: "".join(parts) for slug, (parts, _) in read.items()}
            differ = [slug for slug in slugs if wholes[slug] != joined[slug]]
            counts = [len(parts) for parts, _ in read.values()]
            largest = max(chars for _, chars in read.values())
            print(
                f"parts of {size}: median {median(counts):g}, most {max(counts)}; unlike: {differ or 'none'}; "
                f"largest result {largest:,} characters, {largest / 3.5:,.0f} tokens",
                flush=True,
            )
        facts = blog.query_metadata("SELECT sum(n_equations), sum(n_inline_formulas), sum(n_images) FROM posts").rows[0]
    server.shutdown()
    bare = [CODE.sub("", text) for text in wholes.values()]
    seen = [sum(len(DISPLAY.findall(text)) for text in bare)]
    seen += [sum(len(INLINE.findall(DISPLAY.sub("", text))) for text in bare), sum(t.count("![") for t in bare)]
    print(f"{len(slugs)} posts; equations, inline formulas, figures: {seen} in the text, {facts} counted on the page")


if __name__ == "__main__":
    main(*sys.argv[1:])
