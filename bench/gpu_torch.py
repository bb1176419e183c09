"""Times PyTorch's norms on the GPU for each row of a JSON file of `panorm bench --suite opencl`, side by side.

    python3 bench/gpu_torch.py results.json

Device time by CUDA events, median of 21 calls after 5 for warming up, as the suite does.
"""

import json
import statistics
import sys

import torch

ROUNDS = 21
WARM_UP = 5
GROUPS = 32
EPS = 1e-5


def median_us(work):
    """Median time of a call on the device in microseconds."""
    times = []
    for call in range(WARM_UP + ROUNDS):
        begin = torch.cuda.Event(enable_timing=True)
        end = torch.cuda.Event(enable_timing=True)
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        if call >= WARM_UP:
            times.append(begin.elapsed_time(end) * 1e3)
    return statistics.median(times)


def tensor(sizes, layout):
    """Data in PyTorch's order of sizes; the suite writes NHWC sizes in the order of memory."""
    if layout != "NHWC":
        return torch.randn(sizes, device="cuda")
    n, h, w, c = sizes
    return torch.randn(n, c, h, w, device="cuda").contiguous(memory_format=torch.channels_last)


def layer_norm(x, dy):
    shape = list(x.shape[1:])
    w, b = torch.randn(shape, device="cuda"), torch.randn(shape, device="cuda")
    _, mean, rstd = torch.native_layer_norm(x, shape, w, b, EPS)
    return (
        lambda: torch.native_layer_norm(x, shape, w, b, EPS),
        lambda: torch.ops.aten.native_layer_norm_backward(dy, x, shape, mean, rstd, w, b, [True] * 3),
    )


def group_norm(x, dy):
    n, c = x.shape[:2]
    space = x.numel() // (n * c)
    w, b = torch.randn(c, device="cuda"), torch.randn(c, device="cuda")
    _, mean, rstd = torch.native_group_norm(x, w, b, n, c, space, GROUPS, EPS)
    return (
        lambda: torch.native_group_norm(x, w, b, n, c, space, GROUPS, EPS),
        lambda: torch.ops.aten.native_group_norm_backward(dy, x, mean, rstd, w, n, c, space, GROUPS, [True] * 3),
    )


def batch_norm(x, dy):
    c = x.shape[1]
    w, b = torch.randn(c, device="cuda"), torch.randn(c, device="cuda")
    running_mean, running_var = torch.zeros(c, device="cuda"), torch.ones(c, device="cuda")
    _, mean, rstd = torch.native_batch_norm(x, w, b, running_mean, running_var, True, 0.1, EPS)
    return (
        lambda: torch.native_batch_norm(x, w, b, running_mean, running_var, True, 0.1, EPS),
        lambda: torch.ops.aten.native_batch_norm_backward(
            dy, x, w, running_mean, running_var, mean, rstd, True, EPS, [True] * 3
        ),
    )


NORMS = {"layer_norm": layer_norm, "group_norm": group_norm, "batch_norm": batch_norm}


def main(path):
    with open(path, encoding="utf-8") as file:
        rows = [row for row in json.load(file) if row.get("op") in NORMS]
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"{'operation':12} {'dir':4} {'layout':6} {'shape':18} {'panorm us':>10} {'torch us':>10} {'torch/panorm':>12}")
    calls = {}
    for row in rows:
        key = (row["op"], row["layout"], row["shape"])
        if key not in calls:
            calls.clear()  # one shape's tensors at a time
            x = tensor([int(size) for size in row["shape"].split("x")], row["layout"])
            calls[key] = NORMS[row["op"]](x, torch.randn_like(x))
        torch_us = median_us(calls[key][0 if row["direction"] == "fwd" else 1])
        ours = row["median_us"]
        print(
            f"{row['op']:12} {row['direction']:4} {row['layout']:6} {row['shape']:18} "
            f"{ours:10.1f} {torch_us:10.1f} {torch_us / ours:12.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
