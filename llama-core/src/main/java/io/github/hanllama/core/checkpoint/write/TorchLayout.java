package io.github.hanllama.core.checkpoint.write;

import io.github.hanllama.core.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A PyTorch file as torch.save writes it: a zip archive of the pickle, one entry for each tensor, and two small ones;
 * stored, every content at a multiple of 64 bytes.
 */
public final class TorchLayout implements ShardLayout {
    private static final String ROOT = "archive/";

    private final List<TensorInfo> tensors;
    private final List<StoredEntry> data = new ArrayList<>();
    private final List<StoredEntry> small = new ArrayList<>();
    private final List<ByteBuffer> smallBytes = new ArrayList<>();
    private final ZipFrame frame;

    public TorchLayout(List<TensorInfo> tensors) {
        this.tensors = List.copyOf(tensors);
        add(0, "data.pkl", TorchPickle.of(tensors)); // first, for its folder is where readers look for the rest
        add(small.getLast().end(), "byteorder", ascii("little"));
        long position = small.getLast().end();
        for (int i = 0; i < tensors.size(); i++) {
            data.add(
                    new StoredEntry(ROOT + "data/" + i, position, tensors.get(i).bytes()));
            position = data.getLast().end();
        }
        add(position, "version", ascii("3\n"));
        List<StoredEntry> all = new ArrayList<>(small);
        all.addAll(data);
        frame = new ZipFrame(all, small.getLast().end());
    }

    private void add(long position, String name, ByteBuffer bytes) {
        small.add(new StoredEntry(ROOT + name, position, bytes.remaining()));
        smallBytes.add(bytes);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public List<TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public long offset(int tensor) {
        return data.get(tensor).offset();
    }

    @Override
    public long size() {
        return frame.end();
    }

    @Override
    public List<Piece> frame(List<Long> crc32) {
        List<Long> all = new ArrayList<>();
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < small.size(); i++) {
            all.add(crc32(smallBytes.get(i)));
            pieces.add(new Piece(small.get(i).offset(), smallBytes.get(i).duplicate()));
        }
        all.addAll(crc32);
        pieces.addAll(frame.pieces(all));
        return pieces;
    }

    private static long crc32(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes.duplicate());
        return crc.getValue();
    }
}
