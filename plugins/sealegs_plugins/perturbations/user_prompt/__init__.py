"""Operators on the surface ``user_prompt``."""

from __future__ import annotations

from sealegs.perturbation.operators import Operator
from sealegs_plugins.perturbations.user_prompt.direct_injection import DirectInjection
from sealegs_plugins.perturbations.user_prompt.distractor_sentence import DistractorSentence
from sealegs_plugins.perturbations.user_prompt.duplicate_request import DuplicateRequest
from sealegs_plugins.perturbations.user_prompt.encoding import Encoding
from sealegs_plugins.perturbations.user_prompt.extra_read import ExtraRead
from sealegs_plugins.perturbations.user_prompt.false_presupposition import FalsePresupposition
from sealegs_plugins.perturbations.user_prompt.goal_switch import GoalSwitch
from sealegs_plugins.perturbations.user_prompt.ill_formed_value import IllFormedValue
from sealegs_plugins.perturbations.user_prompt.irrelevant_request import IrrelevantRequest
from sealegs_plugins.perturbations.user_prompt.missing_slot import MissingSlot
from sealegs_plugins.perturbations.user_prompt.sentence_order import SentenceOrder
from sealegs_plugins.perturbations.user_prompt.social_pressure import SocialPressure
from sealegs_plugins.perturbations.user_prompt.surface_format import SurfaceFormat
from sealegs_plugins.perturbations.user_prompt.terse_chat import TerseChat
from sealegs_plugins.perturbations.user_prompt.traits import Traits
from sealegs_plugins.perturbations.user_prompt.typos import Typos
from sealegs_plugins.perturbations.user_prompt.user_paraphrase import UserParaphrase
from sealegs_plugins.perturbations.user_prompt.word_noise import WordNoise

__all__ = ["OPERATORS"]

OPERATORS: tuple[Operator, ...] = (
    Typos(),
    WordNoise(),
    UserParaphrase(),
    DistractorSentence(),
    SurfaceFormat(),
    SentenceOrder(),
    Traits(),
    TerseChat(),
    MissingSlot(),
    IllFormedValue(),
    IrrelevantRequest(),
    FalsePresupposition(),
    GoalSwitch(),
    SocialPressure(),
    ExtraRead(),
    Encoding(),
    DuplicateRequest(),
    DirectInjection(),
)
"""All of them, in the order of the catalogue."""
