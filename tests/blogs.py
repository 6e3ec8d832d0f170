"""One post as each of the common blog generators writes it: their markup, our words.

Every page holds the same essay in its generator's own way, so one table of facts judges them all.
"""

from __future__ import annotations

from dataclasses import dataclass

SITE = "http://essays.example"
HOST = "essays.example"

LATEX = r"e^{i\pi} + 1 = 0"
DISPLAY = r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}"
CODE = "def gauss(n):\n    return n * (n + 1) // 2"
KATEX = (
    '<span class="katex"><span class="katex-mathml"><math xmlns="http://www.w3.org/1998/Math/MathML"{how}><semantics>'
    '<mrow><mi>e</mi><mn>1</mn></mrow><annotation encoding="application/x-tex">{latex}</annotation></semantics></math>'
    '</span><span class="katex-html" aria-hidden="true"><span class="base"><span class="mord">e1glyphs</span></span></span></span>'
)


@dataclass(frozen=True)
class Essay:
    """A page, and what it must be read as beside the facts that all of them share."""

    path: str
    html: str
    tags: tuple[str, ...] = ("number theory", "History")
    language: str = "python"
    anchors: tuple[str, ...] = ("the-trick", "in-code")
    footnote: bool = True
    equation: bool = True
    picture: str = f"{SITE}/images/slate.png"


def hugo() -> Essay:
    return Essay(
        "/posts/adding-up/",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Adding Up to a Hundred | Essays</title>
<meta name="description" content="How a pupil summed a hundred numbers."><meta name="author" content="Ada Tiny">
<meta name="generator" content="Hugo 0.140.0"><link rel="canonical" href="{SITE}/posts/adding-up/">
<meta property="og:title" content="Adding Up to a Hundred"><meta property="og:type" content="article">
<meta property="article:section" content="posts"><meta property="article:published_time" content="2021-03-04T22:30:00-05:00">
<meta property="article:modified_time" content="2023-01-01T00:00:00Z">
<meta property="article:tag" content="number theory"><meta property="article:tag" content="History">
<script>renderMathInElement(document.body, {{delimiters: [{{left: '$$', right: '$$', display: true}}, {{left: '$', right: '$', display: false}}]}});</script>
</head><body class="list"><header class="header"><nav><a href="/tags/">Tags</a><a href="/tags/unrelated/">unrelated</a></nav></header>
<main class="main"><article class="post-single"><header class="post-header"><h1 class="post-title">Adding Up to a Hundred</h1>
<div class="post-meta"><span title="2021-03-04">March 4, 2021</span>&nbsp;·&nbsp;3 min&nbsp;·&nbsp;Ada Tiny</div></header>
<div class="toc"><details><summary>Table of Contents</summary><nav id="TableOfContents"><ul><li><a href="#the-trick">The Trick</a></li></ul></nav></details></div>
<div class="post-content"><p>A pupil was told to add every number up to a hundred<sup id="fnref:1"><a href="#fn:1" class="footnote-ref" role="doc-noteref">1</a></sup>.</p>
<h2 id="the-trick">The Trick<a hidden class="anchor" aria-hidden="true" href="#the-trick">#</a></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember ${LATEX}$ always. See <a href="/posts/other-essay/">another essay</a>.</p>
<p>$${DISPLAY}$$</p>
<figure><img src="/images/slate.png" loading="lazy" alt="A slate"><figcaption><p>The slate he used</p></figcaption></figure>
<h2 id="in-code">In Code<a hidden class="anchor" aria-hidden="true" href="#in-code">#</a></h2>
<div class="highlight"><div class="chroma"><table class="lntable"><tr><td class="lntd"><pre tabindex="0" class="chroma"><code><span class="lnt">1
</span><span class="lnt">2
</span></code></pre></td><td class="lntd"><pre tabindex="0" class="chroma"><code class="language-python" data-lang="python"><span class="line"><span class="cl"><span class="k">def</span> <span class="nf">gauss</span>(n):
</span></span><span class="line"><span class="cl">    <span class="k">return</span> n * (n + 1) // 2
</span></span></code></pre></td></tr></table></div></div>
<table><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table>
<div class="footnotes" role="doc-endnotes"><hr><ol><li id="fn:1"><p>The story is told of Gauss.&#160;<a href="#fnref:1" class="footnote-backref" role="doc-backlink">&#x21a9;&#xfe0e;</a></p></li></ol></div></div>
<footer class="post-footer"><ul class="post-tags"><li><a href="/tags/number-theory/">Number Theory</a></li></ul></footer></article></main></body></html>""",
    )


def jekyll() -> Essay:
    return Essay(
        "/2021/03/04/adding-up.html",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Adding Up to a Hundred | Essays</title>
<meta name="generator" content="Jekyll v4.3.2" /><meta property="og:title" content="Adding Up to a Hundred" />
<meta name="description" content="How a pupil summed a hundred numbers." /></head>
<body><header class="site-header" role="banner"><a rel="author" href="/">Essays</a></header><main class="page-content"><div class="wrapper">
<article class="post h-entry" itemscope itemtype="http://schema.org/BlogPosting"><header class="post-header">
<h1 class="post-title p-name" itemprop="name headline">Adding Up to a Hundred</h1><p class="post-meta">
<time class="dt-published" datetime="2021-03-04T22:30:00-05:00" itemprop="datePublished">Mar 4, 2021</time> •
<span itemprop="author" itemscope itemtype="http://schema.org/Person"><span class="p-author h-card" itemprop="name">Ada Tiny</span></span></p></header>
<div class="post-content e-content" itemprop="articleBody">
<ul id="markdown-toc"><li><a href="#the-trick" id="markdown-toc-the-trick">The Trick</a></li></ul>
<p>A pupil was told to add every number up to a hundred<sup id="fnref:1" role="doc-noteref"><a href="#fn:1" class="footnote" rel="footnote">1</a></sup>.</p>
<h2 id="the-trick">The Trick</h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <script type="math/tex">{LATEX}</script> always. See <a href="/posts/other-essay/">another essay</a>.</p>
<script type="math/tex; mode=display">{DISPLAY}</script>
<p><img src="/images/slate.png" alt="The slate he used" /></p>
<h2 id="in-code">In Code</h2>
<figure class="highlight"><pre><code class="language-python" data-lang="python"><table class="rouge-table"><tbody><tr><td class="gutter gl"><pre class="lineno">1
2
</pre></td><td class="code"><pre><span class="k">def</span> <span class="nf">gauss</span><span class="p">(</span><span class="n">n</span><span class="p">):</span>
    <span class="k">return</span> <span class="n">n</span> <span class="o">*</span> <span class="p">(</span><span class="n">n</span> <span class="o">+</span> <span class="mi">1</span><span class="p">)</span> <span class="o">//</span> <span class="mi">2</span>
</pre></td></tr></tbody></table></code></pre></figure>
<table><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table>
<div class="footnotes" role="doc-endnotes"><ol><li id="fn:1" role="doc-endnote"><p>The story is told of Gauss. <a href="#fnref:1" class="reversefootnote" role="doc-backlink">&#8617;</a></p></li></ol></div>
</div><p class="tags"><a class="p-category" href="/tag/number-theory">number theory</a> <a class="p-category" href="/tag/history">History</a></p></article></div></main></body></html>""",
    )


