"""The commands of the ``sealegs`` shell, one module or package each."""
