"""Scripted agents of known character on AgentDojo's tasks, with no model at all.

Used by ``tests/plugins/test_perturbation_agentdojo.py`` on a sample, and by
``benchmarks/agentdojo`` whole.
"""