def wordpress_classic() -> Essay:
    return Essay(
        "/2021/03/adding-up/",
        rf"""<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>Adding Up to a Hundred &#8211; Essays</title>
<meta name="generator" content="WordPress 5.8"><link rel='prev' title='Older' href='{SITE}/2021/02/older/'><meta name="description" content="How a pupil summed a hundred numbers."></head>
<body class="post-template-default single single-post postid-12 single-format-standard"><div id="page"><main id="main">
<article id="post-12" class="post-12 post type-post status-publish format-standard hentry category-maths tag-history">
<header class="entry-header"><h1 class="entry-title">Adding Up to a Hundred</h1><div class="entry-meta"><span class="posted-on">Posted on
<a href="{SITE}/2021/03/adding-up/" rel="bookmark"><time class="entry-date published" datetime="2021-03-04T22:30:00-05:00">March 4, 2021</time><time class="updated" datetime="2022-05-05T10:00:00-04:00">May 5, 2022</time></a></span>
<span class="byline"> by <span class="author vcard"><a class="url fn n" href="{SITE}/author/ada/">Ada Tiny</a></span></span></div></header>
<div class="entry-content"><p>A pupil was told to add every number up to a hundred.</p>
<h2><span id="the-trick">The Trick</span></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <img src="https://s0.wp.com/latex.php?latex=e%5E%7Bi%5Cpi%7D+%2B+1+%3D+0&#038;bg=ffffff" alt="e^{{i\pi}} + 1 = 0" class="latex" /> always. See <a href="/posts/other-essay/">another essay</a>.</p>
<p>$$<br />
{DISPLAY}<br />
$$</p>
<div id="attachment_9" style="width: 310px" class="wp-caption alignnone"><img src="{SITE}/images/slate.png" alt="A slate" width="300" /><p id="caption-9" class="wp-caption-text">The slate he used</p></div>
<h2><span id="in-code">In Code</span></h2>
<pre class="brush: python; title: ; notranslate" title="">
def gauss(n):
&nbsp;&nbsp;&nbsp;&nbsp;return n * (n + 1) // 2
</pre>
<table><tbody><tr><th>n</th><th>sum</th></tr><tr><td>2</td><td>3</td></tr></tbody></table>
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul><li>Tweet</li></ul></div></div>
<footer class="entry-footer"><span class="cat-links">Posted in <a href="{SITE}/category/maths/" rel="category tag">Maths</a></span>
<span class="tags-links">Tagged <a href="{SITE}/tag/number-theory/" rel="tag">number theory</a>, <a href="{SITE}/tag/history/" rel="tag">History</a></span></footer></article>
<div id="comments" class="comments-area"><h2 class="comments-title">One thought</h2><ol class="comment-list"><li class="comment"><article class="comment-body"><time datetime="2024-01-01T00:00:00-05:00">January 1, 2024</time><div class="comment-content"><p>Nice comment!</p></div></article></li></ol></div>
</main><aside class="widget-area"><h2>Archives</h2><a href="/tag/unrelated/" rel="nofollow">unrelated</a></aside></div></body></html>""",
        footnote=False,
    )


