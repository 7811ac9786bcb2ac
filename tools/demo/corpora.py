"""The texts: English books, Chinese verse and classics, each with a part that no training ever sees."""

import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPORA = ROOT.parent / "shared" / "data" / "corpora"
SEED = 20261121
HELD_OUT_SHARE = 0.02


def english_documents():
    """Speeches and paragraphs, in groups of about a page: (train, held out)."""
    shakespeare = (CORPORA / "english/tinyshakespeare.txt").read_text("utf-8")
    pages = group(shakespeare.split("\n\n"), "\n\n", 2000)
    pages += group(botchan().split("\n"), "\n", 2000)
    return split(pages)


def botchan():
    """The novel without what Project Gutenberg wrote around it."""
    text = (CORPORA / "english/botchan.txt").read_text("utf-8")
    return text[text.index("A NOTE BY THE TRANSLATOR") : text.rindex("End of Project Gutenberg")]


def classics_documents():
    """The classics in groups of about 200 characters: (train, held out)."""
    text = (CORPORA / "zh_classics.txt").read_text("utf-8")
    return split(group(text.split("\n\n"), "\n\n", 200))


def verse_rows():
    """(author, title, text) of each regular poem, its half-width marks removed: (train, held out)."""
    lines = (CORPORA / "regular_verse.tsv").read_text("utf-8").splitlines()
    return split([tuple(line.split("\t")) for line in lines])


def group(parts, separator, least):
    documents, open_parts, size = [], [], 0
    for part in parts:
        open_parts.append(part)
        size += len(part)
        if size >= least:
            documents.append(separator.join(open_parts).strip())
            open_parts, size = [], 0
    return documents + [separator.join(open_parts).strip()] if size else documents


def split(documents):
    """The same documents are held out every time, whatever else is drawn."""
    chosen = set(random.Random(SEED).sample(range(len(documents)), max(1, int(len(documents) * HELD_OUT_SHARE))))
    train = [document for i, document in enumerate(documents) if i not in chosen]
    return train, [documents[i] for i in sorted(chosen)]
