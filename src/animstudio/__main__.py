"""``animstudio`` and ``python -m animstudio``.

Worker processes import this module again, so nothing is loaded before there is a command.
"""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from animstudio.cli import main as run

        run()
    except KeyboardInterrupt:  # before there was a command that could end cleanly, or after
        sys.stderr.write("interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