def wordpress_blocks() -> Essay:
    return Essay(
        "/adding-up/",
        rf"""<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8"><title>Adding Up to a Hundred - Essays</title>
<meta property="og:title" content="Adding Up to a Hundred - Essays"><meta property="og:site_name" content="Essays"><meta property="og:type" content="article">
<meta property="article:published_time" content="2021-03-05T03:30:00+00:00">
<script type="application/ld+json" class="yoast-schema-graph">{{"@context":"https://schema.org","@graph":[
{{"@type":"Article","@id":"{SITE}/adding-up/#article","isPartOf":{{"@id":"{SITE}/adding-up/"}},"author":{{"@id":"{SITE}/#/schema/person/1"}},"headline":"Adding Up to a Hundred","datePublished":"2021-03-05T03:30:00+00:00","dateModified":"2022-05-05T10:00:00+00:00","keywords":["number theory","History"],"description":"How a pupil summed a hundred numbers."}},
{{"@type":"WebPage","@id":"{SITE}/adding-up/","url":"{SITE}/adding-up/","name":"Adding Up - Essays","datePublished":"2020-01-01T00:00:00+00:00"}},
{{"@type":"Person","@id":"{SITE}/#/schema/person/1","name":"Ada Tiny"}}]}}</script></head>
<body class="wp-singular post-template-default single single-post"><main class="wp-block-group"><h1 class="wp-block-post-title">Adding Up to a Hundred</h1>
<div class="wp-block-post-date"><time datetime="2021-03-04T22:30:00-05:00">March 4, 2021</time></div>
<div class="entry-content wp-block-post-content"><p>A pupil was told to add every number up to a hundred<sup data-fn="6f1c" class="fn"><a href="#6f1c" id="6f1c-link">1</a></sup>.</p>
<h2 class="wp-block-heading" id="the-trick">The Trick</h2>
<p>Pair the ends; tickets cost $4 to $5. Remember {KATEX.format(latex=LATEX, how="")} always. See <a href="/posts/other-essay/">another essay</a>.</p>
<p><span class="katex-display">{KATEX.format(latex=DISPLAY, how=' display="block"')}</span></p>
<figure class="wp-block-image size-large"><img decoding="async" src="data:image/svg+xml,%3Csvg/%3E" data-src="/images/slate.png" class="lazyload" alt=""/><noscript><img decoding="async" src="/images/slate.png" alt=""/></noscript><figcaption class="wp-element-caption">The slate he used</figcaption></figure>
<h2 class="wp-block-heading" id="in-code">In Code</h2>
<pre class="wp-block-code"><code lang="python" class="language-python">def gauss(n):
    return n * (n + 1) // 2</code></pre>
<figure class="wp-block-table"><table class="has-fixed-layout"><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table></figure>
<ol class="wp-block-footnotes"><li id="6f1c">The story is told of Gauss. <a href="#6f1c-link" aria-label="Jump to footnote reference 1">↩︎</a></li></ol></div></main>
<section><h2>More posts</h2><article class="related"><h3><a href="/other/">Other</a></h3></article></section></body></html>""",
    )


