"""The exception whose message is for the user."""


class BadInput(Exception):
    """The user gave something that cannot be used: the message names it and says what to do. Exit code 2."""
