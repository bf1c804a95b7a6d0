"""``animstudio`` and ``python -m animstudio``.

Worker processes import this module again, so nothing is loaded before there is a command.
"""


def main() -> None:
    """Run the command line."""
    from animstudio.cli import main as run

    run()


if __name__ == "__main__":
    main()
