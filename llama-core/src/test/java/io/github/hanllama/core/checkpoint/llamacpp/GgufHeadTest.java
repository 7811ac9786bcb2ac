package io.github.hanllama.core.checkpoint.llamacpp;

import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.ARRAY;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.TEXT;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U32;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U64;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.U8;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.bytes;
import static io.github.hanllama.core.checkpoint.gguf.GgufBytes.llama;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.core.checkpoint.Checkpoint;
import io.github.hanllama.core.checkpoint.TestModels;
import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows GG1 to GG7 of the table of bad input: how the file begins, its keys and their values. */
class GgufHeadTest extends GgufTestCase {
    private static final int SWAPPED = 0x47475546;

    @ParameterizedTest
    @ValueSource(ints = {4, 7, 23})
    void gg1_endsInTheHead(int length) throws IOException {
        Path file = folder.resolve("model.gguf");
        Files.write(file, Arrays.copyOf(llama().bytes(), length));
        refused(file, ModelFormatException.class, ": expected ");
    }

    @Test
    void gg1_otherMagic() {
        refused(llama().magic(0x4c4d4747), ModelFormatException.class, "is of no known format, expected a GGUF file");
        refused(llama().magic(SWAPPED), UnsupportedModelException.class, "is a big-endian GGUF file");
    }

    @ParameterizedTest
    @CsvSource({
        "0, version 0 of GGUF; expected 2 or 3",
        "1, version 1 of GGUF; expected 2 or 3",
        "4, version 4 of GGUF; expected 2 or 3",
        "50331648, version 3 of a big-endian GGUF file"
    })
    void gg2_version(int version, String message) {
        refused(llama().version(version), UnsupportedModelException.class, message);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE - 100, 1 << 20})
    void gg3_counts(long more) {
        refused(llama().moreTensors(more), ModelFormatException.class, "number of tensors: expected at most");
        refused(llama().moreKeys(more), ModelFormatException.class, "number of keys: expected at most");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, 65L << 20})
    void gg4_lengthOfText(long length) {
        refused(llama().value("k", TEXT, bytes(length)), ModelFormatException.class, "k: expected at most");
        refused(llama().rawKey(bytes(length)), ModelFormatException.class, "key 8: expected at most");
    }

    @Test
    void gg4_key() {
        refused(
                llama().rawKey(bytes(""), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected a printable name");
        refused(
                llama().rawKey(bytes("x".repeat(65536)), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "key 8: expected at most 65535 bytes of text, found 65536");
        refused(
                llama().rawKey(bytes(2L), new byte[] {(byte) 0xc0, (byte) 0xaf}, bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected text in UTF-8");
    }

    @Test
    void gg5_valueType() {
        refused(llama().value("k", 13, bytes(0)), ModelFormatException.class, "k: expected a type below 13, found 13");
        refused(llama().value("k", -1, bytes(0)), ModelFormatException.class, "k: expected a type below 13");
        refused(
                llama().value("k", ARRAY, bytes(ARRAY), bytes(1L)),
                ModelFormatException.class,
                "k: expected an array of plain values, found an array of arrays");
        refused(
                llama().value("k", ARRAY, bytes(U32), bytes(Long.MAX_VALUE / 4)),
                ModelFormatException.class,
                "k: expected at most");
    }

    @Test
    void gg6_twice() {
        refused(
                llama().rawKey(bytes("general.architecture"), bytes(U8), new byte[1]),
                ModelFormatException.class,
                "expected each key once, found general.architecture again");
        byte[] file = llama().tensor("output.weighs", 8, 5).bytes();
        byte[] twice = new String(file, StandardCharsets.ISO_8859_1)
                .replace("output.weighs", "output.weight")
                .getBytes(StandardCharsets.ISO_8859_1);
        refused(write(twice), ModelFormatException.class, "expected each tensor once, found output.weight again");
    }

    private Path write(byte[] file) {
        try {
            return Files.write(folder.resolve("model.gguf"), file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void gg7_alignment() {
        refused(llama().u32("general.alignment", 0), ModelFormatException.class, "expected a power of two");
        refused(llama().u32("general.alignment", 48), ModelFormatException.class, "expected a power of two");
        refused(llama().u32("general.alignment", 1 << 21), ModelFormatException.class, "expected a power of two");
        refused(
                llama().value("general.alignment", U64, bytes(32L)),
                ModelFormatException.class,
                "expected an integer of type u32");
        try (Checkpoint model =
                TestModels.open(llama().u32("general.alignment", 64).aligned(64).write(folder))) {
            assertThat(model.tensors()).hasSize(12);
        }
    }
}
