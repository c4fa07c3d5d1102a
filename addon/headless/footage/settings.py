"""Render settings: Cycles on the processor, the same picture from the same input every time."""

from __future__ import annotations

import os
from typing import Any

import bpy

# Samples a pixel, bounces of light, quality of the denoiser.
_MODES = {"fast": (1, 0, "FAST"), "full": (8, 1, "BALANCED")}


def apply(meta: dict[str, Any]) -> None:
    """For ``meta`` of scene.npz; pictures as 8-bit PNG through the film curve."""
    scene = bpy.context.scene
    samples, bounces, quality = _MODES[meta["mode"]]
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.seed = 1
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_prefilter = "FAST"
    cycles.denoising_quality = quality
    cycles.max_bounces = bounces
    cycles.sample_clamp_indirect = 4.0
    cycles.use_light_tree = False  # it costs a third of the time, for three lamps
    render = scene.render
    render.use_persistent_data = True
    render.threads_mode = "FIXED"
    render.threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    render.use_compositing = render.use_sequencer = False
    if meta["markers"]:
        # Dots are measured, not looked at: no film curve, no denoiser, and what a pixel covers counts evenly.
        cycles.samples, cycles.use_denoising = 32, False
        scene.view_settings.view_transform = "Raw"
    else:
        scene.view_settings.view_transform = "AgX"
        scene.view_settings.look = "AgX - Medium High Contrast"
    picture()
    blur = meta["mode"] == "full" and not meta["markers"]
    render.use_motion_blur = blur
    if blur:
        render.motion_blur_shutter = meta["exposure_s"] * meta["fps"]
        render.motion_blur_position = "CENTER"
    render.fps, render.fps_base = max(1, round(meta["fps"])), max(1, round(meta["fps"])) / meta["fps"]


def picture() -> None:
    """8-bit colour PNG, quickly packed; no dither, which would shine where nothing is."""
    bpy.context.scene.render.dither_intensity = 0.0
    form = bpy.context.scene.render.image_settings
    form.file_format = "PNG"
    form.color_mode, form.color_depth, form.compression = "RGB", "8", 15
