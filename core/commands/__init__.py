"""The commands of the command line: ``add_parser(subparsers)`` declares one, ``run(options)`` does it and returns the
exit code."""
