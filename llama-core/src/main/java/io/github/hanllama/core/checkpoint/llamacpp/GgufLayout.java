package io.github.hanllama.core.checkpoint.llamacpp;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.gguf.GgufHead;
import io.github.hanllama.core.checkpoint.write.ShardLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One GGUF file of several: a head, then tensors. */
final class GgufLayout implements ShardLayout {
    private final List<TensorInfo> tensors;
    private final List<Long> offsets = new ArrayList<>();
    private final GgufHead head;

    /** @param head with everything in it but the tensors */
    GgufLayout(GgufHead head, List<TensorInfo> tensors) {
        this.head = head;
        this.tensors = List.copyOf(tensors);
        for (TensorInfo tensor : tensors) {
            offsets.add(head.tensor(tensor.name(), tensor.shape(), tensor.dtype(), tensor.bytes()));
        }
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public long offset(int tensor) {
        return head.dataStart() + offsets.get(tensor);
    }

    @Override
    public long size() {
        return head.fileBytes();
    }

    /** The format has no checksums. */
    @Override
    public List<Piece> frame(List<Long> crc32) {
        long end = offset(tensors.size() - 1) + tensors.getLast().bytes();
        ByteBuffer padding = ByteBuffer.allocate(Math.toIntExact(size() - end));
        return List.of(new Piece(0, head.bytes()), new Piece(end, padding));
    }
}
