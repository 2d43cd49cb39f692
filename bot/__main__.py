"""`python -m bot` is the same as `b12bot`."""

from bot.cli import main

if __name__ == "__main__":
    main()
