"""What the device could do: FLOP/s of large matrix products, and bytes a second of a copy, read and written. Prints
JSON. `rates.py cuda` or `rates.py cpu`."""

import json
import sys
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parent.parent / "peers"))
import matrix_rate  # noqa: E402

COPIED_BYTES = {"cpu": 1 << 26, "cuda": 1 << 30}


def bandwidth(device):
    source = torch.zeros(COPIED_BYTES[device], dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * source.numel() / min(matrix_rate.call_seconds(lambda: target.copy_(source)))


def best_rate(dtype):
    _, best = matrix_rate.rates(dtype)
    return best


if __name__ == "__main__":
    device = sys.argv[1]
    torch.set_default_device(device)
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    print(json.dumps({"device": name, "torch": torch.__version__, "fp32": best_rate(torch.float32),
                      "bf16": best_rate(torch.bfloat16), "bytes_per_s": bandwidth(device)}))
