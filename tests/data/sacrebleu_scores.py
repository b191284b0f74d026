"""Corpora and what sacreBLEU makes of them: a JSON object a line, for bleu_test.cc."""

import json
import random

from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

WORDS = (
    "the a cat dog house sat on mat le la les une maison chat chien est assis sur tapis "
    "l'homme n'a aujourd'hui \u00e9t\u00e9 o\u00f9 \u00e7a gar\u00e7on \u0153uf No\u00ebl 3.14 1,000 10-12 U.S. e.g. 5% state-of-the-art "
    "&quot;quoted&quot; &amp; &lt;b&gt; &amp;quot; <skipped> ... \u2026 \u00ab\u00a0oui\u00a0\u00bb ?! (x) [y] {z} a/b @home #1 $5 "
    "1.a a.1 .5 5. ,5 5, 1-a a-1 -- \u4f60\u597d\u3002 \U0001f600 \u00e9.\u00e9 ~^`|\\ <unk>"
).split(" ")
GAPS = [" "] * 12 + ["  ", "\u00a0", "\u202f", "\t", "\u2003", "\u3000", "", "\x1f", "\u2028", "\x85", "-\n", "\n"]
EDGES = ["", "", "", " ", "\u00a0", "\n", "-\n", "-", "\u200b", "."]


def sentence(generator, longest):
    text = generator.choice(EDGES)
    for _ in range(generator.randrange(longest + 1)):
        text += generator.choice(WORDS) + generator.choice(GAPS)
    return text + generator.choice(EDGES)


def corrupted(generator, text):
    words = text.split(" ")
    kept = [word for word in words if generator.random() > 0.15]
    if generator.random() < 0.3:
        kept.append(generator.choice(WORDS))
    if generator.random() < 0.05:
        return ""
    if generator.random() < 0.2:
        generator.shuffle(kept)
    return " ".join(kept)


def corpora(generator):
    yield [""], [""]
    yield [""], ["the cat"]
    yield ["the cat"], [""]
    yield ["the cat sat"], ["the cat sat"]
    yield ["the cat sat on the mat"], ["the cat sat on the mat"]
    yield ["completely different words here"], ["nothing in common at all"]
    yield ["The Cat Sat On The Mat"], ["the cat sat on the mat"]
    yield ["the the the the the the the"], ["the cat is on the mat"]
    for _ in range(400):
        size = generator.choice([1, 2, 5, 30])
        longest = generator.choice([1, 4, 12, 40])
        references = [sentence(generator, longest) for _ in range(size)]
        same = generator.random() < 0.7
        hypotheses = [
            corrupted(generator, reference) if same else sentence(generator, longest)
            for reference in references
        ]
        yield hypotheses, references


def main():
    generator = random.Random(20240301)
    tokenizer = Tokenizer13a()
    for hypotheses, references in corpora(generator):
        record = {
            "hypotheses": hypotheses,
            "references": references,
            "tokenized": [tokenizer(reference.rstrip()) for reference in references],
        }
        for name in ("13a", "none"):
            bleu = BLEU(tokenize=name)
            score = bleu.corpus_score(hypotheses, [references])
            record[name] = {
                "score": score.score,
                "precisions": score.precisions,
                "brevity_penalty": score.bp,
                "hypothesis_tokens": score.sys_len,
                "reference_tokens": score.ref_len,
                "signature": str(bleu.get_signature()),
            }
        print(json.dumps(record))


if __name__ == "__main__":
    main()
