"""The commands: ``add_parser(subparsers)`` declares one, ``run(options)`` does it and returns the exit code."""
