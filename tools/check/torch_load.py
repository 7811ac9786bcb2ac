"""Reads a folder that HanLlama wrote as Hugging Face .bin the way its users do.

    python tools/check/torch_load.py MERGED_BIN [MERGED_SAFETENSORS]

torch.load(weights_only=True) must take every file, every content must be stored at a multiple of 64 bytes with its
checksum, transformers must load the folder without a missing or unexpected tensor, and when a second folder is given
every tensor must equal its, bit for bit. Needs torch, transformers and safetensors; not part of the build.
"""

import glob
import os
import struct
import sys
import zipfile

import torch


def check_archive(path):
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        assert archive.testzip() is None, f"{path}: a checksum is wrong"
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED, entry
            file.seek(entry.header_offset + 26)
            name_length, extra_length = struct.unpack("<HH", file.read(4))
            assert (entry.header_offset + 30 + name_length + extra_length) % 64 == 0, entry


def load_bin(folder):
    tensors = {}
    for path in sorted(glob.glob(os.path.join(folder, "pytorch_model*.bin"))):
        check_archive(path)
        for mmap in (False, True):
            tensors.update(torch.load(path, weights_only=True, mmap=mmap))
    return tensors


def load_safetensors(folder):
    from safetensors.torch import load_file

    tensors = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        tensors.update(load_file(path))
    return tensors


def main(folder, other=None):
    tensors = load_bin(folder)
    print(f"torch {torch.__version__}: {len(tensors)} tensors")
    if other:
        expected = load_safetensors(other)
        assert tensors.keys() == expected.keys()
        for name, tensor in tensors.items():
            assert tensor.dtype == expected[name].dtype and torch.equal(tensor, expected[name]), name
        print("equal to", other)
    import transformers

    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, use_safetensors=False, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    with torch.no_grad():
        logits = model(torch.tensor([[1, 2, 3]])).logits
    assert torch.isfinite(logits.float()).all()
    print(f"transformers {transformers.__version__}: loaded, logits {tuple(logits.shape)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
