"""The pages: one file each, with `read` (what it says, from a snapshot) and a `router` (where it is asked for)."""
