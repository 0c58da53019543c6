"""``python -m ecomflow.cli``."""

from ecomflow.cli import main

if __name__ == "__main__":
    main()
