package io.github.hanllama.core.checkpoint.write;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.safetensors.SafetensorsHeaderParser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A safetensors file: its header, then the data without gaps. */
public final class SafetensorsLayout implements ShardLayout {
    private static final int ALIGNMENT = 8; // of the header, padded with spaces as upstream does
    /** Wide elements first, so that each tensor is aligned; within a width the order of the checkpoint. */
    private static final Comparator<TensorInfo> WIDE_FIRST = Comparator.comparingInt(
                    (TensorInfo info) -> info.dtype().blockBytes())
            .reversed();

    private final List<TensorInfo> tensors;
    private final ByteBuffer header;
    private final List<Long> offsets = new ArrayList<>();
    private final long size;

    public SafetensorsLayout(List<TensorInfo> tensors) {
        this.tensors = tensors.stream().sorted(WIDE_FIRST).toList();
        this.header = header(this.tensors);
        long position = header.limit();
        for (TensorInfo tensor : this.tensors) {
            offsets.add(position);
            position += tensor.bytes();
        }
        this.size = position;
    }

    /** The length, the JSON and its padding. */
    private static ByteBuffer header(List<TensorInfo> tensors) {
        byte[] json = json(tensors).toString().getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
        ByteBuffer header = ByteBuffer.allocate(SafetensorsHeaderParser.LENGTH_BYTES + padded)
                .order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(padded).put(json);
        while (header.hasRemaining()) {
            header.put((byte) ' ');
        }
        return header.flip();
    }

    private static ObjectNode json(List<TensorInfo> tensors) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (TensorInfo tensor : tensors) {
            ObjectNode entry = json.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().name());
            tensor.shape().forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes());
            offset += tensor.bytes();
        }
        return json;
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public long offset(int tensor) {
        return offsets.get(tensor);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public List<Piece> frame(List<Long> crc32) {
        return List.of(new Piece(0, header.duplicate()));
    }
}
