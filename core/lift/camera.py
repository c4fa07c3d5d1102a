"""Pinhole geometry in the conventions of VideoPose3D (Pavllo et al. 2019), on torch tensors, differentiable."""

from __future__ import annotations

import torch

Tensor = torch.Tensor


def screen_normalise(pixels: Tensor, width: float, height: float) -> Tensor:
    """Pixels (…, 2) so that the picture's width spans −1 to 1 and its height keeps the aspect: x/w·2 − 1, y/w·2 − h/w.

    ``normalised_to_pixels`` is the inverse.
    """
    return pixels / width * 2 - pixels.new_tensor([1.0, height / width])


def normalised_to_pixels(points: Tensor, width: float, height: float) -> Tensor:
    """The inverse of ``screen_normalise``."""
    return (points + points.new_tensor([1.0, height / width])) * width / 2


def project(points: Tensor, camera: Tensor, distorted: bool = True) -> Tensor:
    """Camera-space points (N, …, 3) to normalised screen coordinates (N, …, 2).

    ``camera`` (N, 9): focal lengths, centre, k1, k2, k3, p1, p2 in normalised units, with Human3.6M's distortion model.
    x/z and y/z are limited to ±1 as the authors do.
    """
    shape = (len(points), *([1] * (points.ndim - 2)))
    focal, centre = camera[:, 0:2].reshape(*shape, 2), camera[:, 2:4].reshape(*shape, 2)
    radial, tangential = camera[:, 4:7].reshape(*shape, 3), camera[:, 7:9].reshape(*shape, 2)
    plane = (points[..., :2] / points[..., 2:]).clamp(-1, 1)
    if distorted:
        squared = (plane**2).sum(dim=-1, keepdim=True)
        swelling = 1 + (radial * torch.cat([squared, squared**2, squared**3], dim=-1)).sum(dim=-1, keepdim=True)
        lean = (tangential * plane).sum(dim=-1, keepdim=True)
        plane = plane * (swelling + lean) + tangential * squared
    return focal * plane + centre


def world_to_camera(points: Tensor, quaternion: Tensor, position: Tensor) -> Tensor:
    """World points (…, 3) in the axes of a camera at ``position`` (3,) turned by ``quaternion`` (4,) w, x, y, z."""
    signs = quaternion.new_tensor([1, -1, -1, -1])
    return _rotated(points - position, quaternion * signs)


def camera_to_world(points: Tensor, quaternion: Tensor, position: Tensor) -> Tensor:
    """The inverse of ``world_to_camera``."""
    return _rotated(points, quaternion) + position


def _rotated(points: Tensor, quaternion: Tensor) -> Tensor:
    axis = quaternion[1:].expand(points.shape)
    across = torch.linalg.cross(axis, points, dim=-1)
    return points + 2 * (quaternion[0] * across + torch.linalg.cross(axis, across, dim=-1))
