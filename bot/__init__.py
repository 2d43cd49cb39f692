"""A Telegram companion for people who live with vitamin B12 injections."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("b12bot")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
