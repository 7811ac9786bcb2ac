package io.github.hanllama.core.engine.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.hanllama.core.config.LlamaConfig;
import io.github.hanllama.quant.DType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Execution(ExecutionMode.CONCURRENT)
class KvExchangeTest {
    private static final LlamaConfig CONFIG = LlamaConfig.builder()
            .hiddenSize(16)
            .numAttentionHeads(2)
            .numHiddenLayers(3)
            .headDim(8)
            .build();
    private static final int POSITIONS = 2500; // more than one run per head

    private static KvExchange exchange(DType type) {
        return new KvExchange(CONFIG, type, () -> "ab".repeat(32));
    }

    /** Small whole numbers, exact in every type. */
    private static FakeStorage numbered() {
        FakeStorage storage = new FakeStorage(CONFIG, POSITIONS);
        for (int i = 0; i < storage.values.length; i++) {
            storage.values[i] = i % 127 - 63;
        }
        return storage;
    }

    private static byte[] write(DType type, FakeStorage storage, int from, int to) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        exchange(type).write(AdapterSet.NONE, storage, from, to, Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void roundTrip_anyTypeIntoAnyEngine(DType type) throws IOException {
        FakeStorage written = numbered();
        byte[] bytes = write(type, written, 0, POSITIONS);
        assertThat(bytes).hasSize(KvHeader.BYTES + (int) type.bytes(written.values.length) + Integer.BYTES);
        FakeStorage read = new FakeStorage(CONFIG, POSITIONS);
        int length = exchange(DType.F32)
                .read(AdapterSet.NONE, read, 0, POSITIONS, Channels.newChannel(new ByteArrayInputStream(bytes)));
        assertThat(length).isEqualTo(POSITIONS);
        assertThat(read.values).isEqualTo(written.values);
    }

    @Test
    void roundTrip_blocks_exactOnceRounded() throws IOException {
        byte[] bytes = write(DType.Q8_0, numbered(), 0, POSITIONS);
        assertThat(bytes).hasSize(KvHeader.BYTES + 3 * 2 * 2 * POSITIONS * 34 + Integer.BYTES); // rows padded to 32
        FakeStorage rounded = new FakeStorage(CONFIG, POSITIONS);
        exchange(DType.F32)
                .read(AdapterSet.NONE, rounded, 0, POSITIONS, Channels.newChannel(new ByteArrayInputStream(bytes)));
        float[] expected = numbered().values;
        float worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(rounded.values[i] - expected[i])); // NaN stays NaN
        }
        assertThat(worst).as("largest difference").isLessThanOrEqualTo(0.26f); // half a level
        assertThat(write(DType.Q8_0, rounded, 0, POSITIONS)).isEqualTo(bytes);
    }

    @Test
    void write_layout() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(write(DType.F32, numbered(), 2, 5)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getInt(8)).isEqualTo(1); // version
        assertThat(bytes.getInt(12)).isZero(); // F32
        assertThat(bytes.get(16)).isEqualTo((byte) 0xab);
        assertThat(bytes.getInt(48)).isEqualTo(3); // layers
        assertThat(bytes.getInt(52)).isEqualTo(2); // heads
        assertThat(bytes.getInt(56)).isEqualTo(8); // head width
        assertThat(bytes.getInt(60)).isEqualTo(2);
        assertThat(bytes.getInt(64)).isEqualTo(5);
        FakeStorage storage = numbered();
        assertThat(bytes.getFloat(68)).isEqualTo(storage.values[2 * 8]);
        assertThat(bytes.getFloat(68 + 3 * 8 * 4)).isEqualTo(storage.values[(POSITIONS + 2) * 8]); // next head
    }

    @ParameterizedTest
    @CsvSource({"0, another model", "1, expected KvHeader", "2, expected KvHeader", "3, expected KvHeader"})
    void read_anotherModel(int difference, String message) throws IOException {
        LlamaConfig config =
                switch (difference) {
                    case 1 -> CONFIG.toBuilder().numHiddenLayers(2).build();
                    case 2 -> CONFIG.toBuilder().numKeyValueHeads(1).build();
                    case 3 -> CONFIG.toBuilder().headDim(4).build();
                    default -> CONFIG;
                };
        String identity = difference == 0 ? "cd".repeat(32) : "ab".repeat(32);
        KvExchange other = new KvExchange(config, DType.F32, () -> identity);
        byte[] bytes = write(DType.F32, numbered(), 0, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.read(
                        AdapterSet.NONE,
                        new FakeStorage(config, POSITIONS),
                        0,
                        POSITIONS,
                        Channels.newChannel(new ByteArrayInputStream(bytes))))
                .withMessageContaining(message);
    }
}
