"""An article's elements to tokens and counts: what must survive verbatim is taken out before the Markdown is made."""

from __future__ import annotations

import hashlib
import re

from warehouse.addresses import parts_of, resolved, slug_of
from warehouse.code_blocks import code_blocks
from warehouse.figures import captions, image_url, settle_fallbacks
from warehouse.footnotes import definitions, marks
from warehouse.formulas import Formula, cut_open, delimited, marked_up
from warehouse.furniture import remove_furniture
from warehouse.markdown import CLOSE, OPEN, Tokens, destination, fenced
from warehouse.markup import (
    Element,
    Elements,
    classes,
    remove,
    replace,
    replace_block,
    spaced,
    text_of,
    whole_text,
)
from warehouse.records import CodeBlock, Figure, Link

_OUTPUTS = ("output_wrapper", "jp-OutputArea", "cell-output", "cell_output", "nboutput")
_MALFORMED = re.compile(r"\W+https?:")  # would resolve to a path of this site
_WORD = re.compile(r"\w\S*")  # from its first alphanumeric on
_SUPERSCRIPTS = re.compile(f"{OPEN}N\\d+{CLOSE}")
_UNCOUNTED = re.compile(f"{OPEN}[^IM]\\d+{CLOSE}")


class Article:
    """One pass over an article's body, which it consumes: tokens in, counts and links out."""

    def __init__(
        self,
        body: Element,
        elements: Elements,
        *,
        kind: str,
        url: str,
        hosts: frozenset[str],
        title: str,
        dollars: bool,
    ) -> None:
        self._kind, self._url, self._hosts, self._dollars = kind, url, hosts, dollars
        self.body, self.elements, self.tokens = body, elements, Tokens()
        self.unclear: list[str] = []
        self.equations = self.inline_formulas = self.images = 0
        self.links: tuple[Link, ...] = ()
        settle_fallbacks(body)
        remove_furniture(body, elements, title)
        # Of the page's own words, not of our Markdown: another converter must not make every post look changed.
        self.content_hash = hashlib.sha256(" ".join(whole_text(body, " ").split()).encode()).hexdigest()
        self.definitions = definitions(body, elements)
        self._take_marks()
        self._take_links()
        outputs = elements.classed(*_OUTPUTS, within=body)
        outputs = [one for one in outputs if not any(above in outputs for above in one.iterancestors())]
        self._take_code(outputs)
        self._take_math()
        self.words = counted(spaced(body, " ")) - sum(counted(spaced(output, " ")) for output in outputs)
        self._take_figures()
        for output in outputs:
            self._bound(output)
        for number in elements.classed("sectnum", within=body):
            remove(number)
        for definition in self.definitions:
            remove(definition.note)
        for definition in self.definitions:
            remove(definition.around)

    def append_definitions(self) -> None:
        """Puts the notes behind the article, each after an F token."""
        for definition in self.definitions:
            behind, note = self.body.makeelement("div"), definition.note
            behind.text = self.tokens.add("F", "", "")
            note.tag = "div"
            self.body.extend([behind, note])

    def _take_marks(self) -> None:
        kind = "M" if self._kind == "ipynb" else "N"  # a notebook prints its marks as words, the others as superscripts
        for link, label, key in marks(self.body, {definition.key for definition in self.definitions} - {""}):
            replace(link, self.tokens.add(kind, f"[^{label}]", f"[{label}]", key))

    def _take_links(self) -> None:
        found = []
        for link in self.body.iter("a"):
            href = (link.get("href") or "").strip()
            if link.get("href") is None or href.startswith("#"):
                continue
            target = resolved(self._url, href) or href  # one that is no address is kept as written, leading nowhere
            parts = parts_of(target)
            scheme = parts.scheme
            host = (parts.hostname or "") if scheme in ("http", "https") else ""
            if _MALFORMED.match(href):
                host = ""
            if not host and scheme != "mailto":
                self.unclear.append(f"a link that leads nowhere: {href[:80]}")
            if _MALFORMED.match(href) or scheme in ("data", "javascript", "vbscript"):
                del link.attrib["href"]  # shown as its words
            else:
                link.set("href", target)
            slug = slug_of(target) if host in self._hosts else ""
            found.append(Link(href=target, target_slug=slug, host=host, text=text_of(link)))
        self.links = tuple(found)

    def _take_code(self, outputs: list[Element]) -> None:
        for block, language, code in code_blocks(self.body):
            if not code.strip():
                replace_block(block, "")
                continue
            fence = fenced(code, language)
            printed = any(above in outputs for above in block.iterancestors())
            made_of = None if printed else CodeBlock(0, language, code)
            if next(block.iterancestors("td", "th"), None) is not None:  # a row of a Markdown table is one line
                lines = "<br>".join(f"`{line}`" for line in code.replace("`", "'").split("\n") if line.strip())
                replace(block, self.tokens.add("K", lines, code, made_of))
            else:
                replace_block(block, self.tokens.add("C", fence, fence, made_of))

    def _take_math(self) -> None:
        for element, formula in marked_up(self.body, self.elements):
            if formula.display:
                replace_block(element, self._display(formula, element))
            else:
                replace(element, self._formula(formula))
        without_latex = sum(1 for math in self.body.iter("math"))
        if without_latex:
            self.unclear.append(f"{without_latex} formulas in MathML without their LaTeX")
        if self._kind != "rst":
            self._take_delimited()

    def _take_delimited(self) -> None:
        if self._kind == "html":
            self._join_broken_formulas()
        inside_code = {part for code in self.body.iter("code", "kbd", "samp", "tt") for part in code.iter()}
        outermost = {code for code in inside_code if code.getparent() not in inside_code}
        open_ends = 0
        for element in list(self.body.iter()):
            if element.text and element not in inside_code:
                element.text = self._tokenized(element.text, element)
                open_ends += cut_open(element.text)
            if element.tail and element is not self.body and (element not in inside_code or element in outermost):
                element.tail = self._tokenized(element.tail, element)
                open_ends += cut_open(element.tail)
        if open_ends and (self.equations or self.inline_formulas):
            self.unclear.append(f"{open_ends} formulas cut by markup")

    def _join_broken_formulas(self) -> None:
        """Lines of a display formula between which a generator has put line breaks."""
        for line_break in list(self.body.iter("br")):
            before, parent = line_break.getprevious(), line_break.getparent()
            text = (before.tail if before is not None else parent.text if parent is not None else "") or ""
            if len(text) < 10_000 and (text.count("$$") % 2 or text.count(r"\[") > text.count(r"\]")):
                remove(line_break, "\n")

    def _tokenized(self, text: str, element: Element) -> str:
        if "$" not in text and "\\" not in text:
            return text
        parts, end = [], 0
        single = self._kind == "ipynb" or self._dollars
        for formula in delimited(text, single=single, sure=self._kind == "ipynb"):
            token = self._display(formula, element) if formula.display else self._formula(formula)
            parts += [text[end : formula.start], token]
            end = formula.end
        return "".join([*parts, text[end:]])

    def _formula(self, formula: Formula) -> str:
        self.inline_formulas += 1
        return self.tokens.add("I", f"\\({formula.latex}\\)", f"\\({formula.latex}\\)")

    def _display(self, formula: Formula, where: Element) -> str:
        self.equations += 1
        if where.tag in ("td", "th") or next(where.iterancestors("td", "th"), None) is not None:
            line = " ".join(formula.latex.split())
            return self.tokens.add("E", f"$${line}$$", f"$${line}$$", formula.latex)
        return self.tokens.add("B", f"$$\n{formula.latex}\n$$", f"$$\n{formula.latex}\n$$", formula.latex)

    def _take_figures(self) -> None:
        beneath_images = captions(self.body)
        for image in list(self.body.iter("img")):
            if {"emoji", "wp-smiley"}.intersection(classes(image)):
                replace(image, image.get("alt") or "")
                continue
            self.images += 1
            source, beneath = image_url(image, self._url), beneath_images.get(image)
            caption = self.tokens.render(text_of(beneath), "plain")
            if beneath is not None:
                remove(beneath)
            alt = " ".join((image.get("alt") or "").split())
            label = (caption or alt).replace("[", "(").replace("]", ")")
            picture, place = f"![{label}]({destination(source)})", image
            link = next((one for one in image.iterancestors("a") if one.get("href")), None)
            if link is not None and not text_of(link):
                picture, place = f"[{picture}]({destination(link.get('href') or '')})", link
            replace(place, self.tokens.add("G", picture, caption, Figure(0, source, alt, caption)))

    def _bound(self, output: Element) -> None:
        """What a notebook cell printed: shown, but counted neither as words nor as code."""
        before, after = output.makeelement("div"), output.makeelement("div")
        before.text, after.text = self.tokens.add("O", "", ""), self.tokens.add("Q", "", "")
        before.tail, output.text = output.text, None
        output.insert(0, before)
        output.append(after)


def counted(text: str) -> int:
    """Words of marked text: whitespace pieces with an alphanumeric, an inline formula counting as one."""
    return len(_WORD.findall(_UNCOUNTED.sub(" ", _SUPERSCRIPTS.sub("", text))))
