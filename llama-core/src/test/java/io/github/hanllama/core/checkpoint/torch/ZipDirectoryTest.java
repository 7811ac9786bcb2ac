package io.github.hanllama.core.checkpoint.torch;

import static io.github.hanllama.core.checkpoint.torch.TorchBytes.archive;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.malformed;
import static io.github.hanllama.core.checkpoint.torch.TorchBytes.read;
import static io.github.hanllama.core.checkpoint.torch.ZipBytes.patch;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.hanllama.quant.DType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rows TZ2 to TZ7 of the table of bad input: the archive around the pickle. */
class ZipDirectoryTest {
    private static final String PICKLE = "archive/data.pkl";
    private static final String DATA = "archive/data/0";

    @Test
    void read_soundArchive_viewsLieAtTheirData() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        assertThat(read(file))
                .containsExactly(
                        new TorchView("w", DType.F32, List.of(2L, 2L), List.of(2L, 1L), zip.entry(DATA).dataAt));
    }

    @Test
    void read_withoutDescriptors() {
        ZipBytes zip = archive();
        zip.entry(PICKLE).flags = 0;
        zip.entry(DATA).flags = 1 << 11; // the name is UTF-8
        assertThat(read(zip.build())).hasSize(1);
    }

    /** Entries of more than four gigabytes, or after as many, have wide sizes before, in and after them. */
    @ParameterizedTest
    @CsvSource({"false, 8", "true, 0", "true, 8"})
    void read_zip64(boolean wideEntry, int flags) {
        ZipBytes zip = archive().zip64();
        zip.entry(DATA).wide = wideEntry;
        zip.entry(DATA).flags = flags;
        byte[] file = zip.build();
        assertThat(read(file)).extracting(TorchView::offset).containsExactly((long) zip.entry(DATA).dataAt);
    }

    @Test
    void tz4_wideDescriptorDisagrees() {
        ZipBytes zip = archive();
        zip.entry(DATA).wide = true;
        byte[] file = zip.build();
        malformed(patch(file, zip.entry(DATA).dataAt + 16 + 20, 1), DATA + ": expected its sizes (16) repeated");
    }

    @Test
    void read_folderEntry_isIgnored() {
        ZipBytes zip = archive();
        zip.add("archive/", new byte[0]);
        assertThat(read(zip.build())).hasSize(1);
    }

    @Test
    void tz2_endIsMissing() {
        byte[] file = archive().build();
        malformed(
                Arrays.copyOf(file, file.length - 1),
                "expected the end of a zip archive in the last 22 bytes, found other bytes; is the download complete?");
        malformed(Arrays.copyOf(file, 12), "in the last 22 bytes");
        malformed(Arrays.copyOf(file, file.length + 3), "in the last 22 bytes");
    }

    /** A comment could hide a second end; torch writes none. */
    @Test
    void tz2_archiveHasAComment() {
        byte[] file = archive().build();
        byte[] longer = Arrays.copyOf(file, file.length + 2);
        malformed(patch(longer, file.length - 2, 2), "in the last 22 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "4, found part 1",
        "8, 'entries, found 3 of 1'",
        "10, 'entries, found 1 of 3'",
        "12, 'expected the central directory to end here, found 1 bytes of it'",
        "16, from 1; is the download complete?"
    })
    void tz2_fieldOfTheEndIsWrong(int field, String message) {
        byte[] file = archive().build();
        malformed(patch(file, file.length - 22 + field, 1, 0), message);
    }

    @ParameterizedTest
    @CsvSource({
        "4, expected a 64-bit end record of 44 bytes",
        "16, found part 255",
        "32, 'entries, found '",
        "40, expected the central directory to end here",
        "48, expected the central directory to end here",
        "64, expected the place of the 64-bit end record"
    })
    void tz2_fieldOfTheWideEndIsWrong(int field, String message) {
        byte[] file = archive().zip64().build();
        malformed(patch(file, file.length - 98 + field, 255, 0, 0, 0, 0, 0, 0, 127), message);
    }

    @Test
    void tz2_endsDisagree() {
        byte[] file = archive().zip64().build();
        malformed(patch(file, file.length - 12, 2, 0), "the two end records disagree: expected 3, found 2");
    }

    @Test
    void tz2_fewerRecordsThanClaimed() {
        ZipBytes zip = archive();
        zip.add("archive/" + "x".repeat(100), new byte[0]);
        byte[] file = zip.build();
        byte[] fewer = patch(patch(file, file.length - 14, 3), file.length - 12, 3);
        malformed(fewer, "expected the central directory to end after 3 entries, found ");
        byte[] more = patch(patch(file, file.length - 14, 5), file.length - 12, 5);
        malformed(more, "expected a record of the central directory, found other bytes");
    }

    @Test
    void tz2_recordIsNoRecordOrLongerThanTheDirectory() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        int version = zip.entry("archive/version").centralAt;
        malformed(patch(file, version, 0), "byte " + version + ": expected a record of the central directory");
        malformed(patch(file, version + 32, 255), "byte " + version + ": expected a record that ends before byte");
    }

    @Test
    void tz2_dataRunsIntoTheDirectory() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        int central = zip.entry(DATA).centralAt;
        malformed(
                patch(patch(file, central + 20, 255, 255), central + 24, 255, 255),
                DATA + ": expected at most",
                "bytes of data from byte",
                "found 65535");
    }

    @Test
    void tz2_wideSizeIsMissingOrTooLarge() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        int central = zip.entry(DATA).centralAt;
        malformed(
                patch(file, central + 24, 255, 255, 255, 255),
                "expected its 64-bit sizes in an extra field, found none");
        ZipBytes wide = archive();
        wide.entry(DATA).wide = true;
        byte[] wideFile = wide.build();
        int extra = wide.entry(DATA).centralAt + 46 + DATA.length();
        malformed(
                patch(wideFile, extra + 4, 255, 255, 255, 255, 255, 255, 255, 255),
                "expected a size below 2^63, found 18446744073709551615");
        malformed(
                patch(wideFile, extra + 4 + 7, 64), // 2^62, and the stored size is not
                "is stored as it is, expected 4611686018427387920 bytes, found 16");
        malformed(patch(wideFile, extra + 2, 255), "expected an extra field of at most 24 bytes, found 255");
    }

    @Test
    void tz2_headerIsElsewhere() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        int central = zip.entry(DATA).centralAt;
        malformed(patch(file, central + 42, 1), DATA + ": expected its header at byte 1, found other bytes");
        malformed(patch(file, central + 45, 127), DATA + ": expected its header at byte 213", "found other bytes");
    }

    @Test
    void tz3_namesDiffer() {
        ZipBytes zip = archive();
        zip.entry(DATA).localName = "archive/data/1";
        malformed(zip.build(), DATA + ": expected the same name in its header at byte", "found archive/data/1");
        ZipBytes notText = archive();
        byte[] file = notText.build();
        malformed(patch(file, notText.entry(DATA).localAt + 30, 255), "found no text");
    }

    @ParameterizedTest
    @CsvSource({"6, flags", "8, method"})
    void tz3_otherFieldsDiffer(int field, String name) {
        ZipBytes zip = archive();
        zip.entry(DATA).flags = 0;
        byte[] file = zip.build();
        malformed(patch(file, zip.entry(DATA).localAt + field, 2), DATA + ": expected " + name + " 0 in its header");
    }

    @ParameterizedTest
    @CsvSource({"14, checksum", "18, stored size 16", "22, size 16"})
    void tz3_sizesDiffer(int field, String name) {
        for (boolean descriptor : new boolean[] {false, true}) {
            ZipBytes zip = archive();
            zip.entry(DATA).flags = descriptor ? 8 : 0;
            byte[] file = zip.build();
            int at = zip.entry(DATA).localAt + field;
            malformed(patch(file, at, 1, 1, 1, 1), DATA + ": expected " + name, "found 16843009");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1 << 4, 1 << 5, 1 << 6, 1 << 13})
    void tz4_oddFlags(int flag) {
        ZipBytes zip = archive();
        zip.entry(DATA).flags |= flag;
        malformed(
                zip.build(),
                DATA + ": expected no flags beyond 0x808, found 0x" + Integer.toHexString(flag | 8),
                "is it encrypted?");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 8, 12})
    void tz4_descriptorDisagrees(int field) {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        int at = zip.entry(DATA).dataAt + 16;
        malformed(
                patch(file, at + field, 0, 1),
                DATA + ": expected its sizes (16) repeated after its data at byte " + at + ", found other bytes");
    }

    @Test
    void tz5_unknownMethod() {
        ZipBytes zip = archive();
        zip.entry(DATA).method = 12;
        malformed(zip.build(), DATA + ": expected method 0 (stored) or 8 (deflated), found 12");
    }

    @Test
    void tz6_twoEntriesOfOneName() {
        ZipBytes zip = archive();
        zip.add(DATA, new byte[16]);
        malformed(zip.build(), "expected one entry named archive/data/0, found two");
    }

    @Test
    void tz6_entriesOverlap() {
        ZipBytes inner = new ZipBytes();
        inner.add("archive/inner", new byte[4]);
        byte[] hidden = inner.build();
        ZipBytes zip = archive();
        zip.add("archive/outer", hidden);
        zip.add("archive/inner", new byte[4]);
        byte[] file = zip.build();
        int at = zip.entry("archive/outer").dataAt;
        byte[] overlapping = patch(file, zip.entry("archive/inner").centralAt + 42, at & 255, at >> 8);
        malformed(overlapping, "byte " + at + ": archive/inner begins here and overlaps archive/outer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x",
                "archive/../../x",
                "/etc/passwd",
                "archive\\x",
                "C:/x",
                "archive//x",
                "archive/./x",
                "",
                "archive/\u0000x"
            })
    void tz7_nameEscapes(String name) {
        ZipBytes zip = archive();
        zip.add(name, new byte[0]);
        malformed(zip.build(), "expected a plain name inside the archive, found '");
    }

    @Test
    void tz7_nameIsNotText() {
        ZipBytes zip = archive();
        byte[] file = zip.build();
        malformed(patch(file, zip.entry(DATA).centralAt + 46, 255), "expected a name in UTF-8");
    }
}
