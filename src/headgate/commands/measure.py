"""Measure what changed between states, by one method."""

from headgate.stage_commands import method_group

command = method_group("measure", __doc__)
