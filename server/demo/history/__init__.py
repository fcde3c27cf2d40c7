"""What happened before the demo starts: a `season` of ninety days, played into the `books` by the rules of stock."""
