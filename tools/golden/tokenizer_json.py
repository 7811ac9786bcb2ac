"""Makes testdata/tokenizer_json: four small tokenizer.json files, one per form the reader knows, and what the
`tokenizers` library (0.23.2) makes of some texts and ids with them.

usage: python tools/golden/tokenizer_json.py testdata/tokenizer_json [other/tokenizer.json ...]

The results of other files are written too, the files themselves are not copied.
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, trainers

CORPUS = [
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。", "白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
    "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。", "红豆生南国，春来发几枝。愿君多采撷，此物最相思。",
    "The moon is bright before my bed; I'd think it's frost upon the ground.",
    "We've climbed one storey more, and they're looking a thousand miles away.",
    "He'll say: don't count 1234567890 stars in 2024, you're too late.", "    indented\n\n\tcode = code + 1;\n",
    "LLAMA llama Llama LoRA lora, merge and merged; token tokens tokenizer.", "Ünïcödé naïve café déjà vu 😀😀 🦙",
] * 3

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
BYTES = [f"<0x{value:02X}>" for value in range(256)]
MARK = "\u2581"


def added(token_id, content, **flags):
    return {"id": token_id, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": False} | flags


def template(bos_id, bos):
    return {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {bos: {"id": bos, "ids": [bos_id], "tokens": [bos]}}}


def trained(pipeline, size, special, alphabet=()):
    """A file with this pipeline and a vocabulary learned through it."""
    empty = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
             "pre_tokenizer": None, "post_processor": None, "decoder": None,
             "model": json.loads(Tokenizer(models.BPE()).to_str())["model"]}
    tokenizer = Tokenizer.from_str(json.dumps(empty | pipeline))
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=size, special_tokens=special, initial_alphabet=list(alphabet),
                                    show_progress=False))
    return json.loads(tokenizer.to_str())


def old_merges(file):
    file["model"]["merges"] = [" ".join(pair) for pair in file["model"]["merges"]]


def byte_level():
    """As Llama 3: split by pattern, bytes, whole words first; with added tokens of every kind."""
    from tokenizers.pre_tokenizers import ByteLevel
    split = {"type": "Split", "pattern": {"Regex": LLAMA3}, "behavior": "Isolated", "invert": False}
    file = trained({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, BYTE_LEVEL]},
                    "decoder": BYTE_LEVEL}, 500, [], sorted(ByteLevel.alphabet()))
    file["model"]["ignore_merges"] = True
    base = len(file["model"]["vocab"])
    file["added_tokens"] = [
        added(base, "<|begin_of_text|>", special=True), added(base + 1, "<|end_of_text|>", special=True),
        added(base + 2, "<|eot|>", special=True, lstrip=True, rstrip=True), added(base + 3, "<plain>"),
        added(base + 4, "word", single_word=True), added(base + 5, "<both>", lstrip=True, rstrip=True),
        added(base + 6, "<norm>", normalized=True), added(base + 7, "明月光", normalized=True)]
    file["post_processor"] = {"type": "Sequence", "processors": [BYTE_LEVEL, template(base, "<|begin_of_text|>")]}
    return file


def normalized():
    """As Llama 2: spaces become marks in a normalizer, characters fall back to bytes; merges as strings."""
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": MARK}
    back = {"type": "Replace", "pattern": {"String": MARK}, "content": " "}
    special = ["<unk>", "<s>", "</s>"]
    file = trained({
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": MARK}, replace]},
        "pre_tokenizer": {"type": "Split", "pattern": {"String": MARK}, "behavior": "MergedWithNext", "invert": False},
        "decoder": {"type": "Sequence", "decoders": [back, {"type": "ByteFallback"}, {"type": "Fuse"},
                                                     {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}},
        600, special + BYTES)
    file["pre_tokenizer"] = None
    file["model"] |= {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
    file["added_tokens"] = [added(i, text, special=True) for i, text in enumerate(special)]
    file["post_processor"] = template(1, "<s>")
    old_merges(file)
    return file


def metaspace():
    """Spaces become marks in the pre-tokenizer, only at the start; characters that are no piece become <unk>."""
    marks = {"type": "Metaspace", "replacement": MARK, "prepend_scheme": "first", "split": True}
    file = trained({"normalizer": {"type": "NFKC"}, "pre_tokenizer": marks, "decoder": marks}, 400, ["<unk>", "<s>"])
    file["model"] |= {"unk_token": "<unk>", "fuse_unk": False}
    for token in file["added_tokens"]:
        token["normalized"] = False
    return file


def gpt2():
    """GPT-2's pattern inside ByteLevel, a space before the text, single digits; no decoder."""
    prefixed = BYTE_LEVEL | {"add_prefix_space": True, "use_regex": True}
    return trained({"normalizer": {"type": "NFC"},
                    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                        {"type": "Digits", "individual_digits": True}, prefixed]}}, 400, ["<|endoftext|>"])


POOLS = [
    "abcde fghij ABC", "  \t\n\r \u00a0\u2003\u3000\u0085\u001c", "0123456789\u0663\u2167\u00bd", "'\u2019stremvldSTREMVLD\u017f",
    "!?.,;:-_()[]{}<>/\\|@#$%^&*+=~`\"", "\uff0c\u3002\uff01\u5e8a\u524d\u660e\u6708\u5149\u55ca", "\u00e9\u00e8\u00fc\u00df",
    "e\u0301\u0300\u0323a\u0308", "\U0001f600\U0001f999\U0001f468\u200d\U0001f469\U00020000", "\ud55c\uad6d\u3131",
    "\u05e9\u05dc\u0639", "\u2581\u0120\u010a<0x0A>", "\u200b\ufeff\ufffd\x00\x01\x7f", "\ufb01\u2460\u00aa"]
WORDS = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot|>", "<plain>", "word", "<both>", "<norm>", "明月光", "<s>", "</s>",
         "<unk>", "<|endoftext|>"]


def texts(rng):
    yield from ["", " ", "  ", "a", " a", "a ", "\n", "'s", "'S", "'\u017f", "x'LL y'll", "password", "<0x0A>"]
    yield from CORPUS[:10]
    for _ in range(60):
        pools = rng.sample(POOLS, rng.randint(1, 4))
        yield "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(1, 24)))
    for _ in range(60):
        yield "".join(rng.choice([rng.choice(WORDS), " ", rng.choice(WORDS) + "x", rng.choice(rng.choice(POOLS))])
                      for _ in range(rng.randint(1, 8)))


def write(folder, name, file):
    text = json.dumps(file, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text, encoding="utf-8")
    write_results(folder, name, Tokenizer.from_str(text))


def write_results(folder, name, tokenizer):
    rng = random.Random(name)
    lines = []
    for text in texts(rng):
        tokenizer.encode_special_tokens = True
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        special = tokenizer.encode(text, add_special_tokens=False).ids
        lines.append({"text": text, "ids": ids, "special_ids": special,
                      "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    for _ in range(60):
        ids = [rng.randrange(tokenizer.get_vocab_size()) for _ in range(rng.randint(1, 10))]
        lines.append({"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as out:
        out.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    for make in (byte_level, normalized, metaspace, gpt2):
        write(Path(sys.argv[1]), make.__name__, make())
    for path in sys.argv[2:]:
        write_results(Path(sys.argv[1]), Path(path).stem, Tokenizer.from_file(path))
