"""Recipes of the Structured Agent Distillation Lab on PyTorch distributed."""
