"""The written answer: a chat model writes from numbered sources, and every statement is verified."""
