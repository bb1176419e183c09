"""Times PyTorch's norms and products for each row of a JSON file of `panorm bench --suite opencl`, side by side.

    python3 bench/gpu_torch.py results.json

Device time by CUDA events, or the processor's where there is no GPU, median of 21 calls after 5 for warming up.
Products are of float32 without TF32, PyTorch's default.
"""

import json
import statistics
import sys
import time

import torch

ROUNDS = 21
WARM_UP = 5
GROUPS = 32
EPS = 1e-5
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def gpu_us(work):
    """Time of a call on the GPU in microseconds."""
    begin = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    begin.record()
    work()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) * 1e3


def cpu_us(work):
    """Time of a call on the processor in microseconds."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e6


def median_us(work):
    """Median time of a call on the device in microseconds."""
    once = gpu_us if DEVICE == "cuda" else cpu_us
    times = [once(work) for _ in range(WARM_UP + ROUNDS)]
    return statistics.median(times[WARM_UP:])


def tensor(sizes, layout):
    """Data in PyTorch's order of sizes; the suite writes NHWC sizes in the order of memory."""
    if layout != "NHWC":
        return torch.randn(sizes, device=DEVICE)
    n, h, w, c = sizes
    return torch.randn(n, c, h, w, device=DEVICE).contiguous(memory_format=torch.channels_last)


def layer_norm(x, dy):
    shape = list(x.shape[1:])
    w, b = torch.randn(shape, device=DEVICE), torch.randn(shape, device=DEVICE)
    _, mean, rstd = torch.native_layer_norm(x, shape, w, b, EPS)
    return {
        "fwd": lambda: torch.native_layer_norm(x, shape, w, b, EPS),
        "bwd": lambda: torch.ops.aten.native_layer_norm_backward(dy, x, shape, mean, rstd, w, b, [True] * 3),
    }


def group_norm(x, dy):
    n, c = x.shape[:2]
    space = x.numel() // (n * c)
    w, b = torch.randn(c, device=DEVICE), torch.randn(c, device=DEVICE)
    _, mean, rstd = torch.native_group_norm(x.contiguous(), w, b, n, c, space, GROUPS, EPS)
    # On a GPU these take NCHW only; torch.nn.GroupNorm converts NHWC in every call too.
    return {
        "fwd": lambda: torch.native_group_norm(x.contiguous(), w, b, n, c, space, GROUPS, EPS),
        "bwd": lambda: torch.ops.aten.native_group_norm_backward(
            dy.contiguous(), x.contiguous(), mean, rstd, w, n, c, space, GROUPS, [True] * 3
        ),
    }


def batch_norm(x, dy):
    c = x.shape[1]
    w, b = torch.randn(c, device=DEVICE), torch.randn(c, device=DEVICE)
    running_mean, running_var = torch.zeros(c, device=DEVICE), torch.ones(c, device=DEVICE)
    _, mean, rstd = torch.native_batch_norm(x, w, b, running_mean, running_var, True, 0.1, EPS)
    return {
        "fwd": lambda: torch.native_batch_norm(x, w, b, running_mean, running_var, True, 0.1, EPS),
        "eval": lambda: torch.native_batch_norm(x, w, b, running_mean, running_var, False, 0.1, EPS),
        "bwd": lambda: torch.ops.aten.native_batch_norm_backward(
            dy, x, w, running_mean, running_var, mean, rstd, True, EPS, [True] * 3
        ),
    }


NORMS = {"layer_norm": layer_norm, "group_norm": group_norm, "batch_norm": batch_norm}


def calls_of(op, layout, sizes):
    """The calls of a row of the file by their direction."""
    if op == "gemm":
        m, n, k = sizes
        a, b, c = (torch.rand(shape, device=DEVICE) for shape in ((m, k), (k, n), (m, n)))
        return {"fwd": lambda: torch.mm(a, b, out=c)}
    x = tensor(sizes, layout)
    return NORMS[op](x, torch.randn_like(x))


def main(path):
    with open(path, encoding="utf-8") as file:
        rows = [row for row in json.load(file) if row.get("op") in (*NORMS, "gemm")]
    device = torch.cuda.get_device_name() if DEVICE == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"{device}, torch {torch.__version__}")
    print(f"{'operation':12} {'dir':4} {'layout':6} {'shape':18} {'panorm us':>10} {'torch us':>10} {'torch/panorm':>12}")
    calls = {}
    for row in rows:
        key = (row["op"], row["layout"], row["shape"])
        if key not in calls:
            calls.clear()  # one shape's tensors at a time
            calls[key] = calls_of(row["op"], row["layout"], [int(size) for size in row["shape"].split("x")])
        torch_us = median_us(calls[key][row["direction"]])
        ours = row["median_us"]
        print(
            f"{row['op']:12} {row['direction']:4} {row['layout']:6} {row['shape']:18} "
            f"{ours:10.1f} {torch_us:10.1f} {torch_us / ours:12.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
