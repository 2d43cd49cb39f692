"""The real encoder, with a cache of the test run's own."""

from __future__ import annotations

import pytest

from bot.understanding.encoder import Encoder
from bot.understanding.understand import Understanding
from tests.understanding.small_content import small_content


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder.open(cache=tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def understanding(encoder: Encoder) -> Understanding:
    return Understanding(small_content(), encoder)
