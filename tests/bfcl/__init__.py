"""Scripted agents of known character on the multi-turn tasks of bfcl-eval, with no model at all.

Used by ``tests/plugins/test_perturbation_bfcl.py`` on a sample, and by ``benchmarks/agents`` whole.
"""