def json_ld_only() -> Essay:
    """A page of mere boxes, as a script-built publication exports it: all it says of itself is JSON-LD."""
    return Essay(
        "/p/adding-up",
        rf"""<!DOCTYPE html><html><head><title>Adding Up to a Hundred - by Ada Tiny</title>
<script type="application/ld+json">[{{"@context":"https://schema.org","@type":"Organization","name":"Essays"}},
{{"@context":"https://schema.org","@type":["NewsArticle"],"url":"{SITE}/p/adding-up","mainEntityOfPage":"{SITE}/p/adding-up","headline":"Adding Up to a Hundred","description":"How a pupil summed a hundred numbers.","datePublished":"2021-03-04T22:30:00-05:00","author":[{{"@type":"Person","name":"Ada Tiny"}}],"keywords":"number theory, History"}}]</script></head>
<body><div id="entry"><main><div class="css-1x9"><header class="css-2b4"><div>3 days ago</div></header>
<p>A pupil was told to add every number up to a hundred<a data-component-name="FootnoteAnchorToDOM" id="footnote-anchor-1" href="#footnote-1" class="footnote-anchor">1</a>.</p>
<h2 class="header-anchor-post">The Trick<div class="pencraft"><button aria-label="Link"><svg><title>Link</title></svg></button></div></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember \({LATEX}\) always. See <a href="/posts/other-essay/">another essay</a>.</p>
<div class="latex-rendered" data-attrs="{{&quot;persistentExpression&quot;:&quot;{DISPLAY.replace(chr(92), chr(92) * 2)}&quot;,&quot;id&quot;:&quot;X&quot;}}" data-component-name="LatexBlockToDOM"></div>
<div class="captioned-image-container"><figure><picture><source type="image/webp" srcset="/images/slate.png 1456w, /images/slate-small.png 400w"><img alt=""></picture><figcaption class="image-caption">The slate he used</figcaption></figure></div>
<h2>In Code</h2>
<div class="highlight" data-language="python"><pre class="shiki"><code><span class="line">def gauss(n):</span>
<span class="line">    return n * (n + 1) // 2</span></code></pre></div>
<table><tr><td>n</td><td>sum</td></tr><tr><td>2</td><td>3</td></tr></table>
<div class="footnote" data-component-name="FootnoteToDOM"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number" contenteditable="false">1</a><div class="footnote-content"><p>The story is told of Gauss.</p></div></div>
</div></main></div></body></html>""",
        anchors=("", ""),
    )


def pelican() -> Essay:
    return Essay(
        "/adding-up.html",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8" /><title>Adding Up to a Hundred</title>
<meta name="generator" content="Pelican" /><meta name="description" content="How a pupil summed a hundred numbers." /></head>
<body id="index" class="home"><section id="content" class="body"><article><header><h1 class="entry-title"><a href="{SITE}/adding-up.html" rel="bookmark">Adding Up to a Hundred</a></h1></header>
<footer class="post-info"><abbr class="published" title="2021-03-04T22:30:00-05:00">Published: Thu 04 March 2021</abbr>
<address class="vcard author">By <a class="url fn" href="{SITE}/author/ada-tiny.html">Ada Tiny</a></address>
<p>tags: <a href="{SITE}/tag/number-theory.html">number theory</a> <a href="{SITE}/tag/history.html">History</a></p></footer>
<div class="entry-content"><p>A pupil was told to add every number up to a hundred<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup>.</p>
<h2 id="the-trick">The Trick<a class="headerlink" href="#the-trick" title="Permanent link">&para;</a></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <span class="math">\({LATEX}\)</span> always. See <a href="/posts/other-essay/">another essay</a>.</p>
<div class="math">$${DISPLAY}$$</div>
<p><img alt="The slate he used" src="/images/slate.png" /></p>
<h2 id="in-code">In Code<a class="headerlink" href="#in-code" title="Permanent link">&para;</a></h2>
<div class="highlight"><table class="highlighttable"><tr><td class="linenos"><div class="linenodiv"><pre><span class="normal">1</span>
<span class="normal">2</span></pre></div></td><td class="code"><div><pre><span></span><code><span class="k">def</span> <span class="nf">gauss</span><span class="p">(</span><span class="n">n</span><span class="p">):</span>
    <span class="k">return</span> <span class="n">n</span> <span class="o">*</span> <span class="p">(</span><span class="n">n</span> <span class="o">+</span> <span class="mi">1</span><span class="p">)</span> <span class="o">//</span> <span class="mi">2</span>
</code></pre></div></td></tr></table></div>
<table><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table>
<div class="footnote"><hr><ol><li id="fn:1"><p>The story is told of Gauss.&#160;<a class="footnote-backref" href="#fnref:1" title="Jump back">&#8617;</a></p></li></ol></div></div></article></section></body></html>""",
        language="",
    )


