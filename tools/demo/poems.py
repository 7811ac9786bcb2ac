"""What a regular poem is, and how one is written down."""

import re
from typing import NamedTuple

MARKS = "，。？！；"
NUMERALS = {5: "五言", 7: "七言"}
KINDS = {4: "絕句", 8: "律詩"}


class Poem(NamedTuple):
    title: str
    lines: tuple  # each with the mark that ends it
    form: str

    @property
    def couplets(self):
        return ["".join(self.lines[i : i + 2]) for i in range(0, len(self.lines), 2)]

    @property
    def body(self):
        """A couplet on each line."""
        return "\n".join(self.couplets)

    @property
    def document(self):
        return f"{self.form} {self.title}\n{self.body}"


def parse(title, text):
    """A poem of equal lines of five or seven characters, or nothing."""
    lines = tuple(re.findall(f"[^{MARKS}]+[{MARKS}]", text.replace("。。", "。")))
    lengths = {len(line) - 1 for line in lines}
    if "".join(lines) != text.replace("。。", "。") or len(lines) % 2 or len(lengths) != 1 or not lengths <= set(NUMERALS):
        return None
    return Poem(" ".join(title.split()), lines, form(len(lines), lengths.pop()))


def form(lines, length):
    """Told from the number of lines alone; tone patterns are not looked at, so some quatrains are really old-style verse."""
    return NUMERALS[length] + KINDS.get(lines, "古詩")


def parse_all(rows):
    return [poem for _, title, text in rows if (poem := parse(title, text))]


def is_regular(text):
    """At least four lines, all of five or all of seven characters."""
    lines = [line for line in re.split(rf"[{MARKS}\s]+", text.strip()) if line]
    return len(lines) >= 4 and {len(line) for line in lines} in ({5}, {7})
