"""The nearest rows by numpy: float32, one matrix-vector product by BLAS, and the best of it.

Reads questions from standard input: a line with the number of the asked vector and whether to filter. Answers each with milliseconds and the rows.
"""
import sys
import time

import numpy as np

vectors, asked, among, dimensions, top = sys.argv[1:6]
dimensions, top = int(dimensions), int(top)

start = time.perf_counter()
matrix = np.fromfile(vectors, dtype=np.float16).reshape(-1, dimensions).astype(np.float32)
matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
questions = np.fromfile(asked, dtype=np.float32).reshape(-1, dimensions)
questions /= np.linalg.norm(questions, axis=1, keepdims=True)
some = np.fromfile(among, dtype=np.int64)
print(time.perf_counter() - start, matrix.nbytes, np.__version__, flush=True)

for line in sys.stdin:
    number, filtered = map(int, line.split())
    start = time.perf_counter()
    scores = (matrix[some] if filtered else matrix) @ questions[number]
    best = np.argpartition(scores, -top)[-top:]
    best = best[np.argsort(-scores[best], kind="stable")]
    if filtered:
        best = some[best]
    print((time.perf_counter() - start) * 1000, *best, flush=True)
