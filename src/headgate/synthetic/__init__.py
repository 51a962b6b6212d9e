"""A synthetic hub with planted truth: records as the real hubs' APIs give them, and what is true of them."""

from headgate.synthetic.generate import generate
from headgate.synthetic.truth import Edge, Person, Reupload, Truth

__all__ = ["Edge", "Person", "Reupload", "Truth", "generate"]
