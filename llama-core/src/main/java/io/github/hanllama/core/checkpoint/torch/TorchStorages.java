package io.github.hanllama.core.checkpoint.torch;

import io.github.hanllama.core.checkpoint.torch.PickleValue.Storage;

/** Where the data of a file lies. */
interface TorchStorages {
    /**
     * Where a storage begins in the file, after checking that it is there and as long as described.
     *
     * @param tensor who asks, for messages
     */
    long offset(String tensor, Storage storage);
}
