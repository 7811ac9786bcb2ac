#!/usr/bin/env python3
"""Writes testdata/demo/held_out.json: texts no stage was trained on, small enough to be kept with the tests.

python3 tools/demo/held_out.py
"""

import json

import corpora
import poems

FILE = corpora.ROOT / "testdata" / "demo" / "held_out.json"
POEMS = 40
PAGES = 4
LONGEST_PAGE = 1200


def texts():
    """The first poems of four or eight lines, and the beginnings of a few pages from all over the books."""
    verse = [poem for poem in poems.parse_all(corpora.verse_rows()[1]) if len(poem.lines) in (4, 8)]
    pages = corpora.english_documents()[1]
    step = len(verse) // POEMS
    return dict(
        verse=[poem.document for poem in verse[::step][:POEMS]],
        english=[page[:LONGEST_PAGE] for page in pages[:: max(1, len(pages) // PAGES)][:PAGES]],
    )


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(texts(), ensure_ascii=False, indent=1) + "\n", "utf-8")
