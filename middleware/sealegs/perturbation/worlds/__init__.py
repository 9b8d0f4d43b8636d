"""Worlds: files, databases, work trees and clocks, disturbed for a trial and restored."""
