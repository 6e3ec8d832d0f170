r"""LaTeX by what it contains: `\frac{dx}{dt}` and `\dfrac {{\rm d} x} {dt}` differ only in how they look.

A formula becomes runs of one to three symbols; what only lays it out (braces, spacing, fonts, sizes, alignment,
numbering) is no symbol.
"""

from __future__ import annotations

import re

from warehouse.formulas import delimited

_TOKEN = re.compile(r"\\([A-Za-z]+)\*?|\\(.)|(\d+(?:\.\d+)?)|([^\s\\])", re.DOTALL)
_ARGUMENT = re.compile(r"\\(?:begin|end|tag|label|hspace|vspace|color)\*?\s*\{[^{}]*\}(?:\{[lcr|]+\})?")
_LAYOUT = frozenset(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr mathbf bf boldsymbol bm pmb mathrm rm"
    " text textbf textit textrm mathit it mathsf mathtt mathnormal operatorname displaystyle textstyle scriptstyle"
    " limits nolimits quad qquad nonumber notag middle mbox hfill boldmath tt hline newline".split()
)
_SAME = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "le": "leq", "ge": "geq", "ne": "neq", "to": "rightarrow",
    "lVert": "|", "rVert": "|", "Vert": "|", "vert": "|", "lvert": "|", "rvert": "|", "mid": "|", "|": "|",
    "prime": "'",
    "varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "dots": "ldots", "cdots": "ldots", "lbrack": "[",
    "rbrack": "]", "lbrace": "(", "rbrace": ")", "langle": "(", "rangle": ")", "bar": "overline", "widehat": "hat",
    "widetilde": "tilde", "partial": "∂", "thinspace": "", "cdot": "", "times": "", "mathbb": "", "mathcal": "",
    "Leftrightarrow": "iff", "land": "wedge", "lor": "vee", "lnot": "neg", "∂": "∂", "∑": "sum", "∫": "int",
    "∏": "prod",
    "∞": "infty", "≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "→": "rightarrow", "−": "-", "·": "", "×": "",
    "{": "", "}": "", "&": "", "$": "", "~": "", ",": "", ".": "", ";": "", "!": "", ":": "", "[": "(", "]": ")",
}  # fmt: skip
_GREEK = dict(
    zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩϵϕ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
        " omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega epsilon phi".split(), strict=True)
)  # fmt: skip
_MATHS = re.compile(r"\\[A-Za-z]|[=^_<>|+*/]|[∂∑∫∏∞≤≥≠≈]|[A-Za-z]\(|[α-ωΑ-Ω]")
_PROSE = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*[.,;:?!]*")
_JOINT = "\u00b7"
_LONGEST_RUN = 3
_MOST_SYMBOLS = 400
"""Symbols of a query's formulas that are looked up."""


def symbols(latex: str) -> list[str]:
    """The symbols of a formula in order."""
    found: list[str] = []
    for command, escaped, number, sign in _TOKEN.findall(_ARGUMENT.sub(" ", latex)):
        if command:
            symbol = "" if command in _LAYOUT else _SAME.get(command, command)
        elif escaped:
            symbol = {"|": "|", "{": "(", "}": ")"}.get(escaped, "")
        else:
            symbol = number or _GREEK.get(sign) or _SAME.get(sign, sign)
        if symbol and not (symbol == "|" and found and found[-1] == "|"):
            found.append(symbol)
    return found


def runs(latex: str) -> list[str]:
    """Every run of two or three symbols of a formula, and the symbol of a formula that is only one."""
    held = symbols(latex)
    if len(held) == 1:
        return held
    sizes = range(2, _LONGEST_RUN + 1)
    return [_JOINT.join(held[i : i + size]) for size in sizes for i in range(len(held) - size + 1)]


def runs_of_text(text: str) -> list[str]:
    """The runs of all formulas of a text."""
    return [run for formula in delimited(text, single=False, sure=False) for run in runs(formula.latex)]


def runs_of_query(query: str) -> list[str]:
    """The distinct runs of what looks like a formula in a query, delimited or not."""
    if not _MATHS.search(query):
        return []
    parts, current = [], list[str]()
    for word in re.sub(r"\\[\[\]()]|\$+", " ", query).split():
        if _PROSE.fullmatch(word):
            parts.append(" ".join(current))
            current = []
        else:
            current.append(word)
    parts.append(" ".join(current))
    mathematical = [part for part in parts if _MATHS.search(part)]
    found = dict.fromkeys(run for part in mathematical for run in runs(part[: 10 * _MOST_SYMBOLS]) if _JOINT in run)
    return list(found)[:_MOST_SYMBOLS]
