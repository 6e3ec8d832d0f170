"""A small blog of our own in the three layouts a Nikola site has had: plain headings, nested sections, notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field

PUBLIC = "http://tiny.example"


@dataclass
class TinyPost:
    slug: str
    title: str
    published: str
    tags: tuple[str, ...]
    body: str
    source: str = "rst"


OLD = TinyPost(
    "kelly-bets",
    "Kelly Bets & Coins",
    "2019-02-03T21:15:00-05:00",
    ("betting", "probability", "mathjax"),
    r"""
<p>A gambler who bets too much goes broke, even when the odds are good. Tickets cost $4.99 or $5.99.</p>
<!-- TEASER_END --><!-- abandoned: the secret ingredient is paprika -->
<h4> The Formula <a class="footnote-reference brackets" href="#id2" id="id1">1</a></h4>
<p>The Kelly fraction is <span class="math">\(f^* = \frac{bp - q}{b}\)</span>, where <span class="math">\(q = 1 - p\)</span>.
See <a class="reference external" href="../hamiltonian-walks/">walks</a> and
<a class="reference external" href="https://arxiv.org/abs/1206.1901">a paper</a> and <a href=")https:/broken.example/x">this</a>.</p>
<div class="math">\begin{equation*}
G(f) = p \log(1 + bf) &amp; q \log(1 - f)
\end{equation*}</div>
<h5>Why Logarithms</h5>
<p>Logarithms turn a product of returns into a sum, therefore long runs follow the law of large numbers.</p>
<pre class="code python"><span class="k">def</span> kelly(b, p):
    return (b * p - (1 - p)) / b
</pre>
<h4>Simulation</h4>
<p>Half of the Kelly fraction loses only a quarter of the growth.</p>
<dl class="footnote brackets"><dt class="label" id="id2"><span class="brackets"><a class="fn-backref" href="#id1">1</a></span></dt>
<dd><p>John Kelly published it in 1956.</p></dd></dl>
""",
)

NEW = TinyPost(
    "hamiltonian-walks",
    "Hamiltonian Walks",
    "2021-12-23T20:07:05-04:00",
    ("MCMC", "Bayesian", "probability", "mathjax"),
    r"""
<p>Hamiltonian walks (HW) explore a posterior by simulated physics.</p>
<div class="card card-body bg-light"><h2>Table of Contents</h2><div class="contents local topic" id="contents">
<ul><li><a href="#motivation">Motivation</a></li></ul></div></div>
<div class="section" id="motivation"><h2><a class="toc-backref" href="#id5"><span class="sectnum">1</span> Motivation</a></h2>
<p>Random walks get stuck in one mode because small steps rarely cross a valley.</p>
<div class="section" id="leapfrog"><h3><a class="toc-backref" href="#id6"><span class="sectnum">1.1</span> Leapfrog Steps</a></h3>
<p>The leapfrog integrator preserves volume, so the acceptance rule needs no Jacobian. Its error stays bounded over 250
steps.</p>
<div class="code"><table class="codetable">
<tr><td class="linenos"><a href="#c-1"><code data-line-number="1"></code></a></td><td class="code"><code>for step in range(250):
</code></td></tr>
<tr><td class="linenos"><a href="#c-2"><code data-line-number="2"></code></a></td><td class="code"><code>&#160;&#160;&#160;&#160;p = p - grad(q)
</code></td></tr></table></div>
</div></div>
<div class="section" id="results"><h2><a class="toc-backref" href="#id7"><span class="sectnum">2</span> Results</a></h2>
<p>The walk accepts 97% of proposals. It builds on <a class="reference external" href="../kelly-bets/">betting</a>.</p>
<div class="figure align-center"><img alt="../../images/walk.png" src="../../images/walk.png"><p class="caption">Figure 1: A walk
with <span class="math">\(\epsilon\)</span> small</p></div>
<table><thead><tr><th>Step</th><th>Rate</th></tr></thead><tbody><tr><td>0.1</td><td>97%</td></tr></tbody></table>
</div>
""",
)

NOTEBOOK = TinyPost(
    "coin-flips",
    "Coin Flips, Simulated",
    "2015-11-01T11:08:11-04:00",
    ("probability", "Law of Large Numbers"),
    r"""
