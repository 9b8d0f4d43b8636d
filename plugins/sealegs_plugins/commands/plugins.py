"""Show what is loaded: each plugin, its distribution, and what it contributes."""

from __future__ import annotations

import argparse
import json

from sealegs import Catalog, Settings

__all__ = ["HELP", "configure", "run"]

HELP = "show what is loaded, from which distribution"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def run(options: argparse.Namespace) -> int:
    """List the plugins."""
    settings = Settings.load()
    catalog = Catalog.load(blocked=settings.disabled_plugins)
    catalog.layers(settings)
    if options.json:
        rows = [
            {"name": p.name, "distribution": p.distribution, "contributes": dict(p.contributes)}
            for p in catalog.plugins
        ]
        print(json.dumps({"plugins": rows, "disabled": settings.disabled_plugins}, indent=2))
        return 0
    for plugin in catalog.plugins:
        print(f"{plugin.name}  ({plugin.distribution})")
        for kind, names in plugin.contributes.items():
            print(f"    {kind}: {', '.join(dict.fromkeys(names))}")
    for name in settings.disabled_plugins:
        print(f"{name}  (disabled)")
    return 0
