"""The webhook, health and metrics, over HTTP."""
