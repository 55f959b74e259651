#!/usr/bin/env python3
"""Draws what `tmux capture-pane -e -p` printed as a PNG.

    terminal_picture.py COLUMNS < CAPTURED > picture.png
"""
import re
import sys

from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"
SIZE, WIDTH, HEIGHT, MARGIN = 15, 9, 19, 10
GROUND, INK = (22, 24, 33), (198, 200, 209)
COLOURS = [
    (22, 24, 33), (226, 120, 120), (180, 190, 130), (226, 164, 120),
    (45, 63, 118), (160, 147, 199), (137, 184, 194), (198, 200, 209),
    (107, 112, 137), (233, 100, 110), (165, 200, 110), (233, 177, 137),
    (145, 172, 209), (173, 160, 211), (130, 200, 212), (238, 239, 245),
]
LEVELS = {chr(0x2581 + i): (i + 1) / 8 for i in range(8)}  # from below
EIGHTHS = {chr(0x258F - i): (i + 1) / 8 for i in range(8)}  # from the left


class Pen:
    def __init__(self):
        self.reset()

    def reset(self):
        self.ink, self.ground, self.bold = INK, GROUND, False

    def obey(self, code):
        if code == 0:
            self.reset()
        elif code in (1, 22):
            self.bold = code == 1
        elif 30 <= code <= 37:
            self.ink = COLOURS[code - 30]
        elif code == 39:
            self.ink = INK
        elif 40 <= code <= 47:
            self.ground = COLOURS[code - 40]
        elif code == 49:
            self.ground = GROUND
        elif 90 <= code <= 97:
            self.ink = COLOURS[code - 90 + 8]


def cells(line, pen):
    for escape, character in re.findall(r"\x1b\[([0-9;]*)m|(.)", line):
        if character:
            yield character
        else:
            for code in escape.split(";"):
                pen.obey(int(code or 0))


def draw_cell(draw, fonts, pen, x, y, character):
    if pen.ground != GROUND:
        draw.rectangle((x, y, x + WIDTH - 1, y + HEIGHT - 1), fill=pen.ground)
    if character in LEVELS and character != "█":
        top = y + HEIGHT - 3 - round((HEIGHT - 4) * LEVELS[character])
        draw.rectangle((x + 1, top, x + WIDTH - 2, y + HEIGHT - 3), fill=pen.ink)
    elif character in EIGHTHS:
        right = x + max(1, round(WIDTH * EIGHTHS[character])) - 1
        draw.rectangle((x, y + 3, right, y + HEIGHT - 4), fill=pen.ink)
    elif character != " ":
        draw.text((x, y), character, font=fonts[pen.bold], fill=pen.ink)


def main():
    columns = int(sys.argv[1])
    lines = sys.stdin.read().rstrip("\n").split("\n")
    fonts = [ImageFont.truetype(FONTS + kind + ".ttf", SIZE) for kind in ("", "-Bold")]
    size = (columns * WIDTH + 2 * MARGIN, len(lines) * HEIGHT + 2 * MARGIN)
    picture = Image.new("RGB", size, GROUND)
    draw, pen = ImageDraw.Draw(picture), Pen()
    for row, line in enumerate(lines):
        for column, character in enumerate(cells(line, pen)):
            draw_cell(draw, fonts, pen, MARGIN + column * WIDTH, MARGIN + row * HEIGHT, character)
    picture.quantize(256).save(sys.stdout.buffer, "PNG", optimize=True)


main()