def hexo() -> Essay:
    return Essay(
        "/2021/03/04/adding-up/",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Adding Up to a Hundred | Essays</title>
<meta name="generator" content="Hexo 6.3.0"><meta property="og:type" content="article"><meta name="description" content="How a pupil summed a hundred numbers.">
<meta property="article:published_time" content="2021-03-05T03:30:00.000Z"><meta property="article:author" content="Ada Tiny">
<meta property="article:tag" content="number theory"><meta property="article:tag" content="History"></head><body><div id="wrap"><section id="main">
<article id="post-adding-up" class="h-entry article article-type-post" itemprop="blogPost" itemscope itemtype="https://schema.org/BlogPosting">
<div class="article-meta"><a href="/2021/03/04/adding-up/" class="article-date"><time class="dt-published" datetime="2021-03-05T03:30:00.000Z" itemprop="datePublished">2021-03-04</time></a></div>
<header class="article-header"><h1 class="p-name article-title" itemprop="headline name">Adding Up to a Hundred</h1></header>
<div class="e-content article-entry" itemprop="articleBody"><p>A pupil was told to add every number up to a hundred.</p>
<h2 id="the-trick"><a href="#the-trick" class="headerlink" title="The Trick"></a>The Trick</h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <mjx-container class="MathJax" jax="SVG"><svg><g></g></svg><mjx-assistive-mml unselectable="on"><math alttext="{LATEX}"><mi>e</mi></math></mjx-assistive-mml></mjx-container> always. See <a href="/posts/other-essay/">another essay</a>.</p>
<p>\[{DISPLAY}\]</p>
<p><img src="/images/slate.png" alt="The slate he used"></p>
<h2 id="in-code"><a href="#in-code" class="headerlink" title="In Code"></a>In Code</h2>
<figure class="highlight python"><table><tr><td class="gutter"><pre><span class="line">1</span><br><span class="line">2</span><br></pre></td><td class="code"><pre><span class="line"><span class="keyword">def</span> gauss(n):</span><br><span class="line">    <span class="keyword">return</span> n * (n + 1) // 2</span><br></pre></td></tr></table></figure>
<table><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table>
</div></article></section></div></body></html>""",
        footnote=False,
    )


def docusaurus() -> Essay:
    return Essay(
        "/blog/adding-up",
        rf"""<!doctype html><html lang="en"><head><meta charset="UTF-8"><title data-rh="true">Adding Up to a Hundred | Essays</title>
<meta data-rh="true" property="og:title" content="Adding Up to a Hundred | Essays"><meta data-rh="true" property="og:type" content="article"><meta data-rh="true" property="article:published_time" content="2021-03-04T00:00:00.000Z">
<meta data-rh="true" property="article:tag" content="number theory,History"><meta data-rh="true" name="description" content="How a pupil summed a hundred numbers.">
<script data-rh="true" type="application/ld+json">{{"@context":"https://schema.org","@type":"BlogPosting","@id":"{SITE}/blog/adding-up","mainEntityOfPage":"{SITE}/blog/adding-up","url":"{SITE}/blog/adding-up","headline":"Adding Up to a Hundred","name":"Adding Up to a Hundred","description":"How a pupil summed a hundred numbers.","datePublished":"2021-03-04T00:00:00.000Z","author":{{"@type":"Person","name":"Ada Tiny"}},"keywords":["number theory","History"]}}</script></head>
<body><div id="__docusaurus"><aside><nav><ul><li><a href="/blog/other">Other</a><time datetime="2024-01-01">2024</time></li></ul></nav></aside><main><article class=""><header><h1 class="title_x">Adding Up to a Hundred</h1><div><time datetime="2021-03-04T00:00:00.000Z">March 4, 2021</time> · One min read</div></header>
<div id="__blog-post-container" class="markdown"><p>A pupil was told to add every number up to a hundred<sup><a href="#user-content-fn-1-a1" id="user-content-fnref-1-a1" data-footnote-ref="true" aria-describedby="footnote-label">1</a></sup>.</p>
<h2 class="anchor anchorWithStickyNavbar_x" id="the-trick">The Trick<a href="#the-trick" class="hash-link" aria-label="Direct link to The Trick" title="Direct link to The Trick">​</a></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember {KATEX.format(latex=LATEX, how="")} always. See <a href="/posts/other-essay/">another essay</a>.</p>
<span class="katex-display">{KATEX.format(latex=DISPLAY, how=' display="block"')}</span>
<p><img decoding="async" loading="lazy" alt="The slate he used" src="/images/slate.png" class="img_x"></p>
<h2 class="anchor anchorWithStickyNavbar_x" id="in-code">In Code<a href="#in-code" class="hash-link" aria-label="Direct link to In Code">​</a></h2>
<div class="language-python codeBlockContainer_x theme-code-block"><div class="codeBlockContent_x"><pre tabindex="0" class="prism-code language-python codeBlock_x thin-scrollbar"><code class="codeBlockLines_x"><span class="token-line" style="color:#393A34"><span class="token keyword">def</span><span class="token plain"> gauss(n):</span><br></span><span class="token-line" style="color:#393A34"><span class="token plain">    </span><span class="token keyword">return</span><span class="token plain"> n * (n + 1) // 2</span><br></span></code></pre><div class="buttonGroup__x"><button type="button" aria-label="Copy code">Copy</button></div></div></div>
<table><thead><tr><th>n</th><th>sum</th></tr></thead><tbody><tr><td>2</td><td>3</td></tr></tbody></table>
<section data-footnotes="true" class="footnotes"><h2 class="anchor sr-only" id="footnote-label">Footnotes<a href="#footnote-label" class="hash-link">​</a></h2><ol><li id="user-content-fn-1-a1"><p>The story is told of Gauss. <a href="#user-content-fnref-1-a1" data-footnote-backref="" aria-label="Back to reference 1" class="data-footnote-backref">↩</a></p></li></ol></section>
</div><footer><div><b>Tags:</b><ul><li><a rel="tag" href="/blog/tags/number-theory">number theory</a></li></ul></div></footer></article></main></div></body></html>""",
    )


def ablog() -> Essay:
    return Essay(
        "/2021/adding-up/",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8" /><meta name="author" content="Ada Tiny" /><title>Adding Up to a Hundred &#8212; Essays</title>
<meta name="description" content="How a pupil summed a hundred numbers." /></head><body><div class="document"><div class="sphinxsidebar" role="navigation">
<div class="ablog__postcard"><h2><i class="fa fa-calendar"></i> <span>04 March 2021</span></h2></div><div><a href="../blog/tag/unrelated/">unrelated</a></div></div>
<div class="body" role="main"><section id="adding-up-to-a-hundred"><h1>Adding Up to a Hundred<a class="headerlink" href="#adding-up-to-a-hundred" title="Link to this heading">¶</a></h1>
<p>A pupil was told to add every number up to a hundred<a class="footnote-reference brackets" href="#id2" id="id1" role="doc-noteref"><span class="fn-bracket">[</span>1<span class="fn-bracket">]</span></a>.</p>
<section id="the-trick"><h2>The Trick<a class="headerlink" href="#the-trick" title="Link to this heading">¶</a></h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <span class="math notranslate nohighlight">\({LATEX}\)</span> always. See <a class="reference external" href="/posts/other-essay/">another essay</a>.</p>
<div class="math notranslate nohighlight">
\[{DISPLAY}\]</div>
<figure class="align-default" id="id5"><img alt="../_images/slate.png" src="/images/slate.png" /><figcaption><p><span class="caption-text">The slate he used</span><a class="headerlink" href="#id5" title="Link to this image">¶</a></p></figcaption></figure>
</section><section id="in-code"><h2>In Code<a class="headerlink" href="#in-code" title="Link to this heading">¶</a></h2>
<div class="highlight-python notranslate"><div class="highlight"><pre><span></span><span class="linenos">1</span><span class="k">def</span> <span class="nf">gauss</span><span class="p">(</span><span class="n">n</span><span class="p">):</span>
<span class="linenos">2</span>    <span class="k">return</span> <span class="n">n</span> <span class="o">*</span> <span class="p">(</span><span class="n">n</span> <span class="o">+</span> <span class="mi">1</span><span class="p">)</span> <span class="o">//</span> <span class="mi">2</span>
</pre></div></div>
<table class="docutils"><colgroup><col style="width: 50%" /><col style="width: 50%" /></colgroup><thead><tr class="row-odd"><th class="head"><p>n</p></th><th class="head"><p>sum</p></th></tr></thead><tbody><tr><td><p>2</p></td><td><p>3</p></td></tr></tbody></table>
<aside class="footnote-list brackets"><aside class="footnote brackets" id="id2" role="doc-footnote"><span class="label"><span class="fn-bracket">[</span><a role="doc-backlink" href="#id1">1</a><span class="fn-bracket">]</span></span><p>The story is told of Gauss.</p></aside></aside>
</section></section></div></div></body></html>""",
        tags=(),
    )


