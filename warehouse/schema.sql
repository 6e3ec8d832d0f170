-- The tables of a snapshot. Comments are part of the product: a model is shown the schema from here.

CREATE TABLE posts (
  slug VARCHAR PRIMARY KEY, title VARCHAR NOT NULL, url VARCHAR NOT NULL, author VARCHAR NOT NULL,
  published DATE NOT NULL, year INTEGER NOT NULL, description VARCHAR NOT NULL,
  word_count INTEGER NOT NULL, n_sections INTEGER NOT NULL, n_equations INTEGER NOT NULL,
  n_inline_formulas INTEGER NOT NULL, n_code_blocks INTEGER NOT NULL, n_images INTEGER NOT NULL,
  n_footnotes INTEGER NOT NULL, source_kind VARCHAR NOT NULL, prev_slug VARCHAR, next_slug VARCHAR,
  content_hash VARCHAR NOT NULL, fetched_at TIMESTAMP
);
COMMENT ON TABLE posts IS 'One row for each published post; drafts are left out.';
COMMENT ON COLUMN posts.slug IS 'Key: last path segment of the address, e.g. ''label-refinery''.';
COMMENT ON COLUMN posts.title IS 'Headline as printed.';
COMMENT ON COLUMN posts.url IS 'Public address.';
COMMENT ON COLUMN posts.author IS 'Author as printed.';
COMMENT ON COLUMN posts.published IS 'Local date printed on the page; never shifted to UTC.';
COMMENT ON COLUMN posts.year IS 'Year of published.';
COMMENT ON COLUMN posts.description IS 'The page''s own description, often empty.';
COMMENT ON COLUMN posts.word_count IS 'Words of prose: an inline formula counts as one word; display equations, code and notebook outputs count none.';
COMMENT ON COLUMN posts.n_sections IS 'Headings in the article, table of contents excluded.';
COMMENT ON COLUMN posts.n_equations IS 'Display equations; an aligned block of many rows is one.';
COMMENT ON COLUMN posts.n_inline_formulas IS 'Formulas within running text.';
COMMENT ON COLUMN posts.n_code_blocks IS 'Code blocks and notebook input cells; outputs do not count.';
COMMENT ON COLUMN posts.n_images IS 'Images in the article.';
COMMENT ON COLUMN posts.n_footnotes IS 'Numbered footnotes; bibliography entries do not count.';
COMMENT ON COLUMN posts.source_kind IS 'rst, ipynb (a notebook) or html.';
COMMENT ON COLUMN posts.prev_slug IS 'The next older post, or NULL.';
COMMENT ON COLUMN posts.next_slug IS 'The next newer post, or NULL.';
COMMENT ON COLUMN posts.content_hash IS 'SHA-256 of the article''s text.';
COMMENT ON COLUMN posts.fetched_at IS 'When the page was read, UTC; NULL in the built-in catalogue.';

