"""Operators on the surface ``tool_info``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.tool_info.changing import ToolsetChange
from sealegs_plugins.perturbations.tool_info.distractor_tools import DistractorTools
from sealegs_plugins.perturbations.tool_info.doc_format import DocFormat
from sealegs_plugins.perturbations.tool_info.drift import SchemaDrift
from sealegs_plugins.perturbations.tool_info.missing_tool import MissingTool, WithheldTool
from sealegs_plugins.perturbations.tool_info.name_collision import NameCollision
from sealegs_plugins.perturbations.tool_info.name_noise import ToolNameNoise
from sealegs_plugins.perturbations.tool_info.name_permutation import ToolNamePermutation
from sealegs_plugins.perturbations.tool_info.name_scramble import ToolNameScramble
from sealegs_plugins.perturbations.tool_info.name_style import ToolNameStyle
from sealegs_plugins.perturbations.tool_info.near_duplicates import NearDuplicateTool
from sealegs_plugins.perturbations.tool_info.ordering import ParameterOrder, ToolOrder
from sealegs_plugins.perturbations.tool_info.parameter_noise import ParameterNoise
from sealegs_plugins.perturbations.tool_info.paraphrase import ToolParaphrase
from sealegs_plugins.perturbations.tool_info.poisoning import ToolPoisoning
from sealegs_plugins.perturbations.tool_info.preference import ToolPreference
from sealegs_plugins.perturbations.tool_info.removal import DescriptionRemoval
from sealegs_plugins.perturbations.tool_info.required_parameter import RequiredParameter

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    ToolNameNoise(),
    ToolNameScramble(),
    ToolNamePermutation(),
    ToolNameStyle(),
    ParameterNoise(),
    RequiredParameter(),
    ParameterOrder(),
    ToolOrder(),
    ToolParaphrase(),
    DescriptionRemoval(),
    DocFormat(),
    DistractorTools(),
    NearDuplicateTool(),
    NameCollision(),
    ToolPreference(),
    WithheldTool(),
    MissingTool(),
    SchemaDrift(),
    ToolPoisoning(),
    ToolPoisoning.rug_pull(),
    ToolsetChange(),
)
"""All of them, in the order of the catalogue."""
