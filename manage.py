#!/usr/bin/env python
"""Django's own command line; people use `hueandcry` instead."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hueandcry.config.settings")  # noqa: TID251
    execute_from_command_line(sys.argv)
