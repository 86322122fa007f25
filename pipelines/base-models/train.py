"""Distils the teacher into a ConvNeXt on the CPU within a time budget: data-parallel processes, growing input sizes; resumable.

usage: train.py --work DIR --out DIR [--config atto.json] [--minutes M] [--from FILE.safetensors]

Parameters, moments and gradients are flat arrays in shared memory. Each process works through micro-batches and adds its
gradients; whoever completes a batch makes the AdamW step. Nobody waits for the other, so a core that is busy with other
work only contributes less (a gradient may be one step old). The schedule is planned to its end: what a pause (SIGSTOP)
takes away, the rest goes through faster, so that the rate has come down when the time is over.
--from: the trunk starts from these weights; phases with "trunk": false teach only the new linear maps first.
Writes out/last.pt (weights, EMA, moments, step, minutes used) and out/train.log, one JSON line every 50 steps.
"""
import argparse
import json
import math
import os
import time

import torch
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F

import targets
from convnext import VARIANTS, ConvNeXt
from data import crops
from export import load
from kernels import call
from views import Views

HERE = os.path.dirname(os.path.abspath(__file__))


class Student(nn.Module):
    """The trunk and the linear maps that are thrown away after training."""

    def __init__(self, variant, components, classes):
        super().__init__()
        self.trunk = ConvNeXt(*VARIANTS[variant])
        dims = VARIANTS[variant][1]
        self.project, self.classify, self.middle = nn.Linear(dims[3], components), nn.Linear(dims[3], classes), nn.Linear(dims[2], 96)

    def losses(self, x, g, q, m, label, trunk=True):
        """x [N, S, S, 3]; targets as in targets.py -> whole-picture, quarter, stride-16 and label loss. trunk: whether it learns."""
        with torch.set_grad_enabled(trunk):
            e, maps = self.trunk.fast(x)
        pool = lambda t, s: F.adaptive_avg_pool2d(t.permute(0, 3, 1, 2), s).flatten(2).transpose(1, 2)
        quarters = self.project(self.trunk.head["norm"](pool(maps[3], 2)))
        return torch.stack([F.mse_loss(self.project(e), g), F.mse_loss(quarters, q), F.mse_loss(self.middle(pool(maps[2], 4)), m),
                            F.cross_entropy(self.classify(e), label, label_smoothing=0.1)])


def attach(student, flat, grads):
    """Makes every parameter and gradient a view of the flat arrays."""
    at = 0
    for p in student.parameters():
        n = p.numel()
        p.data, p.grad = flat[at : at + n].view(p.shape), grads[at : at + n].view(p.shape)
        at += n


def phase_at(config, done):
    return next((i for i, p in enumerate(config["phases"]) if done < p["until"]), len(config["phases"]) - 1)


def rate_at(config, done):
    """The phase's own rate; else warm-up from the end of the phases in which the trunk rests, and cosine."""
    rest = max((p["until"] for p in config["phases"] if not p.get("trunk", True)), default=0.0)
    cosine = 0.5 * (1 + math.cos(math.pi * min(1, done)))
    return config["phases"][phase_at(config, done)].get("rate") or config["rate"] * min(1, (done - rest) / config["warmup"]) * (0.01 + 0.99 * cosine)


def tick(s, end):
    """Moves the schedule to its end by the share of the time left that has passed since the last call, pauses not counted; -> share done."""
    now, (_, done, _, last, _) = time.time(), s["state"].tolist()
    step = min(now - last, 20.0)
    s["state"][1] = done + (1 - done) * min(1, step / max(end - now + step, 1e-3))
    s["state"][3] = now
    return float(s["state"][1])