CREATE TABLE pages (
  slug VARCHAR NOT NULL, path VARCHAR NOT NULL, page_hash VARCHAR NOT NULL, prev_named VARCHAR NOT NULL,
  next_named VARCHAR NOT NULL
);
COMMENT ON TABLE pages IS 'The page each post was read from, by which the next sync sees what changed.';
COMMENT ON COLUMN pages.slug IS 'Post.';
COMMENT ON COLUMN pages.path IS 'Path of the page on the site.';
COMMENT ON COLUMN pages.page_hash IS 'SHA-256 of the bytes of the page; '''' in the built-in catalogue.';
COMMENT ON COLUMN pages.prev_named IS 'The older neighbour as the page names it, or ''''.';
COMMENT ON COLUMN pages.next_named IS 'The newer neighbour as the page names it, or ''''.';

CREATE TABLE tags (slug VARCHAR NOT NULL, tag VARCHAR NOT NULL);
COMMENT ON TABLE tags IS 'Tags of posts, as written; compare with lower() or ILIKE. ''mathjax'' only says how a page is rendered: topics leaves it out.';
COMMENT ON COLUMN tags.slug IS 'Post.';
COMMENT ON COLUMN tags.tag IS 'Tag as written.';

CREATE VIEW topics AS SELECT slug, tag FROM tags WHERE lower(tag) <> 'mathjax';
COMMENT ON VIEW topics IS 'tags without the rendering tag: use it to list or count tags.';

CREATE TABLE sections (
  slug VARCHAR NOT NULL, position INTEGER NOT NULL, level INTEGER NOT NULL, heading VARCHAR NOT NULL,
  anchor VARCHAR NOT NULL, path VARCHAR[] NOT NULL, word_count INTEGER NOT NULL, url VARCHAR NOT NULL,
  text VARCHAR NOT NULL
);
COMMENT ON TABLE sections IS 'Headed parts of posts in reading order; position 0 is what stands before the first heading.';
COMMENT ON COLUMN sections.slug IS 'Post.';
COMMENT ON COLUMN sections.position IS 'Order within the post, from 0.';
COMMENT ON COLUMN sections.level IS 'HTML heading level; the top level of a post is its smallest.';
COMMENT ON COLUMN sections.heading IS 'Heading without number; '''' at position 0.';
COMMENT ON COLUMN sections.anchor IS 'HTML id, or ''''.';
COMMENT ON COLUMN sections.path IS 'Headings from the outermost to this one.';
COMMENT ON COLUMN sections.word_count IS 'Words of this section alone, without its subsections and footnotes.';
COMMENT ON COLUMN sections.url IS 'Jumps to the section.';
COMMENT ON COLUMN sections.text IS 'Plain text with LaTeX formulas.';

CREATE TABLE section_markdown (slug VARCHAR NOT NULL, position INTEGER NOT NULL, markdown VARCHAR NOT NULL);
COMMENT ON TABLE section_markdown IS 'Sections as Markdown, for reading whole posts; fetch_post reads it better.';
COMMENT ON COLUMN section_markdown.slug IS 'Post.';
COMMENT ON COLUMN section_markdown.position IS 'Section.';
COMMENT ON COLUMN section_markdown.markdown IS 'Markdown, heading included.';

CREATE TABLE links (slug VARCHAR NOT NULL, href VARCHAR NOT NULL, target_slug VARCHAR, host VARCHAR NOT NULL, text VARCHAR NOT NULL);
COMMENT ON TABLE links IS 'Every link in an article, in order; the same target may occur several times.';
COMMENT ON COLUMN links.slug IS 'Post the link stands in.';
COMMENT ON COLUMN links.href IS 'Resolved address.';
COMMENT ON COLUMN links.target_slug IS 'Post of this blog it leads to, or NULL.';
COMMENT ON COLUMN links.host IS 'Host of the address.';
COMMENT ON COLUMN links.text IS 'Linked words.';

CREATE VIEW post_links AS
  SELECT DISTINCT slug, target_slug FROM links WHERE target_slug IS NOT NULL AND target_slug <> slug;
COMMENT ON VIEW post_links IS 'Distinct links between posts: slug links to target_slug.';

CREATE TABLE equations (slug VARCHAR NOT NULL, section INTEGER NOT NULL, latex VARCHAR NOT NULL);
COMMENT ON TABLE equations IS 'Display equations in reading order; empty in the built-in catalogue.';
COMMENT ON COLUMN equations.slug IS 'Post.';
COMMENT ON COLUMN equations.section IS 'sections.position.';
COMMENT ON COLUMN equations.latex IS 'LaTeX as on the page.';

CREATE TABLE code_blocks (slug VARCHAR NOT NULL, section INTEGER NOT NULL, language VARCHAR NOT NULL, code VARCHAR NOT NULL);
COMMENT ON TABLE code_blocks IS 'Code blocks in reading order; empty in the built-in catalogue.';
COMMENT ON COLUMN code_blocks.slug IS 'Post.';
COMMENT ON COLUMN code_blocks.section IS 'sections.position.';
COMMENT ON COLUMN code_blocks.language IS 'Language, or ''''.';
COMMENT ON COLUMN code_blocks.code IS 'The code.';

