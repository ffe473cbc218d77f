"""Sayso: teach a browser tab, or a desk, your spoken commands."""

__version__ = "0.3.0"
