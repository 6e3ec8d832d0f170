"""A fetched page to a `Post`: pure, and the only place that knows the blog's HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import quote, unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Comment, Tag
from bs4.element import NavigableString

from warehouse.errors import ParseError
from warehouse.markdown import CLOSE, OPEN, TOKEN, Verbatim, destination, fenced, marked, render, without_marks
from warehouse.records import CodeBlock, Counts, Equation, Figure, Footnote, Link, Page, Post, Section

_BODIES = ("[itemprop~=articleBody]", ".e-content", ".entry-content", ".post-content", "article", "main")
_HEADING = re.compile(r"^h[1-6]$")
_TOC = ".contents.topic, nav#TOC, nav.toc, .toc, #toc, .table-of-contents, #table-of-contents"
_NOISE = "script, style, noscript, template, a.headerlink, a.anchor-link, .prompt, a.footnote-backref, [hidden]"
_DELIMITED = (
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]|\\\((?P<paren>.+?)\\\)"
    r"|(?P<env>\\begin\{(?P<name>\w+\*?)\}.+?\\end\{(?P=name)\})"
)
_MATH = re.compile(_DELIMITED, re.S)
_NOTEBOOK_MATH = re.compile(_DELIMITED + r"|\$(?P<dollar>[^$]+?)\$", re.S)
_MALFORMED = re.compile(r"\W+https?:")  # would resolve to a path of this site
_BLOCKS = ("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "dt", "dd", "div", "br", "blockquote")
_UNSEEN = ("script", "style", "noscript", "template", "title")
_WORD = re.compile(r"\w")


def parse_post(page: Page, hosts: frozenset[str]) -> Post:
    """The post on a page; `hosts` are the names under which the same blog is linked.

    Raises ParseError when the page has no title, no date or no article.
    """
    soup = BeautifulSoup(without_marks(page.content.decode("utf-8", "replace")), "lxml")
    body = next((found for css in _BODIES if (found := soup.select_one(css))), None)
    title, published = _title(soup), _published(soup)
    if body is None or not title or published is None:
        missing = [name for name, value in (("article", body), ("title", title), ("date", published)) if not value]
        raise ParseError(f"{page.url} is not a post: it has no {' and no '.join(missing)}")
    try:
        seen = " ".join(text for text in soup.find_all(string=True) if _is_visible(text))
        article = _Article(body, _source_kind(soup, body), page.url, hosts, " ".join(seen.split()).lower())
    except RecursionError as error:
        raise ParseError(f"{page.url} is nested too deeply to be an article") from error
    return Post(
        slug=slug_of(page.url),
        title=title,
        url=page.url,
        author=_meta(soup, "author") or _text(soup.select_one("[itemprop=author], .byline-name, .author")),
        published=published,
        description=_meta(soup, "description") or "",
        source_kind=article.kind,
        tags=_tags(soup),
        prev_slug=_neighbour(soup, "prev"),
        next_slug=_neighbour(soup, "next"),
        sections=article.sections,
        counts=article.counts,
        links=article.links,
        equations=article.equations,
        code_blocks=article.code_blocks,
        figures=article.figures,
        footnotes=article.footnotes,
        content_hash=article.content_hash,
        fetched_at=page.fetched_at,
    )


def canonical_url(content: bytes) -> str:
    """The address a page gives as its own (`link rel=canonical`, else `og:url`), or ""."""
    soup = BeautifulSoup(content, "lxml")
    link = soup.select_one("link[rel=canonical]")
    return str(link.get("href", "")) if link else _meta(soup, "og:url") or ""


def feed_urls(content: bytes) -> list[str]:
    """The feeds a page announces (`link rel=alternate`), as written."""
    soup = BeautifulSoup(content, "lxml")
    links = soup.select(
        "link[rel=alternate][type='application/rss+xml'], link[rel=alternate][type='application/atom+xml']"
    )
    return [str(link["href"]) for link in links if link.get("href")]


def slug_of(url: str) -> str:
    """The last path segment that names the post, without `index.html` or a suffix."""
    segments = [part for part in unquote(urlsplit(url).path).split("/") if part and part != "index.html"]
    return re.sub(r"\.html?$", "", segments[-1]) if segments else ""


def _meta(soup: BeautifulSoup, name: str) -> str | None:
    tag = soup.find("meta", attrs={"property": name}) or soup.find("meta", attrs={"name": name})
    content = tag.get("content") if isinstance(tag, Tag) else None
    return " ".join(str(content).split()) if content else None


def _text(tag: Tag | None) -> str:
    return " ".join(tag.get_text().split()) if tag else ""


def _title(soup: BeautifulSoup) -> str:
    # The headline first: og:title may be cut short.
    return (
        _text(soup.select_one("[itemprop~=headline], article h1"))
        or _meta(soup, "og:title")
        or _text(soup.select_one("h1, title"))
    )


def _published(soup: BeautifulSoup) -> date | None:
    """The local date as printed: the offset is dropped, never converted."""
    tag = soup.select_one("time[datetime]")
    for text in (_meta(soup, "article:published_time"), tag.get("datetime") if tag else None):
        if text:
            try:
                return datetime.fromisoformat(str(text)).date()
            except ValueError:
                continue
    return None


def _tags(soup: BeautifulSoup) -> tuple[str, ...]:
    metas = [str(tag.get("content", "")) for tag in soup.find_all("meta", attrs={"property": "article:tag"})]
    return tuple(dict.fromkeys(metas or [_text(tag) for tag in soup.select("a[rel~=tag], a.p-category")]))


def _neighbour(soup: BeautifulSoup, rel: str) -> str:
    link = soup.select_one(f"link[rel={rel}]")
    return slug_of(str(link.get("href", ""))) if link else ""


def _source_kind(soup: BeautifulSoup, body: Tag) -> str:
    source = soup.select_one("a.sourcelink, #sourcelink")
    suffix = str(source.get("href", "")).rpartition(".")[2] if source else ""
    if suffix in ("rst", "ipynb"):
        return suffix
    return "ipynb" if body.select_one(".text_cell, .input_area") else "html"


class _Article:
    """One pass over an article body, which it consumes: tokens in, marked text out, sections cut."""

    def __init__(self, body: Tag, kind: str, url: str, hosts: frozenset[str], page_text: str) -> None:
        self.kind, self._url, self._hosts, self._page_text = kind, url, hosts, page_text
        self._tokens: dict[int, Verbatim] = {}
        self._objects: dict[int, object] = {}
        self._headings: list[tuple[int, str, str]] = []
        self._cited: dict[str, int] = {}
        self._inline = self._images = 0
        self.equations: tuple[Equation, ...] = ()
        self.code_blocks: tuple[CodeBlock, ...] = ()
        self.figures: tuple[Figure, ...] = ()
        self.footnotes: tuple[Footnote, ...] = ()
        self.sections: tuple[Section, ...] = ()
        _clean(body)
        # Of the page's own words, not of our Markdown: another converter must not make every post look changed.
        self.content_hash = hashlib.sha256(" ".join(body.get_text(" ").split()).encode()).hexdigest()
        self._take_footnote_marks(body)
        self._take_links(body)
        self._take_code(body)
        self._take_math(body)
        words = _count(_spoken(body)) - sum(_count(_spoken(out)) for out in body.select(".output_wrapper"))
        self._take_figures(body)
        self._take_outputs(body)
        for number in body.select(".sectnum"):
            number.decompose()
        self._definitions = dict(_definitions(body))
        self._take_headings(body)
        self._cut(marked(body))
        self.counts = Counts(
            words=words,
            sections=len(self._headings),
            equations=len(self.equations),
            inline_formulas=self._inline,
            code_blocks=len(self.code_blocks),
            images=self._images,
            footnotes=sum(kind == "footnote" for _, kind, _ in self._definitions.values()),
        )

    def _token(self, kind: str, markdown: str, plain: str, made_of: object = None) -> str:
        index = len(self._tokens)
        self._tokens[index] = Verbatim(markdown, plain)
        self._objects[index] = made_of
        return f"{OPEN}{kind}{index}{CLOSE}"

    def _take_links(self, body: Tag) -> None:
        found = []
        for a in body.find_all("a", href=True):
            href = str(a["href"]).strip()
            if href.startswith("#"):
                continue
            try:
                target = urljoin(self._url, href)
                parts = urlsplit(target)
                host = (parts.hostname or "") if parts.scheme in ("http", "https") else ""
            except ValueError:  # an href such as "http://[x": kept as written, leading nowhere
                target, host = href, ""
            if _MALFORMED.match(href):
                host = ""
                del a["href"]  # shown as its words: it leads nowhere
            else:
                a["href"] = target
            slug = slug_of(target) if host in self._hosts else ""
            found.append(Link(href=target, target_slug=slug, host=host, text=_text(a)))
        self.links = tuple(found)

    def _take_footnote_marks(self, body: Tag) -> None:
        for back in body.select("a.fn-backref, li > p > a.footnote, li > a.footnote"):
            back.replace_with(NavigableString("" if back.find_parent("li") else back.get_text()))
        for mark in body.select("a.footnote-reference, a.citation-reference, .footnote-ref a, a[href^='#fn-']"):
            label = _text(mark).strip("[]")
            kind = (
                "M" if self.kind == "ipynb" else "N"
            )  # a notebook prints its marks as words, the others as superscripts
            mark.replace_with(self._token(kind, f"[^{label}]", f"[{label}]", str(mark.get("href", ""))[1:]))

    def _take_code(self, body: Tag) -> None:
        for block in body.select("div.code:has(> table.codetable), .output_wrapper pre, pre"):
            if block.decomposed or block.find_parent("pre") is not None:
                continue
            language = _language(block)
            if block.name == "div":
                code = "\n".join(line.get_text().rstrip("\n") for line in block.select("td.code"))
            else:
                code = block.get_text()
            if block.find_parent(class_="input_area"):
                language = "python"
            code = code.replace("\u00a0", " ").strip("\n")
            block_text = fenced(code, language)
            output = block.find_parent(class_="output_wrapper") is not None
            token = self._token("C", block_text, block_text, None if output else CodeBlock(0, language, code))
            _replace_block(block, token)

    def _take_math(self, body: Tag) -> None:
        for tag in body.select("div.math, span.math"):
            latex = tag.get_text()
            if tag.name == "div":
                _replace_block(tag, self._display(latex.strip(), tag))
            else:
                tag.replace_with(self._formula(re.sub(r"^\\\((.*)\\\)$", r"\1", latex.strip(), flags=re.S)))
        if self.kind != "rst":
            for node in list(_prose_nodes(body)):
                self._delimited(node)

    def _delimited(self, node: NavigableString) -> None:
        pattern = _NOTEBOOK_MATH if self.kind == "ipynb" else _MATH
        text = str(node)
        if "$" not in text and "\\" not in text:
            return

        def token(match: re.Match[str]) -> str:
            inline = match["paren"] or match.groupdict().get("dollar")
            if inline:
                return self._formula(inline)
            return self._display((match["dollars"] or match["bracket"] or match["env"]).strip(), node)

        replaced = pattern.sub(token, text)
        if replaced != text:
            node.replace_with(NavigableString(replaced))

    def _formula(self, latex: str) -> str:
        self._inline += 1
        return self._token("I", f"\\({latex}\\)", f"\\({latex}\\)")

    def _display(self, latex: str, where: Tag | NavigableString) -> str:
        if where.find_parent(["td", "th"]):
            line = " ".join(latex.split())
            return self._token("E", f"$${line}$$", f"$${line}$$", latex)
        return self._token("B", f"$$\n{latex}\n$$", f"$$\n{latex}\n$$", latex)

    def _take_figures(self, body: Tag) -> None:
        for img in body.find_all("img"):
            self._images += 1
            src = str(img.get("src", ""))
            src = self._url if src.startswith("data:") else urljoin(self._url, src)
            frame = img.find_parent(["figure"]) or img.find_parent("div", class_="figure")
            caption_tag = frame.select_one("figcaption, p.caption") if frame else None
            caption = render(_text(caption_tag), self._tokens, "plain")
            if caption_tag is not None:
                caption_tag.decompose()
            alt = " ".join(str(img.get("alt", "")).split())
            label = (caption or alt).replace("[", "(").replace("]", ")")
            picture, place = f"![{label}]({destination(src)})", img
            link = img.find_parent("a", href=True)
            if link is not None and not link.get_text(strip=True):
                picture, place = f"[{picture}]({destination(str(link['href']))})", link
            place.replace_with(self._token("G", picture, caption, Figure(0, src, alt, caption)))

    def _take_outputs(self, body: Tag) -> None:
        """What notebook cells printed: shown, but counted neither as words nor as code."""
        for output in body.select(".output_wrapper"):
            text = marked(output)
            faces = (render(text, self._tokens, "markdown"), render(text, self._tokens, "plain"))
            _replace_block(output, self._token("O", *faces, text))

    def _within(self, text: str) -> Iterator[tuple[str, object]]:
        """(kind, object) of every token of marked text in order, those inside notebook outputs included."""
        for match in TOKEN.finditer(text):
            made_of = self._objects[int(match[2])]
            if match[1] == "O" and isinstance(made_of, str):
                yield from self._within(made_of)
            else:
                yield match[1], made_of

    def _take_headings(self, body: Tag) -> None:
        for heading in body.find_all(_HEADING):
            anchor = str(heading.get("id", "") or "")
            section = heading.parent
            if not anchor and section is not None and section.name in ("div", "section"):
                wrapped = section.name == "section" or "section" in (section.get("class") or [])
                if section.get("id") and wrapped:
                    anchor = str(section["id"])
            written = " ".join(heading.get_text().split())
            bare = re.sub(f"{OPEN}[MN]\\d+{CLOSE}", "", written)
            text = " ".join(render(bare, self._tokens, "plain").split())
            self._headings.append((int(heading.name[1]), text, anchor))
            marks = "".join(match[0] for match in TOKEN.finditer(written) if match[1] in "MN")
            markdown = "#" * int(heading.name[1]) + " " + text + render(marks, self._tokens, "markdown")
            _replace_block(heading, self._token("H", markdown, "", len(self._headings) - 1) + marks)

    def _cut(self, text: str) -> None:
        """Cuts marked text at its headings into sections and hands every object to its section."""
        pieces = re.split(f"({OPEN}H\\d+{CLOSE})", text)
        bodies = [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
        for position, (_, piece) in enumerate(bodies):
            for kind, made_of in self._within(piece):
                if kind in "MN":
                    self._cited.setdefault(str(made_of), position)
        equations: list[Equation] = []
        code: list[CodeBlock] = []
        figures: list[Figure] = []
        drafts: list[tuple[str, str, int]] = []
        notes = self._rendered_notes(len(bodies) - 1)
        for position, (heading, piece) in enumerate(bodies):
            piece = re.sub(f"^{OPEN}[MN]\\d+{CLOSE}", "", piece) if heading else piece
            for kind, made_of in self._within(piece):
                if kind in "BE":
                    equations.append(Equation(position, str(made_of)))
                elif isinstance(made_of, CodeBlock):
                    code.append(replace(made_of, section=position))
                elif isinstance(made_of, Figure):
                    figures.append(replace(made_of, section=position))
            own = notes.get(position, [])
            plain = "\n\n".join([render(piece, self._tokens, "plain"), *(f"[{n.label}] {n.text}" for n, _ in own)])
            parts = [render(heading, self._tokens, "markdown")] if heading else []
            parts += [render(piece, self._tokens, "markdown"), *(f"[^{n.label}]: {md}" for n, md in own)]
            markdown = "\n\n".join(part for part in parts if part)
            drafts.append((plain.strip("\n"), markdown + "\n\n" if markdown else "", _count(piece)))
        self.equations, self.code_blocks, self.figures = tuple(equations), tuple(code), tuple(figures)
        self.sections = tuple(self._sections(drafts))

    def _rendered_notes(self, last: int) -> dict[int, list[tuple[Footnote, str]]]:
        """Each definition, as a record and as Markdown, under the section that cites it first (else the last one)."""
        by_section: dict[int, list[tuple[Footnote, str]]] = {}
        for key, (label, _, tag) in self._definitions.items():
            tag.name = "div"
            text = marked(tag)
            note = Footnote(label, " ".join(render(text, self._tokens, "plain").split()))
            by_section.setdefault(self._cited.get(key, last), []).append((note, render(text, self._tokens, "markdown")))
        self.footnotes = tuple(note for notes in by_section.values() for note, _ in notes)
        return by_section

    def _sections(self, drafts: list[tuple[str, str, int]]) -> Iterator[Section]:
        path: list[tuple[int, str]] = []
        for position, (text, markdown, words) in enumerate(drafts):
            level, heading, anchor = (1, "", "") if position == 0 else self._headings[position - 1]
            if heading:
                path = [step for step in path if step[0] < level] + [(level, heading)]
            yield Section(
                position=position,
                level=level,
                heading=heading,
                anchor=anchor,
                path=tuple(step[1] for step in path),
                words=words,
                text=text,
                markdown=markdown,
                fragment="" if anchor or not position else text_fragment(heading, text, self._page_text),
            )


def text_fragment(heading: str, text: str, whole: str) -> str:
    """A text-fragment directive for words that stand once in the lower-cased page: the heading, else the first such
    run of 4 to 16 plain words of the section, else "".

    https://wicg.github.io/scroll-to-text-fragment/
    """
    plain = (" ".join(part.split()) for part in text.split("\n\n") if not re.match(r"[-*>|`$\d]", part))
    paragraphs = (re.split(r"\\\(|\$\$|\[\d|[`|]", part)[0].split() for part in plain)
    runs = (" ".join(words[:length]) for words in paragraphs for length in range(4, min(16, len(words)) + 1))
    for words in (heading, *runs):
        if words and "\\(" not in words and whole.count(words.lower()) == 1:
            return ":~:text=" + quote(words, safe="").replace("-", "%2D")
    return ""


def _clean(body: Tag) -> None:
    for comment in body.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for contents in body.select(_TOC):
        card = contents.parent
        if (
            card is not None
            and card is not body
            and (title := card.find(_HEADING))
            and len(card.find_all(_HEADING)) == 1
        ):
            title.decompose()
        contents.decompose()
    for tag in body.select(_NOISE):
        tag.decompose()


def _definitions(body: Tag) -> Iterator[tuple[str, tuple[str, str, Tag]]]:
    """Footnotes and citations, taken out of the body: id, then (label, "footnote" or "citation", definition)."""
    for dl in body.select("dl.footnote, dl.citation"):
        kind = "footnote" if "footnote" in (dl.get("class") or []) else "citation"
        for dt in dl.find_all("dt", recursive=False):
            dd = dt.find_next_sibling("dd")
            if dd is not None:
                yield str(dt.get("id", "")), (_text(dt).strip("[]"), kind, dd.extract())
        dl.decompose()
    for block in body.select("div.footnotes"):
        for number, item in enumerate(block.find_all("li"), start=1):
            yield str(item.get("id", "")), (str(number), "footnote", item.extract())
        block.decompose()


def _replace_block(tag: Tag, token: str) -> None:
    """Puts a token where a block was, still as a block."""
    tag.name = "div"
    tag.attrs = {}
    tag.string = token


def _is_visible(text: NavigableString) -> bool:
    return type(text) is NavigableString and text.parent is not None and text.parent.name not in _UNSEEN


def _language(block: Tag) -> str:
    classes = [
        name.lower() for tag in (block, block.find("code")) if isinstance(tag, Tag) for name in tag.get("class") or []
    ]
    for name in classes:
        if name.startswith("language-"):
            return name.removeprefix("language-")
    rest = [name for name in classes if name not in ("code", "literal-block", "text", "highlight", "sourcecode")]
    return rest[0] if "code" in classes and rest else ""


def _prose_nodes(body: Tag) -> Iterator[NavigableString]:
    for node in body.find_all(string=True):
        if not node.find_parent(["code", "pre"]):
            yield node


def _spoken(tag: Tag) -> str:
    """The text of a tag, words of neighbouring blocks kept apart whether the source has whitespace there or not."""
    parts = []
    for node in tag.descendants:
        if isinstance(node, Tag):
            parts.append(" " if node.name in _BLOCKS else "")
        else:
            before = node.previous_sibling
            parts.append(f" {node}" if isinstance(before, Tag) and before.name in _BLOCKS else str(node))
    return "".join(parts)


def _count(text: str) -> int:
    """Words of marked text: whitespace pieces with an alphanumeric, an inline formula counting as one."""
    spelled = TOKEN.sub(lambda match: {"I": "x", "M": "1", "N": ""}.get(match[1], " "), text)
    return sum(1 for piece in spelled.split() if _WORD.search(piece))
