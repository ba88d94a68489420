"""``python -m rulesflow`` is the command ``rulesflow``."""

from rulesflow.cli import main

if __name__ == "__main__":
    main()
