package io.github.hanllama.core.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.quant.DType;
import io.github.hanllama.testdata.TestData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sound files with a few bytes changed: they are read, with views inside the file, or refused, and nothing else. */
class TorchFuzzTest {
    private static final int ROUNDS = 1000;
    /** A pickle or a directory of these files is shorter. */
    private static final int INTERESTING = 6000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hostile/pt_ok_2x2.bin",
                "hostile/pt_ok_transposed.bin",
                "synthetic/base/meta_2shard/consolidated.00.pth",
                "synthetic/lora_a/adapter_model.bin",
                "synthetic/lora_b/adapter_model.bin"
            })
    void changedBytes(String name) throws IOException {
        byte[] sound = Files.readAllBytes(TestData.path(name));
        byte[] file = sound.clone();
        Random random = new Random(20230417);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int changes = 1 + random.nextInt(4);
            int[] at = new int[changes];
            for (int i = 0; i < changes; i++) {
                at[i] = place(random, file.length);
                file[at[i]] = (byte) random.nextInt();
            }
            refused += isRefused(name, file) ? 1 : 0;
            for (int place : at) {
                file[place] = sound[place];
            }
        }
        assertThat(refused).isPositive();
        assertThat(isRefused(name, file)).isFalse();
    }

    /** Near the start or the end, where the structure is. */
    private static int place(Random random, int length) {
        int window = Math.min(INTERESTING, length);
        int distance = random.nextInt(window);
        return random.nextBoolean() ? distance : length - 1 - distance;
    }

    private static boolean isRefused(String name, byte[] file) {
        try {
            for (TorchView view : TorchContents.read(name, MemorySegment.ofArray(file))) {
                requireInside(view, file.length);
            }
            return false;
        } catch (ModelFormatException | UnsupportedModelException e) {
            assertThat(e.getMessage()).startsWith(name + ": ");
            return true;
        }
    }

    private static void requireInside(TorchView view, long fileLength) {
        DType dtype = view.dtype();
        long last = view.offset();
        for (int i = 0; i < view.shape().size(); i++) {
            last += (view.shape().get(i) - 1) * view.strides().get(i) * dtype.blockBytes();
        }
        boolean inside = view.shape().contains(0L)
                ? view.offset() <= fileLength
                : view.offset() >= 0 && last <= fileLength - dtype.blockBytes();
        assertThat(inside).as(view.toString()).isTrue();
    }
}