def quarto() -> Essay:
    return Essay(
        "/posts/adding-up/index.html",
        rf"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="generator" content="quarto-1.4"><meta name="author" content="Ada Tiny">
<meta name="dcterms.date" content="2021-03-04"><meta name="description" content="How a pupil summed a hundred numbers."><title>Essays – Adding Up to a Hundred</title></head>
<body class="nav-fixed"><div id="quarto-content"><div id="quarto-margin-sidebar" class="sidebar"><nav id="TOC" role="doc-toc"><h2 id="toc-title">On this page</h2><ul><li><a href="#the-trick">The Trick</a></li></ul></nav></div>
<main class="content" id="quarto-document-content"><header id="title-block-header" class="quarto-title-block"><div class="quarto-title"><h1 class="title">Adding Up to a Hundred</h1>
<div class="quarto-categories"><div class="quarto-category">number theory</div><div class="quarto-category">History</div></div></div>
<div class="quarto-title-meta"><p class="date">March 4, 2021</p></div></header>
<p>A pupil was told to add every number up to a hundred<a href="#fn1" class="footnote-ref" id="fnref1" role="doc-noteref"><sup>1</sup></a>.</p>
<section id="the-trick" class="level2"><h2 class="anchored" data-anchor-id="the-trick">The Trick</h2>
<p>Pair the ends; tickets cost $4 to $5. Remember <span class="math inline">\({LATEX}\)</span> always. See <a href="/posts/other-essay/">another essay</a>. <span class="math display">\[{DISPLAY}\]</span></p>
<div class="quarto-figure"><figure class="figure"><p><img src="/images/slate.png" class="img-fluid figure-img"></p><figcaption>The slate he used</figcaption></figure></div></section>
<section id="in-code" class="level2"><h2 class="anchored" data-anchor-id="in-code">In Code</h2>
<div class="cell"><div class="sourceCode cell-code" id="cb1"><pre class="sourceCode python code-with-copy"><code class="sourceCode python"><span id="cb1-1"><a href="#cb1-1" aria-hidden="true" tabindex="-1"></a><span class="kw">def</span> gauss(n):</span>
<span id="cb1-2"><a href="#cb1-2" aria-hidden="true" tabindex="-1"></a>    <span class="cf">return</span> n <span class="op">*</span> (n <span class="op">+</span> <span class="dv">1</span>) <span class="op">//</span> <span class="dv">2</span></span></code><button title="Copy to Clipboard" class="code-copy-button"><i class="bi"></i></button></pre></div>
<div class="cell-output cell-output-stdout"><pre><code>5050 printed</code></pre></div></div>
<table class="caption-top table"><thead><tr class="header"><th>n</th><th>sum</th></tr></thead><tbody><tr class="odd"><td>2</td><td>3</td></tr></tbody></table></section>
<section id="footnotes" class="footnotes footnotes-end-of-document" role="doc-endnotes"><hr><ol><li id="fn1"><p>The story is told of Gauss.<a href="#fnref1" class="footnote-back" role="doc-backlink">↩︎</a></p></li></ol></section>
</main></div></body></html>""",
    )


ESSAYS = {
    make.__name__: make()
    for make in (hugo, jekyll, wordpress_classic, wordpress_blocks, json_ld_only)
    + (pelican, hexo, docusaurus, ablog, quarto)
}
