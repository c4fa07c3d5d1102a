"""The free body and hands, and users' own SMPL-family files: shape, joints and skinning."""
