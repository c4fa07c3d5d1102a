"""Motion from one skeleton to another: rigs, bone mappings and the solve. numpy only; runs inside Blender."""
