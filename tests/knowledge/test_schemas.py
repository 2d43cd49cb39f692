"""The published JSON Schemas are the models' own, and the shipped content fits them."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from bot.knowledge.schemas import MODELS, schema
from bot.knowledge.strict_yaml import read
from bot.settings import CONTENT_DIR


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_published_schema_is_the_models(name: str) -> None:
    published = (CONTENT_DIR / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert published == schema(name), "run `b12bot schema`"


@pytest.mark.parametrize("path", sorted((CONTENT_DIR / "en" / "faq").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_answers_fit_the_schema(path: Path) -> None:
    tree, _ = read(path, path.name)
    plain = json.loads(
        json.dumps(tree, default=lambda value: value.isoformat() if isinstance(value, date) else str(value))
    )
    jsonschema.validate(plain, json.loads(schema("faq")))
