"""usage: python3 notebook.py NOTEBOOK.ipynb

Runs the cells in order, as Jupyter with thanosql-magic 0.2.9 does, with nothing but Python's own library. For each statement it writes a line of
JSON, {"url", "token", "statement"}, and reads one with the answer, {"error", "df"}. Its last line is {"pictures"}: of each that was shown, the id of
its cell. What cells print goes to stderr.
"""
import ast
import json
import re
import sys
import types

requests, sys.stdout = sys.stdout, sys.stderr
connection = {"url": None, "token": None}


class Image:
    def __init__(self, data):
        if not data.startswith(b"\xff\xd8"):
            raise ValueError(f"no JPEG: {data[:20]}")


def install_ipython(display):
    """What cells import of it."""
    module = types.ModuleType("IPython.display")
    module.Image, module.display = Image, display
    sys.modules.update({"IPython": types.ModuleType("IPython"), "IPython.display": module})


def run_statement(text, names):
    if ";" in text:
        raise ValueError("Multiple Queries are not supported.")
    for word in re.findall(r"= *(\w+)", text):
        if word in names:
            raise ValueError(f"The client would replace '{word}' by the variable of that name.")
    print(json.dumps({**connection, "statement": text}), file=requests, flush=True)
    answer = json.loads(sys.stdin.readline())
    if answer["error"]:
        raise RuntimeError(answer["error"])
    table = answer["df"]
    return table and {column: [row[at] for row in table["data"]] for at, column in enumerate(table["columns"])}


def run_line_magic(line, names):
    line = re.sub(r"\{(\w+)\}", lambda match: str(names[match[1]]), line)
    if line == "%load_ext thanosql":
        return
    magic, argument = line.split(maxsplit=1)
    if magic != "%thanosql":
        raise ValueError(f"There is no magic {magic}.")
    if argument.startswith("API_TOKEN="):
        connection["token"] = argument.removeprefix("API_TOKEN=")
    else:
        connection["url"] = argument


def run_python(text, names):
    cell = ast.parse(text)
    last = cell.body.pop() if isinstance(cell.body[-1], ast.Expr) else None
    exec(compile(cell, "cell", "exec"), names)
    return last and eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def run_cell(text, names):
    """Returns what Jupyter shows as the cell's value, and keeps as `_`."""
    first, _, rest = text.partition("\n")
    if first.strip() == "%%thanosql":
        return run_statement(rest, names)
    if first.startswith("%"):
        for line in text.splitlines():
            run_line_magic(line.strip(), names)
        return None
    return run_python(text, names)


def main(path):
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    pictures, names = [], {}
    install_ipython(lambda picture: pictures.append(cell["id"]))
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        try:
            value = run_cell("".join(cell["source"]), names)
        except Exception as error:
            raise RuntimeError(f"the cell '{cell['id']}' failed") from error
        if value is not None:
            names["_"] = value
    print(json.dumps({"pictures": pictures}), file=requests, flush=True)


main(sys.argv[1])
