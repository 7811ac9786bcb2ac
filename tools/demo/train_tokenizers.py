#!/usr/bin/env python3
"""English and Chinese pieces, and both merged by HanLlama: WORK/tokenizers.

    mvn -q -Dquick -pl llama-tokenizer -am compile
    python3 tools/demo/train_tokenizers.py
"""

import collections
import os
import pathlib
import re
import subprocess

import sentencepiece
from sentencepiece import sentencepiece_model_pb2

import corpora
import instructions
import poems
from family import TOKENIZERS

ENGLISH_PIECES = 2000
CHINESE_PIECES = 2500
PAIRS = 60  # pieces of more than one character
LIKE_LLAMA = dict(
    model_type="bpe",
    normalization_rule_name="identity",
    add_dummy_prefix=True,
    remove_extra_whitespaces=False,
    allow_whitespace_only_pieces=True,
    split_digits=True,
    unk_id=0,
    bos_id=1,
    eos_id=2,
    pad_id=-1,
    num_threads=1,
)


def train_english():
    lines = [line for page in corpora.english_documents()[0] for line in page.split("\n") if line]
    train("english", lines, vocab_size=ENGLISH_PIECES, byte_fallback=True, character_coverage=1.0)


def train_chinese():
    """The most frequent characters and a few pairs; what is rarer is written in bytes."""
    documents = [poem.document for poem in poems.parse_all(corpora.verse_rows()[0])]
    text = "\n".join(documents + corpora.classics_documents()[0])
    kept = characters(text, CHINESE_PIECES - PAIRS)
    lines = re.split("[^" + re.escape(kept) + "]+", text + "\n" + instructions.words())
    train("chinese", [line for line in lines if line], vocab_size=CHINESE_PIECES, character_coverage=1.0)


def characters(text, count):
    """Those the instructions need, then the most frequent ones."""
    kept = dict.fromkeys(letter for letter in instructions.words() if not letter.isascii())
    for letter, _ in collections.Counter(text).most_common():
        if len(kept) < count and not letter.isspace():
            kept[letter] = None
    return "".join(kept)


def train(name, lines, **options):
    """A writer instead of a prefix, which would become part of the model."""
    with open(TOKENIZERS / f"{name}.model", "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=file, minloglevel=1, **LIKE_LLAMA, **options
        )


def merge():
    """What Chinese-LLaMA's script does, done by HanLlama."""
    java = pathlib.Path(os.environ["JAVA_HOME"], "bin/java") if "JAVA_HOME" in os.environ else "java"
    here = pathlib.Path(__file__).parent
    classes = corpora.ROOT / "llama-tokenizer/target/classes"
    subprocess.run([java, "-cp", classes, here / "MergeVocabulary.java", TOKENIZERS], check=True)


def check_merge():
    """The same again with sentencepiece's own protobuf classes: pieces, scores, and everything else of the base."""
    english, chinese = proto("english"), proto("chinese")
    known = {piece.piece for piece in english.pieces}
    for piece in chinese.pieces:
        if piece.piece not in known:
            english.pieces.add(piece=piece.piece, score=0)
    assert english == proto("chinese_llama")
    english.pieces.add(piece="[PAD]", score=0)
    assert english == proto("chinese_alpaca")


def proto(name):
    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString((TOKENIZERS / f"{name}.model").read_bytes())
    return model


def report():
    text = "".join(poem.body for poem in poems.parse_all(corpora.verse_rows()[1])).replace("\n", "")
    for name in ("english", "chinese_llama", "chinese_alpaca"):
        model = sentencepiece.SentencePieceProcessor(model_file=str(TOKENIZERS / f"{name}.model"))
        print(f"{name}: {model.vocab_size()} pieces, {len(model.encode(text)) / len(text):.3f} tokens a character of held-out verse")


if __name__ == "__main__":
    TOKENIZERS.mkdir(parents=True, exist_ok=True)
    train_english()
    train_chinese()
    merge()
    check_merge()
    report()
