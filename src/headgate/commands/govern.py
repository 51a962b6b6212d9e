"""Draw decisions from findings, by one method."""

from headgate.stage_commands import method_group

command = method_group("govern", __doc__)
