"""Tools that no task needs, and that do no harm: what they are, and what a call of one says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealegs.jsons import Json
from sealegs.perturbation.edits import AddedTool

__all__ = ["LIBRARY"]


def _schema(**parameters: Json) -> Json:
    """Give the schema of parameters; one that ends in a mark may be left out."""
    return {
        "type": "object",
        "properties": {name.rstrip("_"): one for name, one in parameters.items()},
        "required": [name for name in parameters if not name.endswith("_")],
    }


def _text(description: str) -> Mapping[str, Json]:
    return {"type": "string", "description": description}


def _number(description: str) -> Mapping[str, Json]:
    return {"type": "number", "description": description}


def _choice(description: str, *values: str) -> Mapping[str, Json]:
    return {"type": "string", "enum": list(values), "description": description}


LIBRARY: Final[tuple[AddedTool, ...]] = (
    AddedTool(
        "get_moon_phase",
        "Give the phase of the moon on a date.",
        _schema(date=_text("The date, as YYYY-MM-DD.")),
        "The moon's phase is unknown for this date.",
    ),
    AddedTool(
        "list_tide_times",
        "List the times of high and low tide at a harbour.",
        _schema(harbour=_text("The harbour's name.")),
        "There are no tide tables for this harbour.",
    ),
    AddedTool(
        "convert_shoe_size",
        "Convert a shoe size between European, British and American sizes.",
        _schema(
            size=_number("The size."),
            origin=_choice("The system of the size.", "eu", "uk", "us"),
            target=_choice("The system that is wanted.", "eu", "uk", "us"),
        ),
        "There is no such size.",
    ),
    AddedTool(
        "identify_bird_call",
        "Name the bird that a description of a call fits best.",
        _schema(sound=_text("What the call sounds like.")),
        "No bird fits this description.",
    ),
    AddedTool(
        "suggest_houseplant",
        "Suggest a plant for a room.",
        _schema(light=_choice("How light the room is.", "dark", "half", "bright")),
        "There is no suggestion for this room.",
    ),
    AddedTool(
        "get_chess_opening",
        "Give the name of a chess opening from its first moves.",
        _schema(moves=_text("The moves, in algebraic notation.")),
        "No opening begins with these moves.",
    ),
    AddedTool(
        "estimate_paint_needed",
        "Estimate the litres of paint for a wall.",
        _schema(
            width=_number("The wall's width in metres."),
            height=_number("The wall's height in metres."),
            coats_=_number("How many coats; two if it is not given."),
        ),
        "No estimate can be given for this wall.",
    ),
    AddedTool(
        "find_crossword_word",
        "Find words that fit a crossword pattern.",
        _schema(pattern=_text("The letters that are known, with ? for the others.")),
        "No word fits this pattern.",
    ),
    AddedTool(
        "get_star_position",
        "Give the position of a star in the sky above a place.",
        _schema(star=_text("The star's name."), place_=_text("The place.")),
        "This star is not in the catalogue.",
    ),
    AddedTool(
        "translate_morse_code",
        "Translate Morse code into letters.",
        _schema(code=_text("Dots and dashes, letters parted by spaces.")),
        "This is not Morse code.",
    ),
    AddedTool(
        "lookup_roman_numeral",
        "Give the Roman numeral of a number.",
        _schema(number=_number("A whole number from 1 to 3999.")),
        "There is no numeral for this number.",
    ),
    AddedTool(
        "get_knitting_pattern",
        "Give a knitting pattern for a garment.",
        _schema(
            garment=_choice("What is knitted.", "scarf", "hat", "socks"),
            yarn_=_text("The weight of the yarn."),
        ),
        "There is no pattern for this garment.",
    ),
    AddedTool(
        "describe_mineral",
        "Describe a mineral: its colour, hardness and lustre.",
        _schema(mineral=_text("The mineral's name.")),
        "This mineral is not in the collection.",
    ),
    AddedTool(
        "get_bread_recipe",
        "Give a recipe for a kind of bread.",
        _schema(kind=_text("The kind of bread."), loaves_=_number("How many loaves.")),
        "There is no recipe for this bread.",
    ),
    AddedTool(
        "tune_instrument",
        "Give the pitches to which the strings of an instrument are tuned.",
        _schema(instrument=_text("The instrument.")),
        "The tuning of this instrument is unknown.",
    ),
    AddedTool(
        "find_hiking_trail",
        "Find a marked trail near a mountain.",
        _schema(
            mountain=_text("The mountain's name."),
            difficulty_=_choice("How hard it may be.", "easy", "medium", "hard"),
        ),
        "There is no marked trail near this mountain.",
    ),
    AddedTool(
        "get_museum_exhibits",
        "List what a room of the city museum shows.",
        _schema(room=_text("The number of the room.")),
        "This room is closed.",
    ),
    AddedTool(
        "calculate_sundial_angle",
        "Calculate the angle of a sundial's hour line.",
        _schema(latitude=_number("In degrees."), hour=_number("The hour, from 6 to 18.")),
        "No line can be calculated for this hour.",
    ),
    AddedTool(
        "explain_proverb",
        "Explain what a proverb means.",
        _schema(proverb=_text("The proverb.")),
        "This proverb is not known.",
    ),
    AddedTool(
        "check_pollen_count",
        "Give the pollen count of a plant in a region.",
        _schema(region=_text("The region."), plant_=_text("The plant.")),
        "Nothing was measured in this region.",
    ),
)
"""Our own; none changes anything, and none gives an answer that a task could be done with."""
