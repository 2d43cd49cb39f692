"""What a deployer is handed names only what exists: metrics, commands, files, settings, tests."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import typer.main
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.cli import app
from bot.metrics import Metrics
from bot.records.figures import Figures
from bot.records.heartbeats import Heartbeat
from bot.settings import Settings
from bot.web.gauges import exposition

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shown() -> dict[str, set[str]]:
    """Every sample a scrape shows, with the labels it carries, when everything was counted at least once."""
    metrics = Metrics()
    for counter in (
        metrics.received, metrics.handled, metrics.levels, metrics.actions, metrics.limited, metrics.last_cards,
        metrics.poll_errors, metrics.webhook_refused,
    ):  # fmt: skip
        counter.labels("x").inc()
    figures = Figures(
        deliveries={"unsure": 1}, lag_seconds=0, inbox={"waiting": 1}, inbox_age_seconds=0,
        ticks=[Heartbeat("host:1", "plan", datetime(2026, 1, 1, tzinfo=UTC), 1.0)], open_alerts=0,
        oldest_open_alert_seconds=0, acknowledged_seconds=[1.0], people=1, unreachable=0, clock_skew_seconds=0,
        quiet_seconds=0,
    )  # fmt: skip
    text = exposition(metrics.registry, figures).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def expressions() -> list[str]:
    rules = yaml.safe_load(read("deploy/alert-rules.yaml"))
    dashboard = json.loads(read("deploy/grafana-dashboard.json"))
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    found += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(found) > 20
    return found


def named(text: str) -> set[str]:
    return set(re.findall(r"\bb12bot_[a-z_]+", text))


def commands() -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_metric_in_the_rules_and_the_dashboard_exists() -> None:
    existing = set(shown())
    assert [(name, one) for one in expressions() for name in named(one) if name not in existing] == []
    prose = read("docs/deploy.md") + read("SECURITY.md") + read("deploy/alert-rules.yaml")
    assert named(prose) <= existing


def test_every_label_in_the_rules_and_the_dashboard_exists() -> None:
    existing = shown()
    for one in expressions():
        known = {"job", "instance"}.union(*(existing[name] for name in named(one)))
        used = {
            label.strip() for group in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", one) for label in group.split(",")
        } | set(re.findall(r"[{,]\s*([a-z_]+)\s*=", one))
        assert used <= known, one


def test_every_rule_says_how_urgent_it_is_and_what_happened() -> None:
    rules = [rule for group in yaml.safe_load(read("deploy/alert-rules.yaml"))["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_the_unit_starts_a_command_that_exists_and_gives_it_time_to_end() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(read("deploy/b12bot.service"))
    program, command = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/.venv/bin/b12bot")
    assert command in commands()
    assert unit["Service"]["KillSignal"] == "SIGTERM"
    assert int(unit["Service"]["TimeoutStopSec"]) > 30
    assert unit["Service"]["Restart"] == "always"
    variables = {pair.partition("=")[0] for pair in shlex.split(unit["Service"]["Environment"])}
    assert {name.lower() for name in variables} - {"pythonunbuffered", "xdg_cache_home"} <= set(Settings.model_fields)
    assert unit["Unit"]["Documentation"] == "file:///opt/b12bot/docs/deploy.md"


def test_the_image_copies_what_exists_and_starts_a_command_that_exists() -> None:
    lines = re.sub(r"\\\n", " ", read("deploy/Dockerfile")).splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    for source in (word[1] for word in words if word[0] == "COPY" and not word[1].startswith("--")):
        assert (ROOT / source).exists(), source
        assert f"!{source}" in read("deploy/Dockerfile.dockerignore").split()
    last = {word[0]: " ".join(word[1:]) for word in words}
    assert json.loads(last["ENTRYPOINT"]) == ["python", "-m", "bot"]
    assert set(json.loads(last["CMD"])) <= commands()
    assert last["USER"] == "b12bot"
    assert "/healthz" in last["HEALTHCHECK"]
    assert any("--require-hashes" in word for word in words)


def test_the_deployment_page_names_commands_and_settings_that_exist() -> None:
    page = read("docs/deploy.md")
    called = set(re.findall(r"(?:`b12bot|`b12|&& b12|-m bot) ([a-z-]+)", page)) | set(
        re.findall(r"^b12 ([a-z-]+)", page, re.M)
    )
    assert {"doctor", "migrate", "backup", "restore", "rotate-keys"} <= called
    assert called <= commands()
    settings = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", page))
    assert settings <= {name.upper() for name in Settings.model_fields}
    assert [name for name in re.findall(r"\bdeploy/[\w.-]+", page) if not (ROOT / name).exists()] == []


def test_security_md_names_tests_that_exist() -> None:
    held = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", read("SECURITY.md"))
    assert len(held) > 30
    missing = [
        f"{file}::{test}"
        for file, test in held
        if not (ROOT / file).exists() or not re.search(rf"^(?:async )?def {test}\(", read(file), re.M)
    ]
    assert missing == []


def test_security_md_lists_every_encrypted_table() -> None:
    from bot.records.reencrypt import personal_columns

    table = read("SECURITY.md").split("| table | encrypted |", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.M)) == set(personal_columns())
