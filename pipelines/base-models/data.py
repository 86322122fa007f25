"""The photographs and the fixed crops ("views") of them that the student is trained on.

work/images.bin    the decoded pictures one after another, uint8 RGB [h, w, 3]
work/index.npz     offset, height, width, label and set of each picture; picture and box of each view
work/crops-S.npy   the views at S x S px, uint8 [views, S, S, 3]
"""
import glob
import io
import os
import tarfile
from multiprocessing import Pool

import numpy as np
from PIL import Image

SETS = ("caltech101", "tiny-imagenet", "grocery")


def sources(data):
    """Yields (set, class, JPEG bytes): the archives of pretrain/ and the train split of grocery/, in a fixed order."""
    for archive in sorted(glob.glob(f"{data}/pretrain/*.tar")):
        kind = os.path.basename(archive).rsplit("-", 1)[0]
        with tarfile.open(archive) as tar:
            for member in tar:
                yield kind, os.path.basename(member.name).rsplit("_", 1)[0], tar.extractfile(member).read()
    for path in sorted(glob.glob(f"{data}/grocery/train/*/*.jpg")):
        with open(path, "rb") as f:
            yield "grocery", path.split("/")[-2], f.read()


def decode(data, work, views, seed):
    """Decodes every picture once and draws the boxes of its views: box 0 is the centre square, the others are
    random crops of 30-100 % of the area with an aspect ratio of 3/4 to 4/3. `views`: number of views by set."""
    offsets, shapes, names, kinds, owner, boxes, at = [], [], [], [], [], [], 0
    rng = np.random.default_rng(seed)
    with open(f"{work}/images.bin", "wb") as f:
        for kind, name, raw in sources(data):
            x = np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))
            h, w = x.shape[:2]
            side = min(h, w)
            for v in range(views[kind]):
                bw = bh = side
                if v:
                    area, ratio = rng.uniform(0.3, 1) * h * w, np.exp(rng.uniform(-0.288, 0.288))
                    bw, bh = min(w, (area * ratio) ** 0.5), min(h, (area / ratio) ** 0.5)
                left, top = ((w - bw) / 2, (h - bh) / 2) if v == 0 else (rng.uniform(0, w - bw), rng.uniform(0, h - bh))
                owner.append(len(shapes))
                boxes.append((left, top, left + bw, top + bh))
            f.write(x.tobytes())
            offsets.append(at), shapes.append((h, w)), names.append(f"{kind}:{name}"), kinds.append(SETS.index(kind))
            at += x.size
    classes = sorted(set(names))
    number = {c: i for i, c in enumerate(classes)}
    np.savez(f"{work}/index.npz", offset=np.array(offsets), shape=np.array(shapes), label=np.array([number[n] for n in names]), kind=np.array(kinds),
             classes=np.array(classes), owner=np.array(owner), box=np.array(boxes, np.float32))
    print(f"{len(shapes)} pictures, {len(classes)} classes, {len(owner)} views", flush=True)


class Pictures:
    """Cuts views out of images.bin: view(i, size) -> uint8 [size, size, 3], bicubic with anti-aliasing."""

    def __init__(self, work):
        self.index = dict(np.load(f"{work}/index.npz"))
        self.pixels = np.memmap(f"{work}/images.bin", np.uint8, "r")

    def view(self, i, size):
        p = self.index["owner"][i]
        (h, w), at = self.index["shape"][p], self.index["offset"][p]
        image = Image.fromarray(self.pixels[at : at + h * w * 3].reshape(h, w, 3))
        return np.asarray(image.resize((size, size), Image.BICUBIC, box=tuple(map(float, self.index["box"][i]))))


def _cut(args):
    work, path, size, begin, end = args
    pictures, out = Pictures(work), np.load(path, mmap_mode="r+")
    for i in range(begin, end):
        out[i] = pictures.view(i, size)


def crops(work, size):
    """Makes crops-<size>.npy if it is not there (about 0.3 ms per view) and returns it memory-mapped."""
    path = f"{work}/crops-{size}.npy"
    if not os.path.exists(path):
        n = len(np.load(f"{work}/index.npz")["owner"])
        np.lib.format.open_memmap(path + ".part", "w+", np.uint8, (n, size, size, 3)).flush()
        step = 2000
        with Pool(2) as pool:
            pool.map(_cut, [(work, path + ".part", size, b, min(n, b + step)) for b in range(0, n, step)], chunksize=1)
        os.replace(path + ".part", path)
    return np.load(path, mmap_mode="r")
