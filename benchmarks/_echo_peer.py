"""The peer: a stock python-telegram-bot echo bot, with its default client and concurrent updates."""

from __future__ import annotations

import sys
import warnings

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


def main() -> None:
    warnings.simplefilter("ignore")
    application = Application.builder().token("1:x").base_url(sys.argv[1] + "/bot").concurrent_updates(True).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling(bootstrap_retries=3)


if __name__ == "__main__":
    main()
