package io.github.hanllama.core.checkpoint;

import static io.github.hanllama.core.checkpoint.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.github.hanllama.core.error.ModelFormatException;
import io.github.hanllama.core.error.UnsupportedModelException;
import io.github.hanllama.testdata.TestData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows ST1 to ST15 of the table of bad input. */
class SafetensorsHeaderTest {
    private static final String F32_2X2 = entry("a", "F32", "[2,2]", "[0,16]");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void st1_tooSmallForALength(int size) {
        refused(SafetensorsBytes.writeRaw(folder, new byte[size]), "header too small: file has " + size + " bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "100000001, 100000001",
        "9223372036854775807, 9223372036854775807",
        "-9223372036854775808, 9223372036854775808",
        "-1, 18446744073709551615"
    })
    void st2_headerLengthAboveTheLimit(long length, String shown) {
        byte[] file = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
        refused(SafetensorsBytes.writeRaw(folder, file), "header length " + shown + " exceeds 100000000");
    }

    @Test
    void st3_headerRunsPastTheEnd() {
        byte[] file = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(5)
                .array();
        refused(SafetensorsBytes.writeRaw(folder, file), "header runs past end of file: expected 13 bytes");
    }

    static Stream<Arguments> notText() {
        return Stream.of(
                argumentSet("invalid byte", "{\"\u00ff\":1}".getBytes(StandardCharsets.ISO_8859_1), "not valid UTF-8"),
                argumentSet("encoded surrogate", latin("{\"\u00ed\u00a0\u0080\":1}"), "not valid UTF-8"),
                argumentSet("overlong slash", latin("{\"\u00c0\u00af\":1}"), "not valid UTF-8"),
                argumentSet(
                        "byte order mark", latin("\u00ef\u00bb\u00bf{}"), "expected the header's '{', found byte 0xef"),
                argumentSet("leading space", latin(" {}"), "expected the header's '{', found byte 0x20"),
                argumentSet("empty", new byte[0], "found an empty header"),
                argumentSet("NUL inside", latin("{\u0000}"), "not valid JSON"),
                argumentSet("NUL after", latin("{}\u0000"), "not valid JSON"),
                argumentSet("NUL in a name", latin(braces(entry("\\u0000", "F32", "[0]", "[0,0]"))), "printable"));
    }

