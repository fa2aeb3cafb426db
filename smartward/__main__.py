"""`python -m smartward`."""

from smartward.cli import main

if __name__ == "__main__":
    main()
