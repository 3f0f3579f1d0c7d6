"""Lets `python -m miwdap_kg` be the command `miwdap-kg`."""

from miwdap_kg.cli import run

if __name__ == "__main__":
    run()
