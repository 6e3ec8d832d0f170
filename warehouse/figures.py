"""Images of an article: where they lie, lazily loaded or not, and what stands beneath them."""

from __future__ import annotations

from warehouse import addresses
from warehouse.markup import Element, classes, remove

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-orig-file")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_CAPTIONS = frozenset({"caption", "wp-caption-text", "image-caption"})
_FRAMES = frozenset({"figure", "wp-caption", "captioned-image-container"})


def settle_fallbacks(body: Element) -> None:
    """Leaves one image where a script would load it and a `noscript` holds it again: the one with an address."""
    for fallback in list(body.iter("noscript")):
        holder = fallback.getparent()
        if holder is None:
            continue
        spare = list(fallback.iter("img"))
        scripted = [image for image in holder.iterchildren("img") if image not in spare]
        if spare and not any(address(image) for image in scripted):
            for image in scripted:
                remove(image)
            fallback.tag = "span"
        else:
            remove(fallback)


def address(image: Element) -> str:
    """Where an image lies, as written, or "" where the page holds only a placeholder or the image itself."""
    for name in (*_LAZY, "src"):
        value = (image.get(name) or "").strip()
        if value and not value.startswith("data:"):
            return value
    frame = next(image.iterancestors("picture"), None)
    for source in [image, *(frame.iter("source") if frame is not None else ())]:
        for name in _LAZY_SETS:
            if value := _largest(source.get(name) or ""):
                return value
    return ""


def _largest(candidates: str) -> str:
    """The widest or densest image of a `srcset`."""
    best, size = "", -1.0
    for candidate in candidates.split(", "):
        url, _, descriptor = candidate.strip().rstrip(",").partition(" ")
        digits = descriptor.strip().rstrip("wx")
        measure = float(digits) if digits.replace(".", "", 1).isdigit() else 1.0
        if url and not url.startswith("data:") and measure > size:
            best, size = url, measure
    return best


def image_url(image: Element, base: str) -> str:
    """The address of an image, the page's own for one that the page embeds."""
    return addresses.resolved(base, address(image)) or base


def captions(body: Element) -> dict[Element, Element]:
    """The caption of each image that has one; of several images over one caption the first has it."""
    found: dict[Element, Element] = {}
    taken: set[Element] = set()
    frames = [one for one in body.iter("figure", "div") if one.tag == "figure" or _FRAMES.intersection(classes(one))]
    for frame in reversed(frames):  # from the inside out
        image = next((image for image in frame.iter("img") if image not in found), None)
        beneath = next((one for one in frame.iter("figcaption", "p", "div", "span") if _is_caption(one)), None)
        if image is not None and beneath is not None and beneath not in taken:
            found[image] = beneath
            taken.add(beneath)
    return found


def _is_caption(element: Element) -> bool:
    return element.tag == "figcaption" or bool(_CAPTIONS.intersection(classes(element)))
