"""Runtimes: who performs what workflows ask for."""
