"""`python -m cli.up OPTIONS`: the supervisor's own process. `alga-ext up` reads the arguments and becomes this."""

import sys

from cli import output
from cli.problem import Problem
from cli.up.options import UpOptions
from cli.up.supervisor import main

if __name__ == "__main__":
    options = UpOptions.load(sys.argv[1])
    output.choose_json(options.json)
    try:
        sys.exit(main(options))
    except Problem as problem:
        output.failure(problem)
        sys.exit(problem.code)
