package io.github.hanllama.core.engine.cpu;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.core.engine.EngineOptions;
import io.github.hanllama.core.engine.RotaryEmbedding;
import io.github.hanllama.core.engine.support.AdapterStore;
import io.github.hanllama.core.engine.support.Decoder;
import io.github.hanllama.core.engine.support.PassRow;
import io.github.hanllama.quant.DType;
import io.github.hanllama.quant.MatrixInput;
import io.github.hanllama.quant.PackedMatrix;
import java.util.List;
import java.util.stream.IntStream;

/** Cuts batches into chunks, runs them and hands out what was asked for. */
final class JavaDecoder implements Decoder<JavaStorage, PackedMatrix> {
    /** Tokens of a chunk: enough that reading the weights costs little, few enough for the second-level cache. */
    static final int CHUNK = 48 * MatrixInput.TILE;

    private final LlamaConfig config;
    private final JavaWeights weights;
    private final RotaryEmbedding rotary;
    private final Team team;
    private final EngineOptions options;
    private final List<AttentionPlan.Scratch> scratch;
    private final Head head;
    private Workspace work;

    JavaDecoder(LlamaConfig config, JavaWeights weights, Team team, EngineOptions options) {
        this.config = config;
        this.options = options;
        this.weights = weights;
        this.rotary = RotaryEmbedding.of(config);
        this.team = team;
        this.scratch = IntStream.range(0, team.size())
                .mapToObj(member -> new AttentionPlan.Scratch(config))
                .toList();
        this.head = new Head(config, weights, team, options.exactActivations());
        this.work = new Workspace(config, 1, options.exactActivations());
    }

    @Override
    public void run(List<PassRow<JavaStorage, PackedMatrix>> rows) {
        Chunk chunk = new Chunk();
        for (PassRow<JavaStorage, PackedMatrix> row : rows) {
            int done = 0;
            while (done < row.size() && reserve(row)) {
                int size = Math.min(CHUNK - chunk.tokens(), row.size() - done);
                chunk.add(row, done, size);
                done += size;
                if (chunk.tokens() == CHUNK) {
                    run(chunk);
                    chunk = new Chunk();
                }
            }
        }
        run(chunk);
    }

    /** Whether the row should run on and there is memory for all of it. */
    private static boolean reserve(PassRow<JavaStorage, PackedMatrix> row) {
        if (!row.active()) {
            return false;
        }
        try {
            row.storage().reserve(row.position(row.size()));
            return true;
        } catch (RuntimeException e) {
            row.fail(e);
            return false;
        }
    }

    private void run(Chunk chunk) {
        if (chunk.tokens() == 0) {
            return;
        }
        if (work.tokens < chunk.tokens()) {
            work = new Workspace(config, chunk.tokens(), options.exactActivations());
        }
        ChunkPass pass = new ChunkPass(this, work, chunk);
        team.lead(pass::run);
        if (chunk.active()) {
            head.emit(chunk, work.residual);
        }
    }

    LlamaConfig config() {
        return config;
    }

    JavaWeights weights() {
        return weights;
    }

    RotaryEmbedding rotary() {
        return rotary;
    }

    Team team() {
        return team;
    }

    /** One per member of the team. */
    List<AttentionPlan.Scratch> scratch() {
        return scratch;
    }

    @Override
    public DType storedType() {
        return options.kvType();
    }

    @Override
    public long bytesPerPosition() {
        return JavaMemory.cacheBytesPerPosition(config, options.kvType());
    }

    @Override
    public JavaStorage newStorage(int capacity) {
        return new JavaStorage(config, options.kvType(), capacity);
    }

    @Override
    public AdapterStore<PackedMatrix> newAdapterStore() {
        return new JavaAdapterStore(weights);
    }

    @Override
    public void copy(JavaStorage from, JavaStorage to, int length) {
        to.copyFrom(from, length);
    }

    @Override
    public void close() {
        team.close();
        weights.close();
    }
}
