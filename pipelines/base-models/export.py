"""Reads and writes trunks as safetensors with timm's tensor names and shapes.

usage: export.py --out DIR --file FILE.safetensors [--config atto.json]     (DIR/last.pt: the moving average is exported)
Format: 8-byte little-endian header length, JSON header, raw little-endian tensors.
"""
import argparse
import hashlib
import json
import os
import struct

import numpy as np
import torch

from convnext import VARIANTS, ConvNeXt

KINDS = {"F16": np.float16, "F32": np.float32}


def write(net, path, kind="F16"):
    """Writes the trunk's tensors; pointwise layers as [out, in, 1, 1] where the variant stores them as convolutions."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in net.state_dict().items():
        if net.conv_mlp and ".mlp.fc" in name and name.endswith("weight"):
            tensor = tensor[:, :, None, None]
        raw = tensor.detach().float().cpu().numpy().astype(KINDS[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    """-> {name: float32 tensor}"""
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    cut = lambda v: np.frombuffer(data[v["data_offsets"][0] : v["data_offsets"][1]], KINDS[v["dtype"]]).reshape(v["shape"]).astype(np.float32)
    return {k: torch.from_numpy(cut(v)) for k, v in header.items() if k != "__metadata__"}


def load(variant, path):
    net = ConvNeXt(*VARIANTS[variant])
    shapes = net.state_dict()
    net.load_state_dict({k: v.reshape(shapes[k].shape) for k, v in read(path).items()})
    return net.eval()


def from_checkpoint(path, variant, key="e"):
    """The trunk in a checkpoint of train.py: its parameters come first in the flat array. key: e = moving average, p = last weights."""
    net, flat, at = ConvNeXt(*VARIANTS[variant]), torch.load(path)[key], 0
    for p in net.parameters():
        p.data = flat[at : at + p.numel()].view(p.shape)
        at += p.numel()
    return net.eval()


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--out", required=True)
    a.add_argument("--file", required=True)
    a.add_argument("--config", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "atto.json"))
    a = a.parse_args()
    write(from_checkpoint(f"{a.out}/last.pt", json.load(open(a.config))["variant"]), a.file)
    print(os.path.getsize(a.file), "bytes, sha256", hashlib.sha256(open(a.file, "rb").read()).hexdigest())
