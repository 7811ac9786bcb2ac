"""Small sound PyTorch files to start fuzzing from: testdata/fuzz/torch_{legacy,zip}. Needs torch."""
import collections
import pathlib

import torch

folder = pathlib.Path(__file__).parents[2] / "testdata" / "fuzz"
shared = torch.arange(12, dtype=torch.float16)
views = dict(w=shared[:6].view(2, 3), t=shared[4:10].view(2, 3).t())

legacy = collections.OrderedDict(views, n=torch.ones(2, dtype=torch.float32))
torch.save(legacy, folder / "torch_legacy" / "small.bin", _use_new_zipfile_serialization=False)

nested = collections.OrderedDict(views, n=torch.ones(2, dtype=torch.bfloat16), e=torch.ones(1).expand(3, 1))
torch.save({"state_dict": nested}, folder / "torch_zip" / "nested.pt")
