package io.github.hanllama.core.checkpoint.meta;

import io.github.hanllama.core.checkpoint.TensorInfo;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.checkpoint.TorchFile;
import io.github.hanllama.core.checkpoint.write.ShardLayout;
import io.github.hanllama.core.checkpoint.write.TorchLayout;
import io.github.hanllama.testdata.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;

/** Writes Meta folders in any number of shards from the single-shard fixture, sound and broken. */
public final class MetaModels {
    private final SequencedMap<String, Part> whole = new LinkedHashMap<>();
    private boolean embeddingByRows;
    private long lostHeadRows;

    /** A tensor in memory. */
    record Part(TensorInfo info, ByteBuffer bytes) {
        Part rows(long from, long to) {
            return slice(from, to, 0, info.rowLength());
        }

        Part columns(long from, long to) {
            return slice(0, info.rows(), from, to);
        }

        private Part slice(long fromRow, long toRow, long fromColumn, long toColumn) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int width = (int) (info.rowBytes() / info.rowLength());
            for (long row = fromRow; row < toRow; row++) {
                byte[] part = new byte[(int) (toColumn - fromColumn) * width];
                bytes.duplicate().get((int) (row * info.rowBytes() + fromColumn * width), part);
                out.writeBytes(part);
            }
            List<Long> shape = List.of(toRow - fromRow, toColumn - fromColumn);
            return new Part(new TensorInfo(info.name(), shape, info.dtype()), ByteBuffer.wrap(out.toByteArray()));
        }
    }

    public static MetaModels base() {
        MetaModels models = new MetaModels();
        try (TorchFile file = TorchFile.open(TestData.path(TestModels.META + "/consolidated.00.pth"))) {
            for (TensorInfo info : file.tensors()) {
                byte[] bytes = file.tensor(info.name()).raw().orElseThrow().toArray(ValueLayout.JAVA_BYTE);
                models.whole.put(info.name(), new Part(info, ByteBuffer.wrap(bytes)));
            }
        }
        return models;
    }

    /** As Llama-3 splits it. */
    MetaModels embeddingByRows() {
        embeddingByRows = true;
        return this;
    }

    /** As early merge scripts lost it. */
    MetaModels loseHeadRows(long count) {
        lostHeadRows = count;
        return this;
    }

    MetaModels dropLastRow(String name) {
        whole.computeIfPresent(name, (_, part) -> part.rows(0, part.info.rows() - 1));
        return this;
    }

    MetaModels remove(String name) {
        whole.remove(name);
        return this;
    }

    MetaModels rename(String name, String other) {
        Part part = whole.remove(name);
        whole.put(other, new Part(new TensorInfo(other, part.info.shape(), part.info.dtype()), part.bytes));
        return this;
    }

    /** The first shards round down, the last takes what is left. */
    public Path write(Path folder, int shards) {
        for (int shard = 0; shard < shards; shard++) {
            List<Part> parts = new ArrayList<>();
            for (Map.Entry<String, Part> entry : whole.entrySet()) {
                parts.add(part(entry.getKey(), entry.getValue(), shard, shards));
            }
            write(folder.resolve(String.format(Locale.ROOT, "consolidated.%02d.pth", shard)), parts);
        }
        for (String file : List.of("params.json", "tokenizer.model")) {
            try {
                Files.copy(TestData.path(TestModels.META).resolve(file), folder.resolve(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return folder;
    }

    private Part part(String name, Part part, int shard, int shards) {
        boolean byColumns = name.contains(".wo.")
                || name.contains(".w2.")
                || (name.startsWith("tok_embeddings") && !embeddingByRows);
        long lost = name.startsWith("output") ? lostHeadRows : 0;
        if (part.info.shape().size() < 2) {
            return part;
        }
        long total = (byColumns ? part.info.rowLength() : part.info.rows()) - lost;
        long from = total / shards * shard;
        long to = shard == shards - 1 ? total : total / shards * (shard + 1);
        return byColumns ? part.columns(from, to) : part.rows(from, to);
    }

    static void write(Path file, List<Part> parts) {
        TorchLayout layout = new TorchLayout(parts.stream().map(Part::info).toList());
        ByteBuffer bytes = ByteBuffer.allocate((int) layout.size());
        List<Long> crc32 = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            bytes.put((int) layout.offset(i), parts.get(i).bytes.array());
            CRC32 crc = new CRC32();
            crc.update(parts.get(i).bytes.array());
            crc32.add(crc.getValue());
        }
        for (ShardLayout.Piece piece : layout.frame(crc32)) {
            bytes.put(
                    (int) piece.position(),
                    piece.bytes().array(),
                    0,
                    piece.bytes().limit());
        }
        try {
            Files.write(file, bytes.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
