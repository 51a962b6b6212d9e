"""Detect findings about artifacts, by one method."""

from headgate.stage_commands import method_group

command = method_group("detect", __doc__)
