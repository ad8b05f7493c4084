"""Identities that fit into a URL."""

import secrets


def new_id() -> str:
    """Twelve hexadecimal digits: short enough for a permalink, 48 random bits against collision."""
    return secrets.token_hex(6)