def update(config, s, out, log, done):
    """One AdamW step with the gradients that both processes have added up. Called under the lock."""
    s["state"][0] += 1
    step, phase = int(s["state"][0]), config["phases"][phase_at(config, done)]
    rate, length, first = rate_at(config, done), float(s["g"].norm()), 0 if phase.get("trunk", True) else s["trunk"]
    p, g, m, v, e, wd = (s[k][first:] for k in ("p", "g", "m", "v", "e", "wd"))
    call("adamw", p, g, m, v, e, wd, p.numel(), min(1.0, config["clip"] / (length + 1e-9)), rate,
         1 / (1 - 0.9**step), 1 / (1 - 0.99**step), min(config["ema"], (step + 1) / (step + 20)))
    s["g"].zero_()
    if step % 50 == 0:
        total, names = s["loss"], ("whole", "quarters", "middle", "labels")
        minutes = done * config["minutes"]
        line = {"step": step, "minutes": round(minutes, 2), "size": phase["size"], "images": step * config["batch"],
                **{k: round(float(v), 4) for k, v in zip(names, total / total[4])}, "norm": round(length, 3), "rate": round(rate, 6)}
        s["loss"].zero_()
        print(json.dumps(line), file=log, flush=True)
        print(f"{100 * done:5.1f} %  {config['minutes'] - minutes:5.1f} min left  {json.dumps(line)}", flush=True)
    if time.time() - float(s["state"][4]) > 60 * config["save_minutes"]:
        save(s, out)


def worker(rank, config, work, out, s, lock, end):
    torch.set_num_threads(1)
    views = Views(work, config["share"], config["seed"] * 1000 + rank + 10 * int(s["state"][0]), config.get("unlabelled", ()))
    student = Student(config["variant"], config["components"], views.classes)
    grads, log = torch.zeros_like(s["p"]), open(f"{out}/train.log", "a")
    attach(student, s["p"], grads)
    parent = os.getppid()
    while os.getppid() == parent:  # ends with the process that started it
        with lock:
            done = tick(s, end)
        if done >= 1:
            break
        phase = config["phases"][phase_at(config, done)]
        weights = torch.tensor([1.0, phase["quarters"], phase["middle"], phase["labels"]])
        grads.zero_()
        losses = student.losses(*views(phase["micro"], phase["size"]), trunk=phase.get("trunk", True))
        (losses @ weights * (phase["micro"] / config["batch"])).backward()
        with lock:
            s["g"] += grads
            s["loss"] += torch.cat([losses.detach(), torch.ones(1)])
            s["state"][2] += phase["micro"]
            if s["state"][2] >= config["batch"]:
                s["state"][2] = 0
                update(config, s, out, log, done)
    with lock:
        save(s, out)


def save(s, out):
    s["state"][4] = time.time()
    torch.save({k: s[k].clone() for k in ("p", "e", "m", "v", "state")}, f"{out}/last.pt.part")
    os.replace(f"{out}/last.pt.part", f"{out}/last.pt")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--work", required=True)
    a.add_argument("--out", required=True)
    a.add_argument("--config", default=f"{HERE}/atto.json")
    a.add_argument("--minutes", type=float)
    a.add_argument("--from", dest="start")
    a = a.parse_args()
    config = json.load(open(a.config))
    config["minutes"] = a.minutes or config["minutes"]
    os.makedirs(a.out, exist_ok=True)
    targets.make(a.work, config["components"], config["seed"])
    for size in sorted({p["size"] for p in config["phases"] if p["size"] <= 96}):
        crops(a.work, size)
    torch.manual_seed(config["seed"])
    student = Student(config["variant"], config["components"], Views(a.work, config["share"], 0).classes)
    if a.start:
        student.trunk.load_state_dict(load(config["variant"], a.start).state_dict())
    p = torch.cat([q.detach().flatten() for q in student.parameters()])
    wd = torch.cat([torch.full((q.numel(),), config["weight_decay"] if q.ndim > 1 else 0.0) for q in student.parameters()])
    s = {"p": p, "e": p.clone(), "m": torch.zeros_like(p), "v": torch.zeros_like(p), "wd": wd, "g": torch.zeros_like(p),
         "loss": torch.zeros(5), "state": torch.zeros(5, dtype=torch.float64)}  # state: steps, share done, images in the batch so far, last tick, last save
    if os.path.exists(f"{a.out}/last.pt"):
        s.update(torch.load(f"{a.out}/last.pt"))
        print(f"resumed at step {int(s['state'][0])}, {100 * float(s['state'][1]):.1f} % done", flush=True)
    s["state"][3:] = time.time()
    end = time.time() + 60 * config["minutes"] * (1 - float(s["state"][1]))
    for t in s.values():
        t.share_memory_()
    s["trunk"] = sum(q.numel() for q in student.trunk.parameters())
    mp.spawn(worker, (config, a.work, a.out, s, mp.get_context("spawn").Lock(), end), nprocs=config["processes"])


if __name__ == "__main__":
    main()
