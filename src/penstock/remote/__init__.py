"""Services outside, asked over HTTP: patiently, a few at a time, and without a word of their keys."""