    @ParameterizedTest
    @MethodSource("notText")
    void st4_headerIsNotCleanText(byte[] header, String message) {
        refused(SafetensorsBytes.write(folder, header, 0), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"a\"",
                "{\"__metadata__\":{\"k\":\"v\"},}",
                "{/*c*/}",
                "{}//c",
                "{'a':{}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,0]}}"
            })
    void st5_headerIsNotStrictJson(String header) {
        refused(SafetensorsBytes.write(folder, header, 0), "not valid JSON at line 1 column");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{} {}", "{}[]", "{}1"})
    void st5_somethingFollowsTheObject(String header) {
        refused(SafetensorsBytes.write(folder, header, 0), "expected nothing after the header's object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                        + "\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"__metadata__\":{},\"__metadata__\":{}}",
                "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"
            })
    void st6_duplicateKey(String header) {
        refused(SafetensorsBytes.write(folder, header, 0), "Duplicate");
    }

    static Stream<Arguments> misplaced() {
        String a = entry("a", "U8", "[4]", "[0,4]");
        return Stream.of(
                argumentSet(
                        "not at 0",
                        braces(entry("a", "U8", "[4]", "[4,8]")),
                        "a: data_offsets: the first tensor" + " begins at 4, expected 0"),
                argumentSet(
                        "gap",
                        braces(a + "," + entry("b", "U8", "[3]", "[5,8]")),
                        "b: data_offsets: begins at 5" + " and leaves a gap after a, expected 4"),
                argumentSet(
                        "overlap",
                        braces(a + "," + entry("b", "U8", "[6]", "[2,8]")),
                        "b: data_offsets: begins at" + " 2 and overlaps a, expected 4"),
                argumentSet("twice the same bytes", braces(a + "," + entry("b", "U8", "[4]", "[0,4]")), "overlaps"),
                argumentSet("begin after end", braces(entry("a", "U8", "[0]", "[8,4]")), "begin 8 is after end 4"));
    }

    @ParameterizedTest
    @MethodSource("misplaced")
    void st7_offsetsDoNotTile(String header, String message) {
        refused(SafetensorsBytes.write(folder, header, 8), message);
    }

    /** The first converted files on the hub were written in hash order; only the order of the data matters. */
    @Test
    void st7_headerInAnotherOrderThanTheData_isAcceptedInTheOrderOfTheData() {
        String header = braces(entry("b", "U8", "[2]", "[4,6]") + "," + entry("a", "U8", "[4]", "[0,4]"));
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, header, 6))) {
            assertThat(file.tensors()).extracting(TensorInfo::name).containsExactly("a", "b");
        }
    }

    @ParameterizedTest
    @CsvSource({"15, is the download complete?", "17, bytes that belong to no tensor follow the last one"})
    void st8_dataShorterOrLongerThanItsTensors(int data, String hint) {
        refused(
                SafetensorsBytes.write(folder, braces(F32_2X2), data),
                "a: the data ends wrongly: expected 16 bytes of data, found " + data + "; " + hint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[2,9223372036854775807]",
                "[4294967296,4294967296]",
                "[4611686018427387904]",
                "[9223372036854775807,4,0]",
                "[0,4611686018427387904,4]",
                "[0,4611686018427387904]",
                "[2,18446744073709551614]"
            })
    void st9_sizeOverflows(String shape) {
        refused(SafetensorsBytes.write(folder, braces(entry("a", "F32", shape, "[0,0]")), 0), "overflow");
    }

    @Test
    void st10_sizeDisagreesWithShape() {
        refused(
                SafetensorsBytes.write(folder, braces(entry("a", "F16", "[3]", "[0,4]")), 4),
                "a: F16 [3] needs 6 bytes, data_offsets [0, 4] hold 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q9", "f32", "float32", "", "F4X"})
    void st11_unknownType(String dtype) {
        refused(
                SafetensorsBytes.write(folder, braces(entry("a", dtype, "[1]", "[0,1]")), 1),
                "a: dtype " + dtype + " is not supported, expected F64, F32, F16, BF16, I64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"F8_E4M3", "F4", "F6_E2M3", "C64"})
    void st11_knownTypeThatIsNotSupported(String dtype) {
        Path file = SafetensorsBytes.write(folder, braces(entry("a", dtype, "[1]", "[0,1]")), 1);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("dtype " + dtype + " is not supported");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[-1]", "[-0]", "[1.0]", "[1e3]", "[\"1\"]", "[null]", "[[1]]", "1", "{}"})
    void st12_shapeIsNotAListOfCounts(String shape) {
        refused(SafetensorsBytes.write(folder, braces(entry("a", "U8", shape, "[0,1]")), 1), "a.shape: expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0]", "[0,1,2]", "[0,-1]", "\"0,1\""})
    void st12_offsetsAreNotTwoCounts(String offsets) {
        refused(SafetensorsBytes.write(folder, braces(entry("a", "U8", "[1]", offsets)), 1), "data_offsets");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "null", "[]", "{}", "true"})
    void st13_metadataValueIsNotAString(String value) {
        refused(
                SafetensorsBytes.write(folder, "{\"__metadata__\":{\"format\":" + value + "}}", 0),
                "__metadata__.format: expected a string");
    }

    @Test
    void st14_emptyTensorAndScalar_areAccepted() {
        try (SafetensorsFile file = SafetensorsFile.open(TestData.path("hostile/st_zero_dim.safetensors"))) {
            assertThat(file.tensors()).extracting(TensorInfo::elements).containsExactlyInAnyOrder(0L, 1L);
            float[] scalar = new float[1];
            file.tensor("s").readRows(0, 1, (row, count, values) -> scalar[0] = values[0]);
            assertThat(scalar[0]).isEqualTo(1.0f);
        }
    }

    @Test
    void st14_noTensors_areAccepted() {
        try (SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(folder, "{}      ", 0))) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void st15_aMillionTensors() {
        StringBuilder header = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) {
            header.append("\"t").append(i).append("\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},");
        }
        Path file = SafetensorsBytes.write(folder, header.toString(), 0);
        String text = Refusals.inOneLine(
                ModelFormatException.class, 512 << 20, Duration.ofSeconds(5), () -> SafetensorsFile.open(file));
        assertThat(text).contains("header: expected at most 200000 tensors");
    }

    @Test
    void st15_aNameOf50000Characters() {
        String name = "n".repeat(50_000);
        refused(SafetensorsBytes.write(folder, braces(entry(name, "F32", "[0]", "[0,0]")), 0), "Name length (");
    }

    @Test
    void st15_aShapeOfAThousandDimensions() {
        String shape = "[" + "1,".repeat(999) + "1]";
        refused(SafetensorsBytes.write(folder, braces(entry("a", "U8", shape, "[0,1]")), 1), "at most 8 numbers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"__metadata__\":", "{\"a\":", "{\"a\":{\"shape\":"})
    void st15_deepNesting(String start) {
        refused(SafetensorsBytes.write(folder, start + "[".repeat(2000), 0), "expected");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}",
                "{\"a\":{}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":1}}",
                "{\"a\":3}"
            })
    void entry_missingOrSurplusField(String header) {
        refused(SafetensorsBytes.write(folder, header, 0), "a: expected");
    }

    static Stream<String> hostileFiles() {
        return Stream.of(
                "7bytes",
                "bad_utf8",
                "deep_json",
                "header_len_max",
                "header_past_end",
                "offset_past_end",
                "offset_reversed",
                "overlap",
                "shape_overflow",
                "unknown_dtype");
    }

    @ParameterizedTest
    @MethodSource("hostileFiles")
    void hostileFile(String name) {
        refused(TestData.path("hostile/st_" + name + ".safetensors"), "");
    }

    private static void refused(Path file, String message) {
        String text = Refusals.inOneLine(ModelFormatException.class, () -> SafetensorsFile.open(file));
        assertThat(text).startsWith(file + ": ").contains(message);
    }

    private static String braces(String entries) {
        return "{" + entries + "}";
    }

    private static byte[] latin(String text) {
        assertThat(IntStream.range(0, text.length()).allMatch(i -> text.charAt(i) < 256))
                .isTrue();
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
