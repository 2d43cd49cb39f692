"""A process that starts what answers a text, says when it is ready and how much memory it holds, and times messages.

    python -m benchmarks._understanding_process CACHE_FOLDER [FILE OF TEXTS, one a line]

Prints one JSON object: {"ready": monotonic seconds, "memory": bytes, "times": [seconds a message, …]}.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil

from bot.knowledge.loading import load_library
from bot.settings import CONTENT_DIR
from bot.understanding.encoder import Encoder
from bot.understanding.understand import Understanding


def main() -> None:
    library = load_library(CONTENT_DIR, CONTENT_DIR, "en")
    understanding = Understanding(library.content("en"), Encoder.open(cache=Path(sys.argv[1])))
    ready = time.monotonic()
    times = []
    texts = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines() if len(sys.argv) > 2 else []
    for text in texts[:20]:
        understanding.understand(text)
    for text in texts:
        began = time.perf_counter()
        understanding.understand(text)
        times.append(time.perf_counter() - began)
    print(json.dumps({"ready": ready, "memory": psutil.Process().memory_info().rss, "times": times}))


if __name__ == "__main__":
    main()
