"""The errors Headgate raises, and the exit code each ends with.

HeadgateError               one line on stderr, no traceback without --debug
+-- UsageError              3  the call is wrong: what, the value, what to do
+-- BadInput                2  a file or a record cannot be read
+-- HubError                2  a hub did not answer, or not in a way that can be read
+-- WorkspaceError          2  the workspace is locked or damaged, or has nothing to judge
+-- MissingExtra            3  a method needs packages that are not installed
"""

EXIT_PASS, EXIT_BLOCKED, EXIT_UNKNOWN, EXIT_USAGE = 0, 1, 2, 3


class HeadgateError(Exception):
    """Something a user can act on; its text says what happened, the value, and what to do."""

    exit_code = EXIT_UNKNOWN


class UsageError(HeadgateError):
    """The command or function was called wrongly."""

    exit_code = EXIT_USAGE


class BadInput(HeadgateError):
    """A file or a record cannot be read."""


class HubError(HeadgateError):
    """A hub did not answer, or its answer cannot be read."""


class WorkspaceError(HeadgateError):
    """The workspace is in use by another collection, damaged, or has nothing to judge."""


class MissingExtra(HeadgateError):
    """A method needs packages that are not installed."""

    exit_code = EXIT_USAGE
