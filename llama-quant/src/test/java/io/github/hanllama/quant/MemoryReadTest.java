package io.github.hanllama.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryReadTest {
    private final byte[] bytes = new byte[3000];
    private final MemorySegment memory = MemorySegment.ofArray(bytes);

    MemoryReadTest() {
        new Random(1).nextBytes(bytes);
    }

    @Test
    void xor_readsEveryWord() {
        ByteBuffer words = ByteBuffer.wrap(bytes, 5, 2560).order(ByteOrder.LITTLE_ENDIAN);
        int expected = 0;
        while (words.hasRemaining()) {
            expected ^= words.getInt();
        }
        assertThat(MemoryRead.xor(memory, 5, 2560)).isEqualTo(expected);
    }

    @Test
    void xor_ofNothing_isZero() {
        assertThat(MemoryRead.xor(memory, 0, 0)).isZero();
    }

    @Test
    void xor_oddLength_isRefused() {
        assertThatThrownBy(() -> MemoryRead.xor(memory, 0, 100)).hasMessageContaining("multiple of 256, was 100");
    }

    @Test
    void xor_pastTheEnd_isRefused() {
        assertThatThrownBy(() -> MemoryRead.xor(memory, 2000, 1024)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
