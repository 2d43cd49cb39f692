"""What is remembered: tables, one module per aggregate, migrations.

Invariant: SQL and SQLAlchemy stay in this room. Other rooms see typed rows, plain functions
and a `Connection` they hand back.
"""
