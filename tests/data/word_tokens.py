"""Texts and what Python's re splits them into: a JSON object a line, for vocabulary_test.cc."""

import json
import random
import re
import sys
import unicodedata

TOKEN = re.compile(r"\w+|[^\w\s]+")

NASTY = [
    "",
    " ",
    "Hello, world!",
    "L'homme n'a-t-il pas dit « oui » ?",
    "L\u2019\u00e9t\u00e9\u00a0: 25\u202f% de r\u00e9duction\u2026",
    "snake_case __init__ _ a_b",
    "3.14 1,000 2nd \u00bd \u00b2 \u2167 \u0663 \u4e09 \u2460",
    "e\u0301te\u0301 decomposed",
    "...!?--(\"quoted\")",
    "<unk> <pad> <sos> <eos>",
    "tab\tvertical\x0bform\x0cunit\x1fnext\x85line\u2028sep\u3000wide",
    "zero\u200bwidth soft\u00adhyphen bom\ufeff joiner\u200d",
    "\U0001f600\U0001f601 emoji \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u4f60\u597d\uff0c\u4e16\u754c",
    "\u01c5 \u02b0 \u00aa \u00ba \u037a \u203f \u2040 \ufe33",
]


def assigned(point):
    # Later versions of Unicode assign what this Python's does not know.
    return not 0xD800 <= point <= 0xDFFF and unicodedata.category(chr(point)) not in ("Cn", "Co")


def main():
    points = [point for point in range(1, sys.maxunicode + 1) if assigned(point)]
    texts = list(NASTY)
    # Every character between two letters: a word of three, or three tokens, or two.
    for start in range(0, len(points), 500):
        texts.append(" ".join(f"a{chr(point)}b" for point in points[start : start + 500]))
    generator = random.Random(20240229)
    common = "abcXYZ019_ \t.,;:!?'-\u00e9\u00e7\u00a0\u2019\u00ab"
    for _ in range(500):
        length = generator.randrange(60)
        texts.append(
            "".join(
                generator.choice(common) if generator.random() < 0.7 else chr(generator.choice(points))
                for _ in range(length)
            )
        )
    for text in texts:
        print(json.dumps({"text": text, "tokens": TOKEN.findall(text), "words": text.split()}))


if __name__ == "__main__":
    main()
