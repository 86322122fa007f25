"""Reads the `df` of a reply as notebooks do, pandas.read_json(df, orient="split"), and writes each column as a list of texts, in JSON."""
import io
import json
import sys
import warnings

import pandas

warnings.simplefilter("ignore")  # of pandas about infinities that it makes itself
table = pandas.read_json(io.StringIO(sys.stdin.read()), orient="split")
json.dump({column: [repr(value) for value in table[column].tolist()] for column in table.columns}, sys.stdout)
