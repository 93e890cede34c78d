"""Words: what members say for what the documents say, in Chinese and in English."""
