"""What a user installs for a part of kgan that needs more packages."""


def how_to_install(extra: str) -> str:
    """Returns the command that installs an extra, in and out of a clone.

    Args:
        extra: Its name in pyproject.toml.
    """
    return (
        f'pip install "kgan[{extra}]", or in a clone: pip install -e '
        f'".[{extra}]"'
    )
