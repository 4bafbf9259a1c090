"""What a dataset and a model need of each other."""

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.entries import Recipe
from rpgan.errors import UserError
from rpgan.models import SPADE
from rpgan.models.conditions import Condition, Flags


def require_range(recipe: Recipe, data: Encoding) -> None:
    """Refuse a generator that cannot make what a representation holds."""
    output = getattr(recipe.model, "output", "tanh")
    if output in ("tanh", "sigmoid") and not data.bounded():
        raise ValueError(
            f"the generator ends in {output}, within [-1, 1], and representations."
            f"{recipe.representation} does not keep to that; let it end with a scale of kind"
            " feature_min_max or global_min_max, or give the model output: linear"
        )


def require_maps(recipe: Recipe, data: Encoding) -> None:
    """Refuse a model of label maps on items without, or whose maps are scaled."""
    if not isinstance(recipe.model, SPADE):
        return
    wanted, found = recipe.model.classes, getattr(data.draw.source, "classes", 0)
    if found != wanted:
        raise ValueError(
            f"spade needs images with label maps of {wanted} classes, got {found or 'no'} classes;"
            f" use the source labelled_images with classes: {wanted}, or change the model's classes"
        )
    if any(getattr(step, "kind", "") != "none" for step in data.steps):
        raise ValueError(
            f"spade needs label maps of 0 and 1, which representations.{recipe.representation}"
            " changes; use one with a scale of kind none alone"
        )


def require_audible(draw: Draw) -> None:
    """Refuse a sound of images of anything but sound."""
    if len(draw.shape()) > 2 and draw.square is None:
        raise UserError(
            f"datasets.{draw.dataset}: images make no sound; ask for samples.png instead"
        )


def require_given(condition: Condition, draw: Draw) -> None:
    """Refuse a condition on what is not known of each series, or has other values."""
    columns = draw.columns()
    if condition.on not in columns:
        known = f"are {', '.join(columns)}" if columns else "is nothing"
        raise ValueError(
            f"condition on {condition.on}: there is no such column beside the series, where there"
            f" {known}; name one of them, or give the parameter of the process a law for a value"
        )
    if draw.source is None:
        condition.require_law(draw.varying[condition.on])
    label = getattr(draw.source, "label", None)
    if isinstance(condition, Flags) and isinstance(label, tuple) and len(label) != condition.flags:
        raise ValueError(
            f"condition on {condition.on}: it has {condition.flags} flags, and the label of the"
            f" source {len(label)} columns; make them as many"
        )
