"""Questions about the posts' facts in plain words, read by composition into SQL."""
