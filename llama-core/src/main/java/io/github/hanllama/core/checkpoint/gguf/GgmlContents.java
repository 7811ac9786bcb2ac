package io.github.hanllama.core.checkpoint.gguf;

import io.github.hanllama.core.error.LlamaException;
import io.github.hanllama.quant.DType;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file of a format before GGUF, checked in full but for the values of its weights.
 *
 * @param tokens as stored, each byte a character
 * @param scores one for each token, or none
 */
public record GgmlContents(
        GgmlVersion version, Sizes sizes, List<String> tokens, List<Float> scores, List<GgmlTensor> tensors) {
    private static final int ALIGNMENT = 32;
    private static final int MAX_VOCABULARY = 1 << 19;
    private static final int MAX_TOKEN_BYTES = 1 << 12;
    private static final int MAX_NAME_BYTES = 255;

    public GgmlContents {
        tokens = List.copyOf(tokens);
        scores = List.copyOf(scores);
        tensors = List.copyOf(tensors);
    }

    /** What the file says of the model, in its own words; checked where it is used. */
    public record Sizes(int vocab, int embd, int mult, int head, int layer, int rot, int fileType) {}

    /** @throws LlamaException when it is not a sound file of these formats */
    public static GgmlContents read(String file, MemorySegment memory) {
        GgufInput in = new GgufInput(file, memory);
        GgmlVersion version = GgmlVersion.read(in);
        Sizes sizes = new Sizes(
                in.i32("n_vocab"),
                in.i32("n_embd"),
                in.i32("n_mult"),
                in.i32("n_head"),
                in.i32("n_layer"),
                in.i32("n_rot"),
                in.i32("ftype"));
        List<String> tokens = new ArrayList<>();
        List<Float> scores = new ArrayList<>();
        readTokens(in, version, sizes.vocab, tokens, scores);
        List<GgmlTensor> tensors = new GgmlTensors(in, memory, version).read();
        return new GgmlContents(version, sizes, tokens, scores, tensors);
    }

    private static void readTokens(
            GgufInput in, GgmlVersion version, int count, List<String> tokens, List<Float> scores) {
        int minBytes = version.scored() ? 2 * Integer.BYTES : Integer.BYTES;
        if (count < 1 || count > Math.min(MAX_VOCABULARY, in.remaining() / minBytes)) {
            throw in.malformed(
                    in.position(),
                    "n_vocab: expected 1 to " + Math.min(MAX_VOCABULARY, in.remaining() / minBytes) + " tokens, found "
                            + count);
        }
        for (int id = 0; id < count; id++) {
            long at = in.position();
            int length = in.i32("token " + id);
            if (length < 0 || length > MAX_TOKEN_BYTES) {
                throw in.malformed(
                        at, "token " + id + ": expected at most " + MAX_TOKEN_BYTES + " bytes, found " + length);
            }
            tokens.add(new String(in.bytes("token " + id, length), StandardCharsets.ISO_8859_1));
            if (version.scored()) {
                scores.add(in.f32("token " + id));
            }
        }
    }

    /** Reads descriptions and skips data, up to the end of the file. */
    private static final class GgmlTensors {
        private final GgufInput in;
        private final MemorySegment memory;
        private final GgmlVersion version;
        private final List<GgmlTensor> tensors = new ArrayList<>();
        private final Set<String> names = new HashSet<>();
        private Optional<Boolean> rows = Optional.empty(); // known from the first quantized tensor on

        GgmlTensors(GgufInput in, MemorySegment memory, GgmlVersion version) {
            this.in = in;
            this.memory = memory;
            this.version = version;
        }

        List<GgmlTensor> read() {
            while (in.remaining() > 0) {
                readOne("tensor " + tensors.size());
            }
            return tensors;
        }

        private void readOne(String what) {
            long at = in.position();
            int dimensions = in.i32(what);
            int length = in.i32(what);
            long type = in.u32(what);
            if (dimensions < 1 || dimensions > 2) {
                throw in.malformed(at, what + ": expected 1 or 2 dimensions, found " + dimensions);
            }
            List<Long> shape = new ArrayList<>();
            for (int i = 0; i < dimensions; i++) {
                shape.addFirst(in.u32(what));
            }
            String name = in.decode(what, MAX_NAME_BYTES, length);
            if (name.isEmpty() || name.codePoints().anyMatch(Character::isISOControl) || !names.add(name)) {
                throw in.malformed(at, what + ": expected a new printable name, found '" + name + "'");
            }
            if (version.aligned()) {
                long padded = Math.ceilDiv(in.position(), ALIGNMENT) * ALIGNMENT;
                in.skip(padded - in.position(), name);
            }
            tensors.add(tensor(at, name, shape, dtype(name, type)));
        }

        private DType dtype(String name, long type) {
            return GgmlType.of(type)
                    .filter(this::isKnown)
                    .orElseThrow(() -> in.unsupported(name + ": type " + type + " is not supported in a file of "
                            + version + "; expected F32, F16, Q4_0 or Q4_1, or a GGUF file"));
        }

        private boolean isKnown(DType dtype) {
            return switch (dtype) {
                case F32, F16, Q4_0, Q4_1 -> true;
                case Q5_0, Q5_1 -> version.compareTo(GgmlVersion.GGJT_2) >= 0; // as they are now since then
                case Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> version == GgmlVersion.GGJT_3;
                default -> false;
            };
        }

        private GgmlTensor tensor(long at, String name, List<Long> shape, DType dtype) {
            long columns = shape.getLast();
            long count = shape.size() < 2 ? 1 : shape.getFirst(); // both below 2^32
            if (columns < 1 || count < 1 || columns % dtype.blockSize() != 0) {
                throw in.malformed(
                        at,
                        name + ": expected rows of whole blocks of " + dtype.blockSize() + ", found " + dtype + " "
                                + shape);
            }
            boolean older = version != GgmlVersion.GGJT_3 && (dtype == DType.Q4_0 || dtype == DType.Q4_1);
            Optional<GgmlBlocks> blocks =
                    older ? Optional.of(GgmlBlocks.of(version, dtype, isInRows(dtype, columns))) : Optional.empty();
            long rowBytes = older ? blocks.get().rowBytes(columns) : dtype.bytes(columns);
            if (count > in.remaining() / rowBytes) {
                throw in.malformed(
                        at,
                        name + ": expected " + count + " rows of " + rowBytes + " bytes, found " + in.remaining()
                                + " bytes to the end; is the download complete?");
            }
            long offset = in.position();
            in.skip(count * rowBytes, name);
            return new GgmlTensor(name, shape, older ? DType.F32 : dtype, blocks, offset);
        }

        /** Files without a version are of one layout or the other; the scales of a row tell. */
        private boolean isInRows(DType dtype, long columns) {
            if (rows.isEmpty()) {
                GgmlBlocks blocks = GgmlBlocks.of(version, dtype, false);
                boolean fits = blocks.rowBytes(columns) <= in.remaining();
                rows = Optional.of(!version.aligned()
                        && fits
                        && !blocks.isPlausible(memory, in.position(), columns)
                        && GgmlBlocks.of(version, dtype, true).isPlausible(memory, in.position(), columns));
            }
            return rows.get();
        }
    }
}