CREATE TABLE figures (slug VARCHAR NOT NULL, section INTEGER NOT NULL, src VARCHAR NOT NULL, alt VARCHAR NOT NULL, caption VARCHAR NOT NULL);
COMMENT ON TABLE figures IS 'Images in reading order; empty in the built-in catalogue.';
COMMENT ON COLUMN figures.slug IS 'Post.';
COMMENT ON COLUMN figures.section IS 'sections.position.';
COMMENT ON COLUMN figures.src IS 'Address of the image; the post''s own when it is embedded.';
COMMENT ON COLUMN figures.alt IS 'Alternative text.';
COMMENT ON COLUMN figures.caption IS 'Caption, or ''''.';

CREATE TABLE footnotes (slug VARCHAR NOT NULL, label VARCHAR NOT NULL, text VARCHAR NOT NULL);
COMMENT ON TABLE footnotes IS 'Footnotes and bibliography entries; empty in the built-in catalogue.';
COMMENT ON COLUMN footnotes.slug IS 'Post.';
COMMENT ON COLUMN footnotes.label IS 'Mark, e.g. ''1''.';
COMMENT ON COLUMN footnotes.text IS 'Plain text.';

CREATE TABLE sync_runs (id VARCHAR NOT NULL, site VARCHAR NOT NULL, finished_at TIMESTAMP NOT NULL, posts INTEGER NOT NULL, source VARCHAR NOT NULL);
COMMENT ON TABLE sync_runs IS 'The run that made this snapshot.';
COMMENT ON COLUMN sync_runs.id IS 'Snapshot id.';
COMMENT ON COLUMN sync_runs.site IS 'Site that was read.';
COMMENT ON COLUMN sync_runs.finished_at IS 'UTC.';
COMMENT ON COLUMN sync_runs.posts IS 'Posts stored.';
COMMENT ON COLUMN sync_runs.source IS 'site or catalogue.';

CREATE VIEW neighbours AS
  SELECT p.slug, p.title, p.published, older.slug AS prev_slug, older.title AS prev_title,
    p.published - older.published AS days_since_prev, newer.slug AS next_slug, newer.title AS next_title,
    newer.published - p.published AS days_until_next
  FROM posts p LEFT JOIN posts older ON older.slug = p.prev_slug LEFT JOIN posts newer ON newer.slug = p.next_slug;
COMMENT ON VIEW neighbours IS 'Each post between the next older and the next newer one, with the days between them.';
COMMENT ON COLUMN neighbours.days_since_prev IS 'Days from the older post to this one; NULL for the oldest.';
COMMENT ON COLUMN neighbours.days_until_next IS 'Days from this post to the newer one; NULL for the newest.';

CREATE VIEW post_connections AS
  SELECT slug, target_slug AS other_slug, 'links to' AS direction FROM post_links
  UNION ALL SELECT target_slug, slug, 'is linked by' FROM post_links;
COMMENT ON VIEW post_connections IS 'Distinct links between posts seen from both ends.';
COMMENT ON COLUMN post_connections.other_slug IS 'Post at the other end.';
COMMENT ON COLUMN post_connections.direction IS '''links to'' or ''is linked by'', read from slug to other_slug.';

CREATE VIEW years AS
  SELECT year, count(*) AS posts, sum(word_count)::BIGINT AS words, sum(n_equations)::BIGINT AS equations,
    sum(n_inline_formulas)::BIGINT AS inline_formulas, sum(n_code_blocks)::BIGINT AS code_blocks,
    sum(n_images)::BIGINT AS images, min(published) AS first_published, max(published) AS last_published
  FROM posts GROUP BY year ORDER BY year;
COMMENT ON VIEW years IS 'Totals of each year that has a post.';

CREATE VIEW top_sections AS
  SELECT slug, position, heading, anchor, word_count, url FROM sections WHERE len(path) = 1;
COMMENT ON VIEW top_sections IS 'Sections that stand under no other one; word_count is of the text before their first subsection.';

CREATE VIEW reference_hosts AS
  SELECT host, count(*) AS links, count(DISTINCT slug) AS posts FROM links
  WHERE target_slug IS NULL AND host <> '' GROUP BY host ORDER BY links DESC, host;
COMMENT ON VIEW reference_hosts IS 'Hosts that posts refer to outside the posts themselves, most links first.';
