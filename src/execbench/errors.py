"""What execbench raises for a person to read."""


class BadInput(Exception):
    """Something that the user gave cannot be used: the message names it and says what to do. Exit code 2."""
