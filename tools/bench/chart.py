"""Draws what pair.py printed: how fast we are, llama.cpp being 1.

    python3 tools/bench/chart.py < figures.jsonl > docs/performance.svg
"""

import json
import sys

HEIGHT, LEFT, TOP, BAR, GAP, SCALE = 30, 150, 46, 11, 9, 230
COLOURS = {"prefill": "#4e79a7", "decode": "#f28e2b"}


def text(x, y, words, anchor="start", weight="normal"):
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}">{words}</text>'


def main():
    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    most = max([1.0] + [row[f"ratio_{phase}"] or 0 for row in rows for phase in COLOURS])
    width, height = LEFT + int(most * SCALE) + 60, TOP + len(rows) * (HEIGHT + GAP) + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11">']
    parts.append(f'<rect width="{width}" height="{height}" fill="white"/>')
    parts.append(text(8, 18, "Tokens per second, llama.cpp = 1", weight="bold"))
    for i, phase in enumerate(COLOURS):
        parts.append(f'<rect x="{8 + i * 80}" y="26" width="10" height="10" fill="{COLOURS[phase]}"/>' + text(22 + i * 80, 35, phase))
    for i, row in enumerate(rows):
        y = TOP + i * (HEIGHT + GAP)
        parts.append(text(LEFT - 8, y + 16, row["file"].removesuffix(".gguf"), "end"))
        for j, phase in enumerate(COLOURS):
            ratio = row[f"ratio_{phase}"]
            if ratio:
                at = y + j * (BAR + 3)
                parts.append(f'<rect x="{LEFT}" y="{at}" width="{ratio * SCALE:.0f}" height="{BAR}" fill="{COLOURS[phase]}"/>')
                parts.append(text(LEFT + ratio * SCALE + 4, at + 9, f"{ratio:.2f}"))
    one = LEFT + SCALE
    parts.append(f'<line x1="{one}" y1="{TOP - 6}" x2="{one}" y2="{height - 20}" stroke="#333" stroke-dasharray="3 2"/>')
    parts.append(text(one, height - 6, "llama.cpp", "middle") + "</svg>")
    print("\n".join(parts))


if __name__ == "__main__":
    main()
