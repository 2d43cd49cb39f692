"""The one place that builds every service and hands it on."""
