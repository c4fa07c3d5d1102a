"""Understudy: markerless motion capture inside Blender. Inert at import: the engine uses the package too."""


def register() -> None:
    from .addon import registration

    registration.register()


def unregister() -> None:
    from .addon import registration

    registration.unregister()
