"""The tool tap: tools as a trial lets them run."""