<div class="cell text_cell"><div class="text_cell_render"><p>Let us flip coins.</p></div></div>
<div class="cell text_cell"><div class="text_cell_render">
<h3 id="Long-Runs-(and-Short)">Long Runs (and Short)<a class="anchor-link" href="#Long-Runs-(and-Short)">¶</a></h3>
<p>In the long run the share of heads tends to $\frac{1}{2}$, as Borel showed<sup class="footnote-ref" id="fnref-1"><a href="#fn-1">1</a></sup>.</p>
$$P(H) = 0.5$$$$P(T) = 0.5$$<p>So no streak is owed.</p></div></div>
<div class="cell code_cell"><div class="input"><div class="prompt input_prompt">In [1]:</div><div class="input_area">
<div class="highlight"><pre>flips = [flip() for _ in range(10)]
</pre></div></div></div>
<div class="output_wrapper"><div class="output"><pre>0.6 heads</pre></div></div></div>
<div class="footnotes"><hr><ol><li id="fn-1"><p>Borel, 1909.<a href="#fnref-1" class="footnote">↩</a></p></li></ol></div>
""",
    "ipynb",
)


SLUGS = [post.slug for post in (NOTEBOOK, OLD, NEW)]
"""Oldest first."""


@dataclass
class TinyBlog:
    """Pages by path, to be served; change `posts` or `pages` between syncs."""

    posts: list[TinyPost] = field(default_factory=lambda: [NOTEBOOK, OLD, NEW])
    draft: TinyPost = field(
        default_factory=lambda: TinyPost(
            "unlisted", "Unlisted Draft", "2031-01-01T00:00:00-05:00", ("draft",), "<p>No.</p>"
        )
    )

    def pages(self) -> dict[str, tuple[str, str]]:
        """Path to (content type, text)."""
        found = {f"/posts/{p.slug}/": ("text/html; charset=utf-8", self._page(p)) for p in [*self.posts, self.draft]}
        found["/"] = ("text/html; charset=utf-8", self._home())
        locations = "".join(f"<url><loc>{PUBLIC}{path}</loc></url>" for path in self._listed())
        found["/sitemap.xml"] = (
            "application/xml",
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>',
        )
        items = "".join(f"<item><title>x</title><link>{PUBLIC}/posts/{p.slug}/</link></item>" for p in self.posts[-2:])
        found["/rss.xml"] = ("application/rss+xml", f"<rss><channel>{items}</channel></rss>")
        found["/robots.txt"] = ("text/plain", "User-agent: *\nDisallow: /private/\n")
        return found

    def _listed(self) -> list[str]:
        return ["/", "/2019/", "/categories/betting/", "/js/demo.html", *(f"/posts/{p.slug}/" for p in self.posts)]

    def _home(self) -> str:
        return (
            f'<html><head><link rel="canonical" href="{PUBLIC}/">'
            '<link rel="alternate" type="application/rss+xml" href="rss.xml"></head><body>Tiny</body></html>'
        )

    def _page(self, post: TinyPost) -> str:
        order = sorted(self.posts, key=lambda p: p.published)
        at = order.index(post) if post in order else -1
        links = ""
        if at > 0:
            links += f'<link rel="prev" href="../{order[at - 1].slug}/">'
        if 0 <= at < len(order) - 1:
            links += f'<link rel="next" href="../{order[at + 1].slug}/">'
        tags = "".join(f'<meta property="article:tag" content="{tag}">' for tag in post.tags)
        return f"""<!DOCTYPE html><html><head><title>{post.title} | Tiny</title><meta name="author" content="Ada Tiny">
<link rel="canonical" href="{PUBLIC}/posts/{post.slug}/">{links}
<meta property="og:title" content="{post.title[:8]}"><meta property="article:published_time" content="{post.published}">{tags}
</head><body><div class="card card-body bg-light">Sidebar words</div>
<article class="postpage"><header><h1 itemprop="headline name"><a href=".">{post.title.replace("&", "&amp;")}</a></h1>
<a href="index.{post.source}" class="sourcelink">Source</a></header>
<div itemprop="articleBody text">{post.body}</div><script>var leak = 1;</script></article></body></html>"""
