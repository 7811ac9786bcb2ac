"""Instruction pairs made from the structure of the verse, with a little English and a few words about itself.

People type simplified characters, the verse is traditional: wordings come in both, answers as the corpus has them.
"""

import random
import re

ABOUT = {  # what a theme is asked by, and the character that shows it in a poem
    "月": "月", "明月": "月", "春天": "春", "春": "春", "秋天": "秋", "秋": "秋", "雪": "雪", "冬天的雪": "雪", "雨": "雨", "山": "山",
    "高山": "山", "江": "江", "江水": "江", "花": "花", "梅花": "梅", "菊花": "菊", "竹": "竹", "松": "松", "柳": "柳", "酒": "酒",
    "饮酒": "酒", "故人": "故", "朋友": "友", "送别": "別", "离别": "離", "雁": "雁", "夜": "夜", "风": "風", "西风": "風", "云": "雲",
    "白云": "雲", "故乡": "鄉", "思乡": "鄉", "战争": "戰", "寺": "寺", "僧人": "僧", "琴": "琴", "舟": "舟", "夕阳": "夕", "鸟": "鳥",
}
SIMPLE_FORMS = {"五言絕句": "五言绝句", "七言絕句": "七言绝句", "五言律詩": "五言律诗", "七言律詩": "七言律诗",
                "五言古詩": "五言古诗", "七言古詩": "七言古诗"}  # fmt: skip

WITH_TITLE = [
    "请写一首题为《{title}》的{form}。", "以《{title}》为题，写一首{form}。", "写一首{form}，题目是《{title}》。",
    "請以《{title}》為題作一首{form}。", "作{form}一首：{title}", "Write a Chinese poem ({form}) with the title {title}.",
]  # fmt: skip
TITLE_ONLY = ["请写一首诗，题目是《{title}》。", "以《{title}》为题写一首诗。", "作詩一首：{title}"]
WITH_THEME = [
    "请写一首关于{theme}的{form}。", "写一首描写{theme}的{form}。", "以{theme}为主题，写一首{form}。", "写一首{form}，写{theme}。",
]  # fmt: skip
THEME_ONLY = ["写一首关于{theme}的诗。", "请写一首描写{theme}的诗。", "以{theme}为题作一首诗。"]
FORM_ONLY = ["请写一首{form}。", "写一首{form}", "作一首{form}。", "請作一首{form}。", "Write a {form}."]
FIRST_LINE = ["请以“{line}”为第一句写一首诗。", "续写这首诗：{line}", "接着写下去：{line}", "請續寫：{line}"]
NEXT_LINE = ["“{line}”的下一句是什么？", "请写出下一句：{line}", "下一句：{line}"]
WHICH_FORM = ["这首诗是什么体裁？\n{body}", "请说出下面这首诗的体裁：\n{body}", "What is the form of this poem?\n{body}"]
ENGLISH = ["Continue this line: {line}", "Continue in the manner of Shakespeare: {line}", "What comes next? {line}"]
ITSELF = [
    (["你好", "你好！", "您好"], "你好！我會寫詩，請給我一個題目。"),
    (["你是谁？", "你是誰？", "你叫什么名字？"], "我是一個小小的語言模型，會寫中文詩。"),
    (["你会做什么？", "你能做什么？", "你會做什麼？"], "我會寫五言絕句、七言絕句、五言律詩和七言律詩，也會續寫詩句。"),
    (["Hello", "Hello!", "Who are you?", "What can you do?"], "I am a very small model. I write Chinese verse."),
]


def words():
    """Everything the wordings are made of, so that the vocabulary has their characters."""
    wordings = WITH_TITLE + TITLE_ONLY + WITH_THEME + THEME_ONLY + FORM_ONLY + FIRST_LINE + NEXT_LINE + WHICH_FORM
    itself = [text for asked, answer in ITSELF for text in (*asked, answer)]
    return "".join([*wordings, *itself, *ABOUT, *ABOUT.values(), *SIMPLE_FORMS, *SIMPLE_FORMS.values()])


def write(poem, chance):
    kind = chance.random()
    form = chance.choice([poem.form, SIMPLE_FORMS[poem.form], SIMPLE_FORMS[poem.form]])
    themes = [theme for theme, sign in ABOUT.items() if sign in poem.body]
    if kind < 0.40 and themes:
        wording = chance.choice(WITH_THEME if chance.random() < 0.6 else THEME_ONLY)
        return wording.format(theme=chance.choice(themes), form=form), poem.body
    if kind < 0.90:
        wording = chance.choice(WITH_TITLE if chance.random() < 0.7 else TITLE_ONLY)
        return wording.format(title=poem.title, form=form), poem.body
    return chance.choice(FORM_ONLY).format(form=form), poem.body


def continue_poem(poem, chance):
    first = poem.lines[0]
    return chance.choice(FIRST_LINE).format(line=chance.choice([first, first[:-1]])), poem.body


def continue_line(poem, chance):
    couplet = chance.randrange(len(poem.couplets))
    return chance.choice(NEXT_LINE).format(line=poem.lines[2 * couplet][:-1]), poem.lines[2 * couplet + 1]


def name_form(poem, chance):
    return chance.choice(WHICH_FORM).format(body=poem.body), f"這是一首{poem.form}。"


def talk(chance):
    asked, answer = chance.choice(ITSELF)
    return chance.choice(asked), answer


def continue_english(page, chance):
    lines = [line for line in page.split("\n") if len(line) > 20]
    if len(lines) < 2:
        return None
    at = chance.randrange(len(lines) - 1)
    return chance.choice(ENGLISH).format(line=lines[at]), "\n".join(lines[at + 1 : at + 3])


def pairs(poems, pages, seed):
    """One pair of each poem in random order, the rarer tasks mixed in."""
    chance = random.Random(seed)
    for poem in chance.sample(poems, len(poems)):
        kind = chance.random()
        if kind < 0.70:
            yield write(poem, chance)
        elif kind < 0.80:
            yield continue_poem(poem, chance)
        elif kind < 0.86:
            yield continue_line(poem, chance)
        elif kind < 0.90:
            yield name_form(poem, chance)
        elif kind < 0.92:
            yield talk(chance)
        elif pair := continue_english(chance.choice(pages), chance):
            yield pair


def short(poem):
    """What is asked for: quatrains and eight lines, with a title that is a title and not a preface."""
    return len(poem.lines) in (4, 8) and len(poem.title) <= 16 and not re.search(r"[□（）()]", poem.title + poem.body)
