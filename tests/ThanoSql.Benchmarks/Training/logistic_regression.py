"""Seconds that scikit-learn's LogisticRegression takes to reach a given loss, and the loss it then has.

usage: logistic_regression.py FEATURES LABELS ROWS DIMENSIONS L2 LOSS   (float16 and int32 files; the loss is the mean over the rows)
"""
import sys
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
rows, dimensions = int(sys.argv[3]), int(sys.argv[4])
l2, wanted = float(sys.argv[5]), float(sys.argv[6])
x = np.fromfile(sys.argv[1], np.float16).reshape(rows, dimensions).astype(np.float32)
y = np.fromfile(sys.argv[2], np.int32)


def loss(model):
    z = x @ model.coef_.T + model.intercept_
    top = z.max(1)
    cross = (top + np.log(np.exp(z - top[:, None]).sum(1)) - z[np.arange(rows), y]).mean()
    return cross + l2 / 2 * np.square(model.coef_).sum() / rows


for iterations in (5, 10, 15, 20, 30, 40, 60, 80, 120, 160, 240, 320, 500):
    start = time.perf_counter()
    model = LogisticRegression(C=1 / l2, max_iter=iterations, tol=1e-9, solver="lbfgs", multi_class="multinomial").fit(x, y)
    seconds, reached = time.perf_counter() - start, loss(model)
    if reached <= wanted * (1 + 1e-4):
        break
print(seconds)
print(reached)
print(iterations)
