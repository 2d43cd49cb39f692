"""The environment, read once, typed, and refused with every error at a time.

Invariant: nothing else in the program reads an environment variable; a Settings object never changes after it was made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

CONTENT_DIR = Path(__file__).resolve().parent.parent / "content"


class SettingsError(Exception):
    """The environment cannot be used; `problems` holds one plain sentence for each thing that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(BaseSettings):
    """What a deployer can set. Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        case_sensitive=False,
    )

    telegram_bot_token: SecretStr | None = Field(None, description="The bot's token from @BotFather.")
    telegram_api_url: str = Field(
        "https://api.telegram.org", description="Where the Bot API is; change it for a local server."
    )
    database_url: str = Field(
        "sqlite:///b12bot.db", description="sqlite:///file or postgres://user:password@host/name."
    )
    care_team_chat_id: int | None = Field(None, description="Chat that gets alerts and may use care-team commands.")
    care_team_backup_chat_id: int | None = Field(None, description="Second contact, used when nobody answers an alert.")
    care_team_hours: str = Field(
        "", description='Staffed hours in DEFAULT_TIMEZONE, e.g. "mon-fri 09:00-17:00"; empty = not stated.'
    )
    clinic_name: str = Field("your clinic", description="How the bot names the clinic.")
    clinic_phone: str | None = Field(None, description="The clinic's phone number, shown where a patient should call.")
    emergency_number: str | None = Field(None, description="Overrides the emergency number by country.")
    default_timezone: str = Field("UTC", description="IANA zone until a person chooses one, e.g. Europe/London.")
    default_language: str = Field("en", description="Language until a person chooses one.")
    webhook_url: str | None = Field(None, description="Public https address of the web process.")
    webhook_secret: SecretStr | None = Field(
        None, description="Secret token Telegram sends with each update; 16 characters or more."
    )
    port: int = Field(8080, ge=1, le=65535, description="Port the web process listens on.")
    metrics_token: SecretStr | None = Field(
        None, description="If set, /metrics is only shown to who sends it as a bearer token."
    )
    dyno: str | None = Field(
        None, description="Set by hosts like Heroku, whose disk is emptied at each restart: SQLite is refused there."
    )
    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")
    content_dir: Path = Field(CONTENT_DIR, description="Where the content lives.")
    paid_broadcast: bool = Field(False, description="true: the bot pays Telegram for up to 1,000 messages a second.")
    send_rate: float = Field(30.0, gt=0, le=1000, description="Messages a second over all chats.")
    spread_minutes: int = Field(0, ge=0, le=120, description="Spread reminders due at one time over this many minutes.")
    retention_days: int = Field(
        365, ge=1, description="Days that settled deliveries, closed alerts and diary rows are kept."
    )
    blocked_retention_months: int = Field(
        6, ge=1, description="Months until the data of people who blocked the bot is dropped."
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Fernet keys, newest first, comma separated."
    )

    @field_validator("encryption_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("telegram_api_url")
    @classmethod
    def _tidy_api_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/").removesuffix("/bot")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.split(":", 1)[0].split("+", 1)[0] not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("must start with sqlite:/// or postgres://")
        return value

    @field_validator("default_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not an IANA time zone such as Europe/London") from error
        return value

    @field_validator("webhook_url")
    @classmethod
    def _https_webhook(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("must start with https://")
        return value

    @model_validator(mode="after")
    def _webhook_has_secret(self) -> Settings:
        if self.webhook_url and (self.webhook_secret is None or len(self.webhook_secret.get_secret_value()) < 16):
            raise ValueError("WEBHOOK_SECRET must be set to 16 characters or more when WEBHOOK_URL is set")
        return self

    @property
    def disk_problem(self) -> str | None:
        """Why SQLite cannot be used here; None when it can, or is not used."""
        if self.dyno and self.database_url.startswith("sqlite"):
            return (
                "DATABASE_URL is an SQLite file, but this host empties its disk at each restart, and every plan would "
                "be lost: attach a PostgreSQL database (on Heroku: `heroku addons:create heroku-postgresql`)"
            )
        return None

    @property
    def token(self) -> str:
        """The bot's token. Raises SettingsError when there is none."""
        if self.telegram_bot_token is None:
            raise SettingsError(
                ["TELEGRAM_BOT_TOKEN is not set: get one from @BotFather in Telegram, or run `b12bot demo`"]
            )
        return self.telegram_bot_token.get_secret_value()


def read_settings(**overrides: object) -> Settings:
    """Read the environment (and a `.env` file) into Settings.

    Raises SettingsError holding every problem at once, never only the first.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = []
        for item in error.errors():
            name = ".".join(str(part) for part in item["loc"]).upper() or "settings"
            message = item["msg"].removeprefix("Value error, ")
            problems.append(message if name == "settings" else f"{name} {message}")
        raise SettingsError(problems) from error
