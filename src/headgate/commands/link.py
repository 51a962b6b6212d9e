"""Link artifacts to what they derive from, by one method."""

from headgate.stage_commands import method_group

command = method_group("link", __doc__)
