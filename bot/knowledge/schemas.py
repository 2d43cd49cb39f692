"""JSON Schemas of the content files, for completion and red underlines in an editor.

Invariant: a published schema is the model's own, never written by hand; a test compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel

from bot.knowledge.check_ins import CheckIns
from bot.knowledge.content import Matching
from bot.knowledge.emergency import EmergencyNumbers
from bot.knowledge.entries import FaqFile
from bot.knowledge.red_flags import RedFlags

MODELS: dict[str, type[BaseModel]] = {
    "faq": FaqFile,
    "emergency": EmergencyNumbers,
    "matching": Matching,
    "red_flags": RedFlags,
    "check_ins": CheckIns,
}


def schema(name: str) -> str:
    """The JSON Schema (draft 2020-12) of one kind of content file, as text. Raises KeyError for an unknown kind."""
    made = MODELS[name].model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in sorted(MODELS):
        path = folder / f"{name}.schema.json"
        path.write_text(schema(name), encoding="utf-8")
        written.append(path)
    return written
