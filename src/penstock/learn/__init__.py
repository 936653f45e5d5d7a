"""Learners, encoding, splitting, metrics, ONNX: Arrow and NumPy in, artifacts and scores out.

No files, no SQL.
"""
