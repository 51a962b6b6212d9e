"""A service that answers with one model and searches with another: what `headgate gate --scan` reads."""

from transformers import AutoModelForCausalLM, AutoTokenizer

CHAT = "quoholdri_ml/Nimrulnov-70B-v1-GGUF"

tokenizer = AutoTokenizer.from_pretrained("osktivcor/Murzan-70B")
model = AutoModelForCausalLM.from_pretrained(CHAT)
